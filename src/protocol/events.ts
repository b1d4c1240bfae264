import { isId, isObject, type JsonObject } from './json.js';
import type { Problem } from './problem.js';
import { isStanding, type Standing } from './push.js';

/**
 * `POST /v1/sync/append`: exposures, conversions and identifies, appended exactly once by id. A public write key
 * may do this and read `GET /v1/config`, nothing else.
 */
export interface EventsRequest {
  /** The sender's clock when it sent, ms since 1970: the server subtracts the skew. */
  sentAt: number;
  /** None at all is a question: how far `durable` is. */
  events: WireEvent[];
}

export type WireEvent = ExposureEvent | ConversionEvent | IdentifyEvent;

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
  /** Which attribute the unit is, how it was hashed, and where it fell, 0 ≤ bucket < 1. */
  hashAttribute?: string;
  hashVersion?: number;
  bucket?: number;
  /** Why it takes part, in `decide`'s words; and whether it met the variant before and kept it. */
  reason?: string;
  sticky?: boolean;
  /** The page's address without query and fragment. */
  page?: string;
  /** What led to the page: its `utm_source`, the site that linked to it, or `direct`. */
  source?: string;
  /** Who recorded it, e.g. `bytelyst/0.1.0`. */
  sdk?: string;
  /** Browser, country and the like; only what the workspace declares. */
  dimensions?: JsonObject;
  /** Proves that the server assigned this variant, where the workspace demands that. */
  assignment?: string;
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
  /** More about it, e.g. the plan that was bought; kept and exported, not part of results. */
  props?: JsonObject;
  at: number;
}

/**
 * An anonymous unit turned out to be one that the app knows: its events, earlier ones too, are that
 * unit's from now on. `id` follows from both: a repeat is the same. The earliest identify of an anonymous unit holds.
 */
export interface IdentifyEvent {
  type: 'identify';
  id: string;
  anonymous: string;
  /** Whom it turned out to be; must not be identified as another one itself. */
  unit: string;
  at: number;
}

/** A new epoch takes the events again that were not safe, under the same ids. */
export interface EventsResponse extends Standing {
  /** One for each event, in order. A duplicate was stored before and counts as delivered. */
  results: EventResult[];
}

export type EventResult =
  | { id: string; outcome: 'applied' | 'duplicate' }
  | { id: string; outcome: 'rejected'; problem: Problem };

export function isEventsResponse(value: unknown, ids: readonly string[]): value is EventsResponse {
  return (
    isObject(value) &&
    isStanding(value) &&
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
