/** What is known of one unit, for whoever asks for it (GDPR, articles 15 and 17): told, or erased. */
import { createHmac } from 'node:crypto';
import type { JsonObject } from '../../protocol/index.js';
import type { Queryable } from '../database/database.js';
import { appendAudit } from './audit.js';
import { lockIngest, recount } from './recount.js';
import { NOTABLE } from './store.js';
import { placesOf } from './unit-totals.js';

export interface UnitExport {
  unit: string;
  identifies: JsonObject[];
  exposures: JsonObject[];
  conversions: JsonObject[];
}

/** The events of a unit and of those that it was joined with; null when there are none. */
export async function exportUnit(
  tx: Queryable,
  workspace: string,
  unit: string,
): Promise<UnitExport | null> {
  const units = await relatedUnits(tx, workspace, unit);
  const events = async (table: string, columns: string, of: string) => {
    const [row] = await tx.query<{ events: JsonObject[] }>(
      `select coalesce(json_agg(e order by e.at, e.id), '[]') as events
         from (select ${columns} from ${table} where workspace = $1 and ${of}) as e`,
      [workspace, units],
    );
    return row!.events;
  };
  const own = 'unit = any($2::text[])';
  const found = {
    unit,
    identifies: await events('identifies', 'id, anonymous, unit, at', own),
    exposures: await events(
      'exposures',
      `id, experiment, phase, variant, unit, sent_as as "sentAs", at, received_at as "receivedAt",
       bot, details`,
      own,
    ),
    conversions: await events(
      'conversions',
      'id, name, unit, sent_as as "sentAs", value::float8, props, at, received_at as "receivedAt", bot',
      own,
    ),
  };
  const nothing = !found.identifies.length && !found.exposures.length && !found.conversions.length;
  return nothing ? null : found;
}

/**
 * Deletes all events of a unit and of those that it was joined with, and takes what they counted
 * for out of the rollups; how many there were. The audit keeps that it happened, under a name that
 * only this server's secret can make.
 */
export async function eraseUnit(
  tx: Queryable,
  workspace: string,
  unit: string,
  { by, secret, dimensions }: { by: string; secret: string; dimensions: readonly string[] },
): Promise<number> {
  await lockIngest(tx, workspace);
  const units = await relatedUnits(tx, workspace, unit);
  const whole = await placesOf(tx, workspace, units);
  for (const [table, which] of Object.entries(NOTABLE)) {
    await tx.query(
      `update ${table} b set exposures = b.exposures - e.exposures
         from (select experiment, phase, count(*) as exposures from exposures
                where workspace = $1 and unit = any($2::text[]) and ${which}
                group by experiment, phase) as e
        where b.workspace = $1 and b.experiment = e.experiment and b.phase = e.phase`,
      [workspace, units],
    );
  }
  const [deleted] = await tx.query<{ count: number }>(
    `with e as (delete from exposures where workspace = $1 and unit = any($2::text[]) returning 1),
          c as (delete from conversions where workspace = $1 and unit = any($2::text[]) returning 1),
          i as (delete from identifies where workspace = $1
                 and (unit = any($2::text[]) or anonymous = any($2::text[])) returning 1)
     select (select count(*) from e) + (select count(*) from c) + (select count(*) from i) as count`,
    [workspace, units],
  );
  const { count } = deleted!;
  await recount(tx, workspace, whole, dimensions);
  if (count) {
    const key = createHmac('sha256', secret)
      .update(`unit ${workspace} ${unit}`)
      .digest('base64url');
    await appendAudit(tx, workspace, { by, action: 'unit.erased', key, after: { events: count } });
  }
  return count;
}

/**
 * The unit, whom it turned out to be, and the anonymous ones that turned out to be the same: only
 * by identifies that hold (see `knownUnits`), or one person would be told of another.
 */
async function relatedUnits(tx: Queryable, workspace: string, unit: string): Promise<string[]> {
  const rows = await tx.query<{ unit: string }>(
    `with known as (
       select $2::text as unit
        union
       (select unit from identifies where workspace = $1 and anonymous = $2
         order by at, id limit 1))
     select unit from known
      union
     select i.anonymous from identifies i join known k on i.unit = k.unit
      where i.workspace = $1 and not exists (
        select from identifies e
         where e.workspace = $1 and e.anonymous = i.anonymous and (e.at, e.id) < (i.at, i.id))`,
    [workspace, unit],
  );
  return rows.map((row) => row.unit);
}
