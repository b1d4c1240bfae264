/**
 * Sums over units, from which every result is read: by experiment, phase, dimension, variant and
 * UTC day of the unit's first exposure, and by event what those units did. They are kept by event,
 * not by metric, so a metric defined later finds its sums already there; and as `numeric`, so that
 * they are exact and have no order.
 */
import type { Queryable } from '../database/database.js';

/** A unit in a phase of an experiment. */
export interface ExposedUnit {
  experiment: string;
  phase: number;
  unit: string;
}

/** What a change is about: some units with all of their events, and of others some events only. */
export interface Selection {
  whole: readonly ExposedUnit[];
  partly: readonly { unit: string; event: string }[];
}

/** `$2` and `$3` the selection; `whole` and `partly` share no unit of an experiment. */
const SELECTED = `
  whole as (
    select u.* from exposed_units u
      join json_to_recordset($2::json) as s(experiment text, phase int, unit text)
        on u.experiment = s.experiment and u.phase = s.phase and u.unit = s.unit
     where u.workspace = $1
  ), partly as (
    select u.*, s.event from exposed_units u
      join json_to_recordset($3::json) as s(unit text, event text) on u.unit = s.unit
     where u.workspace = $1
       and not exists (select from whole w where w.experiment = u.experiment
                        and w.phase = u.phase and w.unit = u.unit)
  ), totals as (
    select w.experiment, w.phase, w.dimensions, w.variant, w.day, t.event,
           t.count, t.value, t.count_before, t.value_before
      from whole w join unit_totals t
        on t.workspace = $1 and t.experiment = w.experiment and t.phase = w.phase and t.unit = w.unit
     union all
    select p.experiment, p.phase, p.dimensions, p.variant, p.day, t.event,
           t.count, t.value, t.count_before, t.value_before
      from partly p join unit_totals t
        on t.workspace = $1 and t.experiment = p.experiment and t.phase = p.phase and t.unit = p.unit
       and t.event = p.event
  )`;

/** Each unit counts once among all (the dimension ''), and once in each of its dimensions. */
const BY_DIMENSION = `cross join lateral (
         select '' as dimension, '' as value
          union all
         select d.key, d.value from jsonb_each_text(coalesce(dimensions, '{}')) as d
       ) as cell`;

/** Columns of `event_rollups` beside its key, and how they follow from a unit's totals. */
const SUMS = {
  converted: '(count > 0)::int',
  converted_before: '(count_before > 0)::int',
  converted_both: '(count > 0 and count_before > 0)::int',
  count_sum: 'count',
  count_squares: 'count * count',
  count_before_sum: 'count_before',
  count_before_squares: 'count_before * count_before',
  count_cross: 'count * count_before',
  value_sum: 't.value',
  value_squares: 't.value * t.value',
  value_before_sum: 'value_before',
  value_before_squares: 'value_before * value_before',
  value_cross: 't.value * value_before',
} as const;
const columns = Object.keys(SUMS);

/**
 * Adds (`sign` 1) or takes away (-1) what the selected units add up to now; returns the experiments
 * concerned. Taken away before their totals change and added after, the rollups stay those of all
 * totals. The caller holds the workspace's ingest lock.
 */
export async function rollUp(
  tx: Queryable,
  workspace: string,
  { whole, partly }: Selection,
  sign: 1 | -1,
): Promise<string[]> {
  const rows = await tx.query<{ experiment: string }>(
    `with ${SELECTED}, into_units as (
       insert into unit_rollups as r
              (workspace, experiment, phase, dimension, value, variant, day, units, multiple)
       select $1, experiment, phase, cell.dimension, cell.value, variant, day,
              $4::int * count(*), $4::int * count(*) filter (where multiple)
         from whole ${BY_DIMENSION}
        group by experiment, phase, cell.dimension, cell.value, variant, day
       on conflict (workspace, experiment, phase, dimension, value, variant, day) do update
          set units = r.units + excluded.units, multiple = r.multiple + excluded.multiple
     ), into_events as (
       insert into event_rollups as r
              (workspace, experiment, phase, dimension, value, variant, day, event,
               ${columns.join(', ')})
       select $1, experiment, phase, cell.dimension, cell.value, variant, day, event,
              ${Object.values(SUMS)
                .map((sum) => `$4::int * sum(${sum})`)
                .join(', ')}
         from totals t ${BY_DIMENSION}
        group by experiment, phase, cell.dimension, cell.value, variant, day, event
       on conflict (workspace, experiment, phase, dimension, value, variant, day, event) do update
          set ${columns.map((column) => `${column} = r.${column} + excluded.${column}`).join(', ')}
     )
     select experiment from whole union select experiment from partly`,
    [workspace, JSON.stringify(whole), JSON.stringify(partly), sign],
  );
  return rows.map(({ experiment }) => experiment);
}
