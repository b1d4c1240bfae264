/** Counts units anew from their raw events. */
import { markResultsStale } from '../collections/stale-results.js';
import type { Queryable } from '../database/database.js';
import { type ExposedUnit, rollUp } from './rollups.js';
import { countUnits } from './unit-totals.js';

/**
 * Brings totals, rollups and the marks of stale results up to date with the raw events of these
 * units, of which some may be named twice; `dimensions` are those that results are told by.
 */
export async function recount(
  tx: Queryable,
  workspace: string,
  units: readonly ExposedUnit[],
  dimensions: readonly string[],
): Promise<void> {
  if (!units.length) return;
  const each = distinct(units);
  const before = each.filter(({ isNew }) => !isNew);
  const experiments = await rollUp(tx, workspace, before, -1);
  await countUnits(tx, workspace, each, dimensions);
  experiments.push(...(await rollUp(tx, workspace, each, 1)));
  await markResultsStale(tx, workspace, experiments);
}

/** One at a time in a workspace: two batches about one unit must not both take it out first. */
export async function lockIngest(tx: Queryable, workspace: string): Promise<void> {
  // A plan that was made while a table was nearly empty reads all of it, and is kept while it grows.
  await tx.query(
    `select pg_advisory_xact_lock(hashtextextended($1, 0)), set_config('enable_seqscan', 'off', true)`,
    [`events ${workspace}`],
  );
}

function distinct(units: readonly ExposedUnit[]): ExposedUnit[] {
  const named = units.map((unit) => [
    JSON.stringify([unit.experiment, unit.phase, unit.unit]),
    unit,
  ]);
  return [...new Map(named as [string, ExposedUnit][]).values()];
}
