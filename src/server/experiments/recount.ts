/** Counts what has changed among the raw events, and makes the rollups anew from all of them. */
import { markResultsStale } from '../collections/stale-results.js';
import type { Queryable } from '../database/database.js';
import { type ExposedUnit, rollUp } from './rollups.js';
import { addConversions, countUnits } from './unit-totals.js';

export interface Change {
  /** Units to count anew from the raw events; duplicates are allowed. */
  whole: readonly ExposedUnit[];
  /** Conversions that were just stored, to be added to their units' totals. */
  conversions: readonly { id: string; unit: string; event: string }[];
  /** Names of the dimensions that results are told by. */
  dimensions: readonly string[];
}

/** Brings totals, rollups and the marks of stale results up to date with raw events. */
export async function recount(tx: Queryable, workspace: string, change: Change): Promise<void> {
  const { conversions, dimensions } = change;
  const whole = distinct(change.whole, ({ experiment, phase, unit }) => [experiment, phase, unit]);
  const partly = distinct(
    conversions.map(({ unit, event }) => ({ unit, event })),
    ({ unit, event }) => [unit, event],
  );
  if (!whole.length && !partly.length) return;
  const selection = { whole, partly };
  const before = await rollUp(tx, workspace, selection, -1);
  await countUnits(tx, workspace, whole, dimensions);
  await addConversions(
    tx,
    workspace,
    conversions.map(({ id }) => id),
    whole,
  );
  const after = await rollUp(tx, workspace, selection, 1);
  await markResultsStale(tx, workspace, [...before, ...after]);
}

/** One at a time in a workspace: two batches about one unit must not both take it out first. */
export async function lockIngest(tx: Queryable, workspace: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`events ${workspace}`]);
}

function distinct<T>(items: readonly T[], key: (item: T) => unknown): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(key(item)), item])).values()];
}
