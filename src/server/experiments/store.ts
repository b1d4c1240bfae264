/** The raw events: appended once by id, for the unit that they count for. */
import type { ExposureEvent, WireEvent } from '../../protocol/index.js';
import type { Queryable } from '../database/database.js';
import { type Clocks, serverTime } from './clocks.js';

/** An event and who sent it. */
export interface Received<E extends WireEvent = WireEvent> {
  event: E;
  sender: Sender;
}

/** An exposure as it is stored: by our clock, of the unit that it counts for. */
export type StoredExposure = Omit<ExposureEvent, 'type'> &
  Pick<Sender, 'bot'> & { received_at: number };

/** Who sent events, as far as it matters to whether they count. */
export interface Sender extends Clocks {
  /** Stored and told, but never counted. */
  bot: boolean;
}

const TABLES: Readonly<Record<WireEvent['type'], string>> = {
  exposure: 'exposures',
  conversion: 'conversions',
  identify: 'identifies',
};
const TYPES = Object.keys(TABLES) as WireEvent['type'][];

/** Those that are not stored yet, each id once. */
export async function newEvents(
  tx: Queryable,
  workspace: string,
  events: readonly Received[],
): Promise<Received[]> {
  const ids = (type: WireEvent['type']) =>
    events.flatMap(({ event }) => (event.type === type ? [event.id] : []));
  const stored = await tx.query<{ type: WireEvent['type']; id: string }>(
    TYPES.map(
      (type, i) => `select '${type}' as type, known.id
            from unnest($${i + 2}::text[]) as wanted(id),
              lateral (select id from ${TABLES[type]} e
                        where e.workspace = $1 and e.id = wanted.id offset 0) as known`,
    ).join(' union all '),
    [workspace, ...TYPES.map(ids)],
  );
  const seen = new Set(stored.map(({ type, id }) => `${type} ${id}`));
  return events.filter(({ event: { type, id } }) => {
    const name = `${type} ${id}`;
    return !seen.has(name) && seen.add(name);
  });
}

/** What of an exposure has a column of its own; the rest are its details. */
const COLUMNS = 'id experiment phase variant unit sent_as at received_at bot'.split(' ');

/** Stores exposures, for the units that `known` says anonymous ones turned out to be. */
export async function storeExposures(
  tx: Queryable,
  workspace: string,
  events: readonly Received<ExposureEvent>[],
  known: ReadonlyMap<string, string>,
): Promise<StoredExposure[]> {
  if (!events.length) return [];
  const rows = events.map(({ event: { type: _, ...event }, sender }) => ({
    ...event,
    at: serverTime(event.at, sender),
    received_at: sender.receivedAt,
    bot: sender.bot,
    unit: known.get(event.unit) ?? event.unit,
    sent_as: known.has(event.unit) ? event.unit : null,
  }));
  await tx.query(
    `insert into exposures
       (workspace, id, experiment, phase, variant, unit, sent_as, at, received_at, bot, details)
     select $1, id, experiment, phase, variant, unit, sent_as, at, received_at, bot,
            nullif(jsonb_strip_nulls(to_jsonb(e) - $3::text[]), '{}')
       from json_to_recordset($2::json) as e(
         id text, experiment text, phase int, variant text, unit text, sent_as text, at bigint,
         received_at bigint, bot boolean, "hashAttribute" text, "hashVersion" int, bucket float8,
         reason text, sticky boolean, page text, source text, sdk text, dimensions jsonb)`,
    [workspace, JSON.stringify(rows), COLUMNS],
  );
  return rows;
}

/**
 * Exposures are late when they arrive so many ms after they happened: they count on the day they
 * happened, whose results were others before.
 */
const LATE = 24 * 3_600_000;

/** Tables of exposures that are told beside the results, and which are counted there. */
export const NOTABLE = {
  bot_exposures: 'bot',
  late_exposures: `not bot and received_at - at > ${LATE}`,
} as const;

/** Counts those of bots, and late ones. */
export async function countNotable(
  tx: Queryable,
  workspace: string,
  exposures: readonly StoredExposure[],
): Promise<void> {
  const isLate = ({ bot, at, received_at }: StoredExposure) => !bot && received_at - at > LATE;
  await count(
    tx,
    'bot_exposures',
    workspace,
    exposures.filter(({ bot }) => bot),
  );
  await count(tx, 'late_exposures', workspace, exposures.filter(isLate));
}

async function count(
  tx: Queryable,
  table: 'bot_exposures' | 'late_exposures',
  workspace: string,
  exposures: readonly StoredExposure[],
): Promise<void> {
  if (!exposures.length) return;
  await tx.query(
    `insert into ${table} as b (workspace, experiment, phase, exposures)
     select $1, experiment, phase, count(*)
       from json_to_recordset($2::json) as e(experiment text, phase int)
      group by experiment, phase
     on conflict (workspace, experiment, phase) do update
        set exposures = b.exposures + excluded.exposures`,
    [workspace, JSON.stringify(exposures.map(({ experiment, phase }) => ({ experiment, phase })))],
  );
}
