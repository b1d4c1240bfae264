/**
 * Where each exposed unit counts, and what it did, by metric. A unit counts in the variant it met
 * first (ties go by id), on the UTC day of that exposure.
 */
import type { Queryable } from '../database/database.js';
import { CONVERSION_GRACE } from './counting.js';
import { EXPOSED_UNITS, type ExposedUnit, planOf } from './rollups.js';
import { NOT_SEALED } from './sealed.js';

/** The units in `$2`, each looked up by itself in a table that has them (see rollups.ts). */
const selectedIn = (table: string, columns: string) => `
  select u.* from json_to_recordset($2::json) as s(experiment text, phase int, unit text),
    lateral (select ${columns} from ${table} e
              where e.workspace = $1 and e.experiment = s.experiment
                and e.phase = s.phase and e.unit = s.unit offset 0) as u`;

/** By event, which metrics of the plan count it, and which divide by it. */
export const countersOf = (of: string) => `${planOf(of)}, counters as materialized (
  select experiment, phase, metric, counted_to, whole, since, until, before,
         event, take, false as divides from plan
   union all
  select experiment, phase, metric, counted_to, whole, since, until, before,
         divisor ->> 'event', divisor ->> 'take', true from plan where divisor ->> 'event' is not null)`;

const AFTER = 'c.at >= u.at + p.since and (p.until is null or c.at < u.at + p.until)';
const BEFORE = `c.at < u.at - ${CONVERSION_GRACE} and c.at >= u.at - ${CONVERSION_GRACE} - p.before`;

/** Columns of `unit_totals` beside its key. */
export const TOTALS_COLUMNS = [
  'count',
  'value',
  'count_before',
  'value_before',
  'divisor',
] as const;

/** What conversions `c` of an exposed unit `u` add up to for a counter `p`, and which count at all. */
export const TOTALS = `
  count(*) filter (where not p.divides and ${AFTER}) as count,
  coalesce(sum(c.value) filter (where not p.divides and ${AFTER}), 0) as value,
  count(*) filter (where not p.divides and ${BEFORE}) as count_before,
  coalesce(sum(c.value) filter (where not p.divides and ${BEFORE}), 0) as value_before,
  coalesce(sum(case p.take when 'sum' then c.value else 1 end)
             filter (where p.divides and ${AFTER}), 0) as divisor`;
export const COUNTS = `p.experiment = u.experiment and p.phase = u.phase and p.event = c.name
  and (p.whole or u.unit <= p.counted_to)
  and not c.bot and (${AFTER} or (not p.divides and ${BEFORE}))`;

/**
 * Counts units anew from the raw events, `dimensions` being the declared ones. Those without an
 * exposure (any more) are gone afterwards.
 */
export async function countUnits(
  tx: Queryable,
  workspace: string,
  units: readonly ExposedUnit[],
  dimensions: readonly string[],
): Promise<void> {
  if (!units.length) return;
  const selected = JSON.stringify(units);
  const old = units.filter(({ isNew }) => !isNew);
  if (old.length) {
    for (const table of ['unit_totals', 'exposed_units'] as const) {
      await tx.query(
        `delete from ${table} where ctid = any(array(${selectedIn(table, 'e.ctid')}))`,
        [workspace, JSON.stringify(old)],
      );
    }
  }
  await tx.query(
    `insert into exposed_units (workspace, experiment, phase, unit, variant, at, exposure, day,
                                multiple, dimensions)
     select distinct on (experiment, phase, unit)
            $1, experiment, phase, unit, variant, at, id,
            (to_timestamp(at / 1000.0) at time zone 'UTC')::date,
            min(variant) over of_unit <> max(variant) over of_unit,
            (select jsonb_object_agg(key, value)
               from jsonb_each_text(details -> 'dimensions') where key = any($3::text[]))
       from (${selectedIn('exposures', '*')}) as x
      where not bot
     window of_unit as (partition by experiment, phase, unit)
      order by experiment, phase, unit, at, id`,
    [workspace, selected, dimensions],
  );
  await countTotals(tx, workspace, units, null);
}

/** Adds up what these units did, which has no totals yet: of these metrics, or (null) of all. */
export async function countTotals(
  tx: Queryable,
  workspace: string,
  units: readonly ExposedUnit[],
  metrics: readonly string[] | null,
): Promise<void> {
  await tx.query(
    `with ${EXPOSED_UNITS}, ${countersOf('units')}
     insert into unit_totals (workspace, experiment, phase, unit, metric,
                              ${TOTALS_COLUMNS.join(', ')})
     select $1, u.experiment, u.phase, u.unit, p.metric, ${TOTALS}
       from units u, lateral (select * from conversions e
              where e.workspace = $1 and e.unit = u.unit offset 0) as c, counters p
      where ${COUNTS} and ($3::text[] is null or p.metric = any($3))
      group by u.experiment, u.phase, u.unit, p.metric`,
    [workspace, JSON.stringify(units), metrics],
  );
}

/** Of exposures that were just stored, the units that count otherwise from now on. */
export async function unitsMovedBy(
  tx: Queryable,
  workspace: string,
  exposures: readonly (ExposedUnit & { id: string; variant: string; at: number })[],
): Promise<ExposedUnit[]> {
  if (!exposures.length) return [];
  return tx.query<ExposedUnit & Record<string, unknown>>(
    `select distinct e.experiment, e.phase, e.unit, u.unit is null as "isNew"
       from json_to_recordset($2::json) as e(
              experiment text, phase int, unit text, id text, variant text, at bigint)
       left join lateral (
              select * from exposed_units known
               where known.workspace = $1 and known.experiment = e.experiment
                 and known.phase = e.phase and known.unit = e.unit offset 0) as u on true
      where u.unit is null
         or (e.at, e.id collate "C") < (u.at, u.exposure)
         or (e.variant <> u.variant and not u.multiple)`,
    [workspace, JSON.stringify(exposures)],
  );
}

/** Everywhere that these units count, or should; phases that retention has sealed are left alone. */
export async function placesOf(
  tx: Queryable,
  workspace: string,
  units: readonly string[],
): Promise<ExposedUnit[]> {
  if (!units.length) return [];
  return tx.query<ExposedUnit & Record<string, unknown>>(
    `select experiment, phase, unit from (
       select workspace, experiment, phase, unit from exposed_units
        where workspace = $1 and unit = any($2::text[])
        union
       select workspace, experiment, phase, unit from exposures
        where workspace = $1 and unit = any($2::text[])) as e
      where ${NOT_SEALED}`,
    [workspace, units],
  );
}
