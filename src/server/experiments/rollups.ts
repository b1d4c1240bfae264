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

/**
 * `$2` and `$3` the selection; `whole` and `partly` share no unit of an experiment. Each row is
 * looked up by itself (`offset 0` keeps the planner from turning that round): without statistics,
 * which the embedded database never gathers, it would read the whole workspace instead.
 */
const SELECTED = `
  whole as materialized (
    select u.* from json_to_recordset($2::json) as s(experiment text, phase int, unit text),
      lateral (select * from exposed_units e
                where e.workspace = $1 and e.experiment = s.experiment
                  and e.phase = s.phase and e.unit = s.unit offset 0) as u
  ), partly as materialized (
    select u.*, s.event from json_to_recordset($3::json) as s(unit text, event text),
      lateral (select * from exposed_units e
                where e.workspace = $1 and e.unit = s.unit offset 0) as u
     where (u.experiment, u.phase, u.unit) not in (select experiment, phase, unit from whole)
  ), totals as materialized (
    select w.experiment, w.phase, w.dimensions, w.variant, w.day, t.event,
           t.count, t.value, t.count_before, t.value_before
      from whole w, lateral (select * from unit_totals e
        where e.workspace = $1 and e.experiment = w.experiment
          and e.phase = w.phase and e.unit = w.unit offset 0) as t
     union all
    select p.experiment, p.phase, p.dimensions, p.variant, p.day, t.event,
           t.count, t.value, t.count_before, t.value_before
      from partly p, lateral (select * from unit_totals e
        where e.workspace = $1 and e.experiment = p.experiment
          and e.phase = p.phase and e.unit = p.unit and e.event = p.event offset 0) as t
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
