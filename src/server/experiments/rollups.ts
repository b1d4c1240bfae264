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
  /** It counts nowhere yet. */
  isNew?: boolean;
}

/**
 * The units in `$2` and their totals. Each row is looked up by itself (`offset 0` keeps the planner
 * from turning that round): without statistics, which the embedded database never gathers, it would
 * read the whole workspace instead.
 */
const SELECTED = `
  units as materialized (
    select u.* from json_to_recordset($2::json) as s(experiment text, phase int, unit text),
      lateral (select * from exposed_units e
                where e.workspace = $1 and e.experiment = s.experiment
                  and e.phase = s.phase and e.unit = s.unit offset 0) as u
  ), totals as materialized (
    select u.experiment, u.phase, u.dimensions, u.variant, u.day, t.event,
           t.count, t.value, t.count_before, t.value_before
      from units u, lateral (select * from unit_totals e
        where e.workspace = $1 and e.experiment = u.experiment
          and e.phase = u.phase and e.unit = u.unit offset 0) as t
  )`;

/** Each unit counts once among all (the dimension ''), and once in each of its dimensions. */
const BY_DIMENSION = `cross join lateral (
         select '' as dimension, '' as value
          union all
         select d.key, d.value from jsonb_each_text(coalesce(dimensions, '{}')) as d
       ) as cell`;

/** Columns of `event_rollups` beside its key, and how they follow from a row `t` of totals. */
const sums = (t: string) => ({
  converted: `(${t}.count > 0)::int`,
  converted_before: `(${t}.count_before > 0)::int`,
  converted_both: `(${t}.count > 0 and ${t}.count_before > 0)::int`,
  count_sum: `${t}.count`,
  count_squares: `${t}.count * ${t}.count`,
  count_before_sum: `${t}.count_before`,
  count_before_squares: `${t}.count_before * ${t}.count_before`,
  count_cross: `${t}.count * ${t}.count_before`,
  value_sum: `${t}.value`,
  value_squares: `${t}.value * ${t}.value`,
  value_before_sum: `${t}.value_before`,
  value_before_squares: `${t}.value_before * ${t}.value_before`,
  value_cross: `${t}.value * ${t}.value_before`,
});
const columns = Object.keys(sums('t'));

/** Adds to `event_rollups` what the rows that `from` selects change its sums by. */
const addToEvents = (changes: readonly string[], from: string) => `
  insert into event_rollups as r
         (workspace, experiment, phase, dimension, value, variant, day, event, ${columns.join(', ')})
  select $1, experiment, phase, cell.dimension, cell.value, variant, day, event,
         ${changes.map((change) => `sum(${change})`).join(', ')}
    from ${from} ${BY_DIMENSION}
   group by experiment, phase, cell.dimension, cell.value, variant, day, event
  on conflict (workspace, experiment, phase, dimension, value, variant, day, event) do update
     set ${columns.map((column) => `${column} = r.${column} + excluded.${column}`).join(', ')}`;

/**
 * Adds (`sign` 1) or takes away (-1) what these units add up to now; returns the experiments
 * concerned. Taken away before their totals change and added after, the rollups stay those of all
 * totals. The caller holds the workspace's ingest lock.
 */
export async function rollUp(
  tx: Queryable,
  workspace: string,
  units: readonly ExposedUnit[],
  sign: 1 | -1,
): Promise<string[]> {
  if (!units.length) return [];
  const signed = Object.values(sums('t')).map((sum) => `$3::int * (${sum})`);
  const rows = await tx.query<{ experiment: string }>(
    `with ${SELECTED}, into_units as (
       insert into unit_rollups as r
              (workspace, experiment, phase, dimension, value, variant, day, units, multiple)
       select $1, experiment, phase, cell.dimension, cell.value, variant, day,
              $3::int * count(*), $3::int * count(*) filter (where multiple)
         from units ${BY_DIMENSION}
        group by experiment, phase, cell.dimension, cell.value, variant, day
       on conflict (workspace, experiment, phase, dimension, value, variant, day) do update
          set units = r.units + excluded.units, multiple = r.multiple + excluded.multiple
     ), into_events as (${addToEvents(signed, 'totals t')})
     select distinct experiment from units`,
    [workspace, JSON.stringify(units), sign],
  );
  return rows.map(({ experiment }) => experiment);
}

/**
 * Of a statement that changes totals: what follows for the rollups from a CTE `name`, whose rows
 * have totals as they were, `old_count` and so on, and as they are, beside what `totals` has above.
 */
export function rollUpChanges(name: string): string {
  const then = `${name}_then`;
  const [now, before] = [Object.values(sums('t')), Object.values(sums('o'))];
  return `${then} as (${addToEvents(
    now.map((sum, i) => `${sum} - ${before[i]!}`),
    `${name} t cross join lateral (
       select old_count as count, old_value as value,
              old_count_before as count_before, old_value_before as value_before) as o`,
  )})`;
}
