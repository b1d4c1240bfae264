import { ID_PATTERN, isId, isObject, type JsonObject } from './json.js';
import { limits } from './limits.js';
import type { Problem } from './problem.js';

/**
 * `POST /v1/events`: exposures and conversions, appended exactly once by id. A public write key
 * may do this and read `GET /v1/config`, nothing else.
 */
export interface EventsRequest {
  /** The sender's clock when it sent, ms since 1970: the server subtracts the skew. */
  sentAt: number;
  events: WireEvent[];
}

export type WireEvent = ExposureEvent | ConversionEvent;

/** A unit met a variant. `id` follows from (experiment, phase, unit, variant): a repeat is the same. */
export interface ExposureEvent {
  type: 'exposure';
  id: string;
  experiment: string;
  phase: number;
  variant: string;
  unit: string;
  /** ms since 1970, by the sender's clock. */
  at: number;
  hashVersion?: number;
  bucket?: number;
  /** Where from: page, browser and the like; only what the workspace declares. */
  dimensions?: JsonObject;
}

/** A unit did something that a metric may count. `id` is a UUIDv7. */
export interface ConversionEvent {
  type: 'conversion';
  id: string;
  /** The event's name; metrics refer to it. */
  name: string;
  unit: string;
  /** In the metric's own unit; 1 when absent. */
  value?: number;
  at: number;
}

export interface EventsResponse {
  /** One for each event, in order. A duplicate was stored before and counts as delivered. */
  results: EventResult[];
}

export type EventResult =
  | { id: string; outcome: 'applied' | 'duplicate' }
  | { id: string; outcome: 'rejected'; problem: Problem };

/** Units are the app's own ids: anything printable, bounded. */
const unit = { type: 'string', minLength: 1, maxLength: 128, pattern: '^[^\\u0000-\\u001f]+$' };
const at = { type: 'integer', minimum: 0, maximum: 8_640_000_000_000_000 };
const id = { type: 'string', pattern: ID_PATTERN };

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
              id,
              experiment: id,
              phase: { type: 'integer', minimum: 1, maximum: 1_000_000 },
              variant: id,
              unit,
              at,
              hashVersion: { type: 'integer', minimum: 1, maximum: 1_000 },
              bucket: { type: 'number', minimum: 0, maximum: 1 },
              dimensions: {
                type: 'object',
                maxProperties: 20,
                additionalProperties: { type: ['string', 'number', 'boolean'], maxLength: 200 },
              },
            },
          },
          {
            required: ['type', 'id', 'name', 'unit', 'at'],
            additionalProperties: false,
            properties: {
              type: { const: 'conversion' },
              id,
              name: id,
              unit,
              value: { type: 'number', minimum: -1e12, maximum: 1e12 },
              at,
            },
          },
        ],
      },
    },
  },
} as const;

export function isEventsResponse(value: unknown, ids: readonly string[]): value is EventsResponse {
  return (
    isObject(value) &&
    Array.isArray(value.results) &&
    value.results.length === ids.length &&
    value.results.every(
      (result, i) =>
        isObject(result) &&
        isId(result.id) &&
        result.id === ids[i] &&
        (result.outcome === 'applied' ||
          result.outcome === 'duplicate' ||
          (result.outcome === 'rejected' && isObject(result.problem))),
    )
  );
}
