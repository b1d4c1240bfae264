/** `metrics`: a row is a `Metric` (src/experiments/model.ts), its key the metric's. */
import type { Metric } from '../../experiments/model.js';
import { nameSchema } from '../../protocol/schemas.js';
import { markAllResultsStale } from './stale-results.js';
import { type Fault, validator } from '../validate.js';
import type { Collection } from './collection.js';

/** A year in hours, and as many days as a covariate may reach back. */
const HOURS = 8_760;
const COVARIATE_DAYS = 90;

const share = { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 };

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
      kind: { enum: ['proportion', 'mean', 'count', 'ratio', 'retention', 'quantile'] },
      aggregation: { enum: ['sum', 'count', 'average'] },
      denominator: {
        type: 'object',
        additionalProperties: false,
        required: ['event'],
        properties: { event: nameSchema, aggregation: { enum: ['sum', 'count', 'any'] } },
      },
      quantile: share,
      delayHours: { type: 'number', minimum: 0, maximum: HOURS },
      windowHours: { type: 'number', exclusiveMinimum: 0, maximum: HOURS },
      cap: {
        type: 'object',
        additionalProperties: false,
        properties: {
          value: { type: 'number', minimum: 0, maximum: 1e15 },
          percentile: share,
          ignoreZeros: { type: 'boolean' },
        },
      },
      covariateDays: { type: 'integer', minimum: 0, maximum: COVARIATE_DAYS },
      format: { type: 'string', maxLength: 16 },
      lowerIsBetter: { type: 'boolean' },
      margin: { type: 'number', minimum: 0, maximum: 10 },
    },
  }),
  check(key, value) {
    const metric = value as unknown as Metric;
    const faults: Fault[] = [];
    const fault = (pointer: string, code: string, detail: string) =>
      faults.push({ pointer, code, detail });
    if (metric.key !== key) fault('/key', 'key-mismatch', 'must equal the row’s own key');
    for (const [member, { of, neededBy = [] }] of Object.entries(MEMBERS)) {
      const isGiven = member in value;
      if (isGiven && of && !of.includes(metric.kind)) {
        fault(`/${member}`, 'unfit', `is for a metric of the kind ${of.join(', ')} only`);
      }
      if (!isGiven && neededBy.includes(metric.kind)) {
        fault(`/${member}`, 'required', `a metric of the kind ${metric.kind} needs it`);
      }
    }
    if (metric.kind === 'retention' && metric.delayHours === 0) {
      fault('/delayHours', 'unfit', 'a unit comes back later than at once');
    }
    if (metric.kind === 'ratio' && metric.aggregation === 'average') {
      fault('/aggregation', 'unfit', 'a ratio is of sums or counts; the ratio is their average');
    }
    const { cap } = metric;
    if (cap && 'value' in cap === 'percentile' in cap) {
      fault('/cap', 'one-cap', 'takes a value or a percentile, one of the two');
    } else if (cap && 'value' in cap && 'ignoreZeros' in cap) {
      fault('/cap/ignoreZeros', 'unfit', 'is for a percentile only');
    }
    return faults;
  },
  changed: (tx, workspace) => markAllResultsStale(tx, workspace),
};

/** Members that only some kinds have, or need. */
const MEMBERS: Readonly<
  Record<string, { of?: readonly Metric['kind'][]; neededBy?: readonly Metric['kind'][] }>
> = {
  aggregation: { of: ['ratio', 'quantile'] },
  denominator: { of: ['ratio'], neededBy: ['ratio'] },
  quantile: { of: ['quantile'], neededBy: ['quantile'] },
  delayHours: { neededBy: ['retention'] },
  windowHours: { neededBy: ['retention'] },
  cap: { of: ['mean', 'count', 'ratio'] },
};
