/**
 * Where each exposed unit counts, and what it did, by event. A unit counts in the variant it met
 * first (ties go by id), on the UTC day of that exposure.
 */
import type { Queryable } from '../database/database.js';
import type { ExposedUnit } from './rollups.js';
import { NOT_SEALED } from './sealed.js';

/**
 * How long before its unit's first exposure a conversion still counts, in ms: each request's time
 * on its way is part of its clock correction and may put the effect before the cause. A change
 * needs a migration that puts every workspace into `stale_rollups`; so does one of the next.
 */
export const CONVERSION_GRACE = 60_000;

/** How long before that a unit's conversions are its covariate, in ms: two whole weeks. */
export const COVARIATE_PERIOD = 14 * 24 * 3_600_000;

/** The units in `$2`, each looked up by itself in a table that has them (see rollups.ts). */
const selectedIn = (table: string, columns: string) => `
  select u.* from json_to_recordset($2::json) as s(experiment text, phase int, unit text),
    lateral (select ${columns} from ${table} e
              where e.workspace = $1 and e.experiment = s.experiment
                and e.phase = s.phase and e.unit = s.unit offset 0) as u`;

/** What conversions `c` of an exposed unit `u` add up to, and which count at all. */
export const TOTALS = `
  count(*) filter (where c.at >= u.at - ${CONVERSION_GRACE}) as count,
  coalesce(sum(c.value) filter (where c.at >= u.at - ${CONVERSION_GRACE}), 0) as value,
  count(*) filter (where c.at < u.at - ${CONVERSION_GRACE}) as count_before,
  coalesce(sum(c.value) filter (where c.at < u.at - ${CONVERSION_GRACE}), 0) as value_before`;
export const COUNTS = `not c.bot and c.at >= u.at - ${CONVERSION_GRACE + COVARIATE_PERIOD}`;

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
  await tx.query(
    `insert into unit_totals (workspace, experiment, phase, unit, event,
                              count, value, count_before, value_before)
     select $1, u.experiment, u.phase, u.unit, c.name, ${TOTALS}
       from (${selectedIn('exposed_units', '*')}) as u,
            lateral (select * from conversions e
                      where e.workspace = $1 and e.unit = u.unit offset 0) as c
      where ${COUNTS}
      group by u.experiment, u.phase, u.unit, c.name`,
    [workspace, selected],
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
