/**
 * What the server checks of a request before anything else, as JSON Schema; its own rules come
 * after. Apart from the types, so that no page downloads them.
 */
import { ID_PATTERN } from './json.js';
import { limits } from './limits.js';

/** `PushRequest`. */
export const pushRequestSchema = {
  type: 'object',
  required: ['client', 'mutations'],
  additionalProperties: false,
  properties: {
    client: { type: 'string', pattern: ID_PATTERN },
    epoch: { type: 'string', minLength: 1, maxLength: 64 },
    earlier: { type: 'boolean' },
    mutations: {
      type: 'array',
      maxItems: limits.pushMutations,
      items: {
        type: 'object',
        required: ['id', 'seq', 'collection', 'key', 'op', 'base', 'at'],
        additionalProperties: false,
        properties: {
          id: { type: 'string', pattern: ID_PATTERN },
          seq: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
          collection: { type: 'string', pattern: ID_PATTERN },
          key: { type: 'string', pattern: ID_PATTERN },
          op: { enum: ['create', 'update', 'replace', 'delete'] },
          base: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
          value: { type: 'object' },
          patch: { type: 'object' },
          at: { type: 'string', maxLength: 64 },
        },
        allOf: [
          {
            if: { properties: { op: { enum: ['create', 'replace'] } } },
            then: { required: ['value'] },
          },
          { if: { properties: { op: { const: 'update' } } }, then: { required: ['patch'] } },
        ],
      },
    },
  },
} as const;

/** What an admin takes back: all tokens of a subject, one by its `jti`, or a write key. */
export const revocationRequestSchema = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    subject: { type: 'string', minLength: 1, maxLength: 128 },
    token: { type: 'string', minLength: 1, maxLength: 128 },
    writeKey: { type: 'string', minLength: 1, maxLength: 128 },
  },
} as const;

/**
 * Units are the app's own ids: anything printable, bounded, but `.` and `..`, which no address could
 * name when they are to be told or erased.
 */
export const unitSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 128,
  pattern: '^(?!\\.{1,2}$)[^\\u0000-\\u001f]+$',
};
const at = { type: 'integer', minimum: 0, maximum: 8_640_000_000_000_000 };
export const idSchema = { type: 'string', pattern: ID_PATTERN };

/** Names that stand as keys in results: any id but those that would reach a prototype. */
export const nameSchema = {
  type: 'string',
  pattern: ID_PATTERN,
  not: { enum: ['__proto__', 'constructor', 'prototype'] },
} as const;

/** What is said of an event beside its own members. */
const membersSchema = {
  type: 'object',
  maxProperties: 20,
  propertyNames: { type: 'string', pattern: ID_PATTERN },
  additionalProperties: { type: ['string', 'number', 'boolean'], maxLength: 200 },
} as const;

/** `EventsRequest`. */
export const eventsRequestSchema = {
  type: 'object',
  required: ['sentAt', 'events'],
  additionalProperties: false,
  properties: {
    sentAt: at,
    events: {
      type: 'array',
      maxItems: limits.events,
      items: {
        type: 'object',
        required: ['type'],
        discriminator: { propertyName: 'type' },
        oneOf: [
          {
            required: ['type', 'id', 'experiment', 'phase', 'variant', 'unit', 'at'],
            additionalProperties: false,
            properties: {
              type: { const: 'exposure' },
              id: idSchema,
              experiment: nameSchema,
              phase: { type: 'integer', minimum: 1, maximum: 1_000_000 },
              variant: nameSchema,
              unit: unitSchema,
              at,
              hashAttribute: { type: 'string', minLength: 1, maxLength: 128 },
              hashVersion: { type: 'integer', minimum: 1, maximum: 1_000 },
              bucket: { type: 'number', minimum: 0, maximum: 1 },
              reason: { type: 'string', pattern: '^[a-z-]{1,40}$' },
              sticky: { type: 'boolean' },
              page: { type: 'string', maxLength: 500 },
              source: { type: 'string', maxLength: 100 },
              sdk: { type: 'string', pattern: '^[A-Za-z0-9@/._+-]{1,64}$' },
              dimensions: membersSchema,
              assignment: { type: 'string', minLength: 1, maxLength: 128 },
            },
          },
          {
            required: ['type', 'id', 'name', 'unit', 'at'],
            additionalProperties: false,
            properties: {
              type: { const: 'conversion' },
              id: idSchema,
              name: nameSchema,
              unit: unitSchema,
              value: { type: 'number', minimum: -1e12, maximum: 1e12 },
              props: membersSchema,
              at,
            },
          },
          {
            required: ['type', 'id', 'anonymous', 'unit', 'at'],
            additionalProperties: false,
            properties: {
              type: { const: 'identify' },
              id: idSchema,
              anonymous: unitSchema,
              unit: unitSchema,
              at,
            },
          },
        ],
      },
    },
  },
} as const;
