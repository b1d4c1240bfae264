/** Conversions: appended, and added to what their units did, in one statement. */
import type { ConversionEvent } from '../../protocol/index.js';
import type { Queryable } from '../database/database.js';
import { serverTime } from './clocks.js';
import { type ExposedUnit, rollUpChanges } from './rollups.js';
import type { Received } from './store.js';
import { COUNTS, TOTALS } from './unit-totals.js';

/**
 * Stores conversions, for the units that `known` says anonymous ones turned out to be, and brings
 * totals and rollups up to date, but for the units in `recounted`; returns the experiments concerned.
 */
export async function storeConversions(
  tx: Queryable,
  workspace: string,
  events: readonly Received<ConversionEvent>[],
  known: ReadonlyMap<string, string>,
  recounted: readonly ExposedUnit[],
): Promise<string[]> {
  if (!events.length) return [];
  const rows = events.map(({ event: { id, name, unit, value, props, at }, sender }) => ({
    id,
    name,
    unit: known.get(unit) ?? unit,
    sent_as: known.has(unit) ? unit : null,
    value: value ?? 1,
    props,
    at: serverTime(at, sender),
    received_at: sender.receivedAt,
    bot: sender.bot,
  }));
  // Nine decimals, exactly: sums of decimals have no order, sums of floats do. Rows are looked up
  // one by one for the reason that rollups.ts gives.
  const found = await tx.query<{ experiment: string }>(
    `with sent as materialized (
       select id, name, unit, sent_as, round(value, 9) as value, at, received_at, bot, props
         from json_to_recordset($2::json) as e(
           id text, name text, unit text, sent_as text, value numeric, at bigint,
           received_at bigint, bot boolean, props jsonb)
     ), stored as (
       insert into conversions
              (workspace, id, name, unit, sent_as, value, at, received_at, bot, props)
       select $1, * from sent
     ), added as materialized (
       select u.experiment, u.phase, u.unit, u.variant, u.day, u.dimensions, c.name as event,
              ${TOTALS}
         from sent c, lateral (select * from exposed_units e
           where e.workspace = $1 and e.unit = c.unit offset 0) as u
        where ${COUNTS} and (u.experiment, u.phase, u.unit) not in (
          select experiment, phase, unit
            from json_to_recordset($3::json) as s(experiment text, phase int, unit text))
        group by u.experiment, u.phase, u.unit, u.variant, u.day, u.dimensions, c.name
     ), changed as materialized (
       select a.experiment, a.phase, a.unit, a.variant, a.day, a.dimensions, a.event,
              coalesce(o.count, 0) as old_count, coalesce(o.value, 0) as old_value,
              coalesce(o.count_before, 0) as old_count_before,
              coalesce(o.value_before, 0) as old_value_before,
              coalesce(o.count, 0) + a.count as count, coalesce(o.value, 0) + a.value as value,
              coalesce(o.count_before, 0) + a.count_before as count_before,
              coalesce(o.value_before, 0) + a.value_before as value_before
         from added a left join lateral (select * from unit_totals e
           where e.workspace = $1 and e.experiment = a.experiment and e.phase = a.phase
             and e.unit = a.unit and e.event = a.event offset 0) as o on true
     ), into_totals as (
       insert into unit_totals (workspace, experiment, phase, unit, event,
                                count, value, count_before, value_before)
       select $1, experiment, phase, unit, event, count, value, count_before, value_before
         from changed
       on conflict (workspace, experiment, phase, unit, event) do update
          set count = excluded.count, value = excluded.value,
              count_before = excluded.count_before, value_before = excluded.value_before
     ), ${rollUpChanges('changed')}
     select distinct experiment from changed`,
    [workspace, JSON.stringify(rows), JSON.stringify(recounted)],
  );
  return found.map(({ experiment }) => experiment);
}
