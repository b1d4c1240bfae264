/** `metrics`: a row is a `Metric` (src/experiments/model.ts), its key the metric's. */
import { nameSchema } from '../../protocol/schemas.js';
import { markAllResultsStale } from './stale-results.js';
import { validator } from '../validate.js';
import type { Collection } from './collection.js';

export const metrics: Collection = {
  read: 'viewer',
  write: 'editor',
  validate: validator({
    type: 'object',
    additionalProperties: false,
    required: ['key', 'name', 'event', 'kind'],
    properties: {
      key: nameSchema,
      name: { type: 'string', minLength: 1, maxLength: 200 },
      event: nameSchema,
      kind: { enum: ['proportion', 'mean', 'count'] },
      format: { type: 'string', maxLength: 16 },
      lowerIsBetter: { type: 'boolean' },
      margin: { type: 'number', minimum: 0, maximum: 10 },
    },
  }),
  check: (key, value) =>
    value.key === key
      ? []
      : [{ pointer: '/key', code: 'key-mismatch', detail: 'must equal the row’s own key' }],
  changed: (tx, workspace) => markAllResultsStale(tx, workspace),
};
