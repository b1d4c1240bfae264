/**
 * Joins units: `identify` says that an anonymous unit is one the app knows, whose events its events
 * then are, those that came before included. The earliest identify of an anonymous unit holds
 * (ties go by id), and one step is all: what a unit was joined to is not joined further. So the
 * order in which they come does not matter.
 */
import type { IdentifyEvent } from '../../protocol/index.js';
import type { Queryable } from '../database/database.js';
import { serverTime } from './clocks.js';
import type { Received } from './store.js';

/** By anonymous unit, the unit it is; units that nobody has identified are not in it. */
export async function knownUnits(
  tx: Queryable,
  workspace: string,
  units: readonly string[],
): Promise<Map<string, string>> {
  const rows = await tx.query<{ anonymous: string; unit: string }>(
    `select distinct on (anonymous) anonymous, unit from identifies
      where workspace = $1 and anonymous = any($2::text[]) order by anonymous, at, id`,
    [workspace, units],
  );
  return new Map(rows.map(({ anonymous, unit }) => [anonymous, unit]));
}

/** Stores identifies and moves the events of those that they join; the units that changed. */
export async function joinUnits(
  tx: Queryable,
  workspace: string,
  identifies: readonly Received<IdentifyEvent>[],
): Promise<string[]> {
  if (!identifies.length) return [];
  const anonymous = [...new Set(identifies.map(({ event }) => event.anonymous))];
  const before = await knownUnits(tx, workspace, anonymous);
  await tx.query(
    `insert into identifies (workspace, id, anonymous, unit, at, received_at)
     select $1, id, anonymous, unit, at, received_at
       from json_to_recordset($2::json) as e(
         id text, anonymous text, unit text, at bigint, received_at bigint)`,
    [
      workspace,
      JSON.stringify(
        identifies.map(({ event, sender }) => ({
          ...event,
          at: serverTime(event.at, sender),
          received_at: sender.receivedAt,
        })),
      ),
    ],
  );
  const after = await knownUnits(tx, workspace, anonymous);
  const joined = [...after].filter(([from, to]) => before.get(from) !== to);
  if (!joined.length) return [];
  const moves = JSON.stringify(joined.map(([from, to]) => ({ from, to })));
  for (const table of ['exposures', 'conversions'] as const) {
    for (const sent of ['e.sent_as is null and e.unit', 'e.sent_as'] as const) {
      await tx.query(
        `update ${table} e set unit = m.to, sent_as = m.from
           from json_to_recordset($2::json) as m("from" text, "to" text)
          where e.workspace = $1 and ${sent} = m.from`,
        [workspace, moves],
      );
    }
  }
  return [...new Set(joined.flatMap(([from, to]) => [from, before.get(from) ?? from, to]))];
}
