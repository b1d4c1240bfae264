/**
 * Sums over units, from which every result is read: by experiment, phase, variant and UTC day of
 * the unit's first exposure, and by event what those units did from then on. They are kept by
 * event, not by metric, so a metric defined later finds its sums already there.
 */
import type { Queryable } from '../database/database.js';

/**
 * How long before its unit's first exposure a conversion still counts, in ms: each request's time
 * on its way is part of its clock correction and may put the effect before the cause. A change
 * needs a migration that rebuilds the sums.
 */
export const CONVERSION_GRACE = 60_000;

/**
 * What some units add up to, from the raw rows alone. `$1` the workspace, `$2` the units, or null
 * for all of them.
 *
 * A unit counts in the variant it met first (ties go by id). Per event and unit: `count` how
 * often, `value` how much; their squares make the variance.
 */
const CONTRIBUTIONS = `
  first_exposures as materialized (
    select distinct on (experiment, phase, unit)
           experiment, phase, unit, variant, at,
           (to_timestamp(at / 1000.0) at time zone 'UTC')::date as day,
           min(variant) over of_unit <> max(variant) over of_unit as multiple
      from exposures
     where workspace = $1 and ($2::text[] is null or unit = any($2::text[]))
    window of_unit as (partition by experiment, phase, unit)
     order by experiment, phase, unit, at, id
  ), unit_sums as (
    select experiment, phase, variant, day,
           count(*) as units, count(*) filter (where multiple) as multiple
      from first_exposures group by experiment, phase, variant, day
  ), unit_totals as (
    select f.experiment, f.phase, f.variant, f.day, f.unit, c.name as event,
           count(*)::numeric as count, sum(c.value) as value
      from first_exposures f
      join conversions c on c.workspace = $1 and c.unit = f.unit
                        and c.at >= f.at - ${CONVERSION_GRACE}
     group by f.experiment, f.phase, f.variant, f.day, f.unit, c.name
  ), event_sums as (
    select experiment, phase, variant, day, event, count(*) as converted,
           sum(count) as count_sum, sum(count * count) as count_sum_squares,
           sum(value) as value_sum, sum(value * value) as value_sum_squares
      from unit_totals group by experiment, phase, variant, day, event
  )`;

/**
 * Adds (`sign` 1) or takes away (-1) what these units contribute; returns the experiments
 * concerned. The caller holds the workspace's ingest lock.
 */
export async function rollUp(
  tx: Queryable,
  workspace: string,
  units: readonly string[] | null,
  sign: 1 | -1,
): Promise<string[]> {
  const rows = await tx.query<{ experiment: string }>(
    `with ${CONTRIBUTIONS}, into_units as (
       insert into unit_rollups as r (workspace, experiment, phase, variant, day, units, multiple)
       select $1, experiment, phase, variant, day, $3::int * units, $3::int * multiple
         from unit_sums
       on conflict (workspace, experiment, phase, variant, day) do update
          set units = r.units + excluded.units, multiple = r.multiple + excluded.multiple
     ), into_events as (
       insert into event_rollups as r (workspace, experiment, phase, variant, day, event,
              converted, count_sum, count_sum_squares, value_sum, value_sum_squares)
       select $1, experiment, phase, variant, day, event,
              $3::int * converted, $3::int * count_sum, $3::int * count_sum_squares,
              $3::int * value_sum, $3::int * value_sum_squares
         from event_sums
       on conflict (workspace, experiment, phase, variant, day, event) do update
          set converted = r.converted + excluded.converted,
              count_sum = r.count_sum + excluded.count_sum,
              count_sum_squares = r.count_sum_squares + excluded.count_sum_squares,
              value_sum = r.value_sum + excluded.value_sum,
              value_sum_squares = r.value_sum_squares + excluded.value_sum_squares
     )
     select distinct experiment from unit_sums order by experiment`,
    [workspace, units, sign],
  );
  return rows.map(({ experiment }) => experiment);
}

/** Makes a workspace's rollups anew from its raw rows; equal to the incremental ones. */
export async function rebuildRollups(tx: Queryable, workspace: string): Promise<void> {
  await tx.query('delete from unit_rollups where workspace = $1', [workspace]);
  await tx.query('delete from event_rollups where workspace = $1', [workspace]);
  await rollUp(tx, workspace, null, 1);
}
