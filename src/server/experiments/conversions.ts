/** Conversions: appended, and added to what their units did, in one statement. */
import type { ConversionEvent } from '../../protocol/index.js';
import type { Queryable } from '../database/database.js';
import { serverTime } from './clocks.js';
import { addToRollups, type ExposedUnit } from './rollups.js';
import type { Received } from './store.js';
import { countersOf, COUNTS, TOTALS, TOTALS_COLUMNS as columns } from './unit-totals.js';

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
     ), u as materialized (
       select c.name, c.value, c.at as done_at, c.bot, u.*
         from sent c, lateral (select * from exposed_units e
           where e.workspace = $1 and e.unit = c.unit offset 0) as u
        where (u.experiment, u.phase, u.unit) not in (
          select experiment, phase, unit
            from json_to_recordset($3::json) as s(experiment text, phase int, unit text))
     ), ${countersOf('u')}, added as materialized (
       select u.experiment, u.phase, u.unit, p.metric, u.variant, u.day, u.dimensions, ${TOTALS}
         from u, lateral (select u.name, u.value, u.done_at as at, u.bot) as c, counters p
        where ${COUNTS}
        group by u.experiment, u.phase, u.unit, p.metric, u.variant, u.day, u.dimensions
     ), changed as materialized (
       select a.experiment, a.phase, a.unit, a.metric, a.variant, a.day, a.dimensions,
              o.unit is not null as is_known, ${columns
                .map((column) => `coalesce(o.${column}, 0) as old_${column}`)
                .join(', ')}, ${columns
                .map((column) => `coalesce(o.${column}, 0) + a.${column} as ${column}`)
                .join(', ')}
         from added a left join lateral (select * from unit_totals e
           where e.workspace = $1 and e.experiment = a.experiment and e.phase = a.phase
             and e.unit = a.unit and e.metric = a.metric offset 0) as o on true
     ), into_totals as (
       insert into unit_totals (workspace, experiment, phase, unit, metric, ${columns.join(', ')})
       select $1, experiment, phase, unit, metric, ${columns.join(', ')} from changed
       on conflict (workspace, experiment, phase, unit, metric) do update
          set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}
     ), signed as materialized (
       select experiment, phase, metric, variant, day, dimensions, 1 as sign,
              ${columns.join(', ')}
         from changed
        union all
       select experiment, phase, metric, variant, day, dimensions, -1,
              ${columns.map((column) => `old_${column}`).join(', ')}
         from changed where is_known
     ), into_rollups as (${addToRollups('signed')})
     select distinct experiment from added`,
    [workspace, JSON.stringify(rows), JSON.stringify(recounted)],
  );
  return found.map(({ experiment }) => experiment);
}
