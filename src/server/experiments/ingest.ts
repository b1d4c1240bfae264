/**
 * `POST /v1/events`: exposures and conversions, appended once by id, rolled up in the same
 * transaction. Rollups are sums over units, so a batch takes the units it touches out, appends,
 * and puts them back in: whatever the order in which events come, the sums are those of the rows.
 */
import {
  type ConversionEvent,
  type EventResult,
  type EventsResponse,
  type ExposureEvent,
  type WireEvent,
} from '../../protocol/index.js';
import { eventsRequestSchema } from '../../protocol/schemas.js';
import { markResultsStale } from '../collections/stale-results.js';
import type { Database, Queryable } from '../database/database.js';
import { invalid, unfitRequest } from '../problem-error.js';
import { type Fault, validator } from '../validate.js';
import { rollUp } from './rollups.js';

const { properties } = eventsRequestSchema;
const validateRequest = validator({
  ...eventsRequestSchema,
  properties: {
    ...properties,
    // Only what it takes to answer each event by itself.
    events: {
      ...properties.events,
      items: {
        type: 'object',
        required: ['id'],
        properties: { id: properties.events.items.oneOf[0].properties.id },
      },
    },
  },
});
const validateEvent = validator(properties.events.items);

/** The handler; throws a `ProblemError` when the request as a whole does not fit. */
export async function receiveEvents(
  database: Database,
  workspace: string,
  body: unknown,
  now: number,
): Promise<EventsResponse> {
  const requestFaults = validateRequest(body);
  if (requestFaults.length) throw unfitRequest(requestFaults);
  const { sentAt, events } = body as { sentAt: number; events: WireEvent[] };

  const faults = events.map((event): Fault[] => validateEvent(event));
  const fitting = events.filter((_, i) => !faults[i]!.length);
  const outcomes = await ingest(database, workspace, fitting, { sentAt, receivedAt: now });
  return {
    results: events.map((event, i) => {
      const { id } = event;
      if (!faults[i]!.length) return outcomes.shift()!;
      return { id, outcome: 'rejected', problem: invalid(faults[i]!).problem };
    }),
  };
}

/** The sender's clock when it sent, and ours when it arrived; ms since 1970. */
export interface Clocks {
  sentAt: number;
  receivedAt: number;
}

/** Appends events that fit the schema and rolls them up; one outcome for each, in order. */
export async function ingest(
  database: Database,
  workspace: string,
  events: readonly WireEvent[],
  clocks: Clocks,
): Promise<EventResult[]> {
  if (!events.length) return [];
  const fresh = await database.transaction(async (tx) => {
    // One at a time in a workspace: two batches about one unit must not both take it out first.
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `events ${workspace}`,
    ]);
    const missing = await newEvents(tx, workspace, events);
    if (missing.length) await append(tx, workspace, missing, clocks);
    return missing;
  });
  const unanswered = new Set(fresh);
  return events.map((event) => ({
    id: event.id,
    outcome: unanswered.has(event) ? 'applied' : 'duplicate',
  }));
}

/** Those that are not stored yet, each id once. */
async function newEvents(
  tx: Queryable,
  workspace: string,
  events: readonly WireEvent[],
): Promise<WireEvent[]> {
  const ids = (type: WireEvent['type']) =>
    events.filter((event) => event.type === type).map(({ id }) => id);
  const stored = await tx.query<{ type: WireEvent['type']; id: string }>(
    `select 'exposure' as type, id from exposures where workspace = $1 and id = any($2::text[])
      union all
     select 'conversion', id from conversions where workspace = $1 and id = any($3::text[])`,
    [workspace, ids('exposure'), ids('conversion')],
  );
  const seen = new Set(stored.map(({ type, id }) => `${type} ${id}`));
  return events.filter(({ type, id }) => {
    const name = `${type} ${id}`;
    return !seen.has(name) && seen.add(name);
  });
}

async function append(
  tx: Queryable,
  workspace: string,
  events: readonly WireEvent[],
  clocks: Clocks,
): Promise<void> {
  const exposures = events.filter((event): event is ExposureEvent => event.type === 'exposure');
  const conversions = events.filter(
    (event): event is ConversionEvent => event.type === 'conversion',
  );
  const units = [...new Set(events.map(({ unit }) => unit))];

  await rollUp(tx, workspace, units, -1);
  if (exposures.length) await insertExposures(tx, workspace, exposures, clocks);
  if (conversions.length) await insertConversions(tx, workspace, conversions, clocks);
  const experiments = await rollUp(tx, workspace, units, 1);
  await markResultsStale(tx, workspace, experiments);
}

async function insertExposures(
  tx: Queryable,
  workspace: string,
  events: readonly ExposureEvent[],
  clocks: Clocks,
): Promise<void> {
  const rows = events.map(({ id, experiment, phase, variant, unit, at, ...rest }) => {
    const { hashVersion, bucket, dimensions } = rest;
    const details = { hashVersion, bucket, dimensions };
    return { id, experiment, phase, variant, unit, at: serverTime(at, clocks), details };
  });
  await tx.query(
    `insert into exposures
       (workspace, id, experiment, phase, variant, unit, at, received_at, details)
     select $1, id, experiment, phase, variant, unit, at, $3::bigint, nullif(details, '{}')
       from json_to_recordset($2::json) as e(
         id text, experiment text, phase int, variant text, unit text, at bigint, details jsonb)`,
    [workspace, JSON.stringify(rows), clocks.receivedAt],
  );
}

async function insertConversions(
  tx: Queryable,
  workspace: string,
  events: readonly ConversionEvent[],
  clocks: Clocks,
): Promise<void> {
  const rows = events.map(({ id, name, unit, value, at }) => ({
    id,
    name,
    unit,
    value: value ?? 1,
    at: serverTime(at, clocks),
  }));
  // Nine decimals, exactly: sums of decimals have no order, sums of floats do.
  await tx.query(
    `insert into conversions (workspace, id, name, unit, value, at, received_at)
     select $1, id, name, unit, round(value, 9), at, $3::bigint
       from json_to_recordset($2::json) as e(
         id text, name text, unit text, value numeric, at bigint)`,
    [workspace, JSON.stringify(rows), clocks.receivedAt],
  );
}

/**
 * The sender's time by our clock: the error of its clock is what lies between sending and receipt,
 * which includes how long the request was on its way. Nothing happens after it was received.
 */
export function serverTime(at: number, { sentAt, receivedAt }: Clocks): number {
  return Math.max(0, Math.min(at + receivedAt - sentAt, receivedAt));
}
