/** `tasks`: the demo's own list. Free-form, but flat and bounded. */
import { validator } from '../validate.js';
import type { Collection } from './collection.js';

export const tasks: Collection = {
  read: 'viewer',
  write: 'editor',
  validate: validator({
    type: 'object',
    required: ['title'],
    maxProperties: 30,
    propertyNames: { maxLength: 64 },
    properties: {
      title: { type: 'string', maxLength: 500 },
      done: { type: 'boolean' },
    },
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'], maxLength: 10_000 },
  }),
};
