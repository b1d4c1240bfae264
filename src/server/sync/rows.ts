/**
 * Rows and the workspace's counter. `writeRows` takes the counter in its own statement, the last
 * before commit, and the counter's row lock is held until then: commit order is `seq` order, so a
 * reader that has seen `seq` n can never miss a row at or below n.
 */
import type { JsonObject } from '../../protocol/index.js';
import { type Queryable, StaleRowError } from '../database/database.js';

export interface RowState {
  /** 0 for a row that never was. */
  version: number;
  /** Null when deleted. */
  value: JsonObject | null;
}

export interface RowAddress {
  collection: string;
  key: string;
}

export interface RowWrite extends RowAddress, RowState {
  /** The version that was read; the write fails when the row is not there any more. */
  base: number;
  by: string;
}

export const addressOf = ({ collection, key }: RowAddress): string => `${collection}/${key}`;

/**
 * The rows that exist or did, by `addressOf`, locked until the transaction ends. Each is looked up by
 * itself (`offset 0` keeps the planner from turning that round): without statistics it would read
 * the whole workspace instead.
 */
export async function readRows(
  tx: Queryable,
  workspace: string,
  addresses: readonly RowAddress[],
): Promise<Map<string, RowState>> {
  const rows = await tx.query<RowAddress & RowState>(
    `select r.* from (
       select * from json_to_recordset($2::json) as a(collection text, key text)
        order by collection collate "C", key collate "C") as a,
       lateral (select collection, key, version, value from rows
                 where workspace = $1 and collection = a.collection and key = a.key
                offset 0 for update) as r`,
    [workspace, JSON.stringify(addresses.map(({ collection, key }) => ({ collection, key })))],
  );
  return new Map(rows.map((row) => [addressOf(row), { version: row.version, value: row.value }]));
}

/**
 * Compares and sets all rows at once and gives them the next numbers of the counter; returns the
 * last. Nothing may follow in the transaction. Throws `StaleRowError` when a row has moved.
 */
export async function writeRows(
  tx: Queryable,
  workspace: string,
  writes: readonly RowWrite[],
): Promise<number> {
  const bases = new Map(writes.filter(({ base }) => base > 0).map((w) => [addressOf(w), w.base]));
  // By conflict, so that the planner has no choice but the primary key.
  const [result] = await tx.query<{ seq: number; written: number; made: number }>(
    `with counter as (
       insert into sync_scopes as s (workspace, seq) values ($1, $3::int)
       on conflict (workspace) do update set seq = s.seq + excluded.seq
       returning seq
     ), written as (
       insert into rows as r (workspace, collection, key, version, seq, value, updated_by, deleted_at)
       select $1, collection, key, version, counter.seq - $3::int + n, value, by,
              case when value is null then now() end
         from json_to_recordset($2::json) as i(
           n int, collection text, key text, version bigint, value jsonb, by text), counter
       on conflict (workspace, collection, key) do update
          set version = excluded.version, seq = excluded.seq, value = excluded.value,
              updated_by = excluded.updated_by, updated_at = now(),
              deleted_at = excluded.deleted_at
        where r.version = ($4::jsonb ->> (r.collection || '/' || r.key))::bigint
       returning xmax = 0 as made
     )
     select seq, (select count(*) from written) as written,
            (select count(*) from written where made) as made
       from counter`,
    [
      workspace,
      JSON.stringify(writes.map((write, i) => ({ ...write, n: i + 1 }))),
      writes.length,
      JSON.stringify(Object.fromEntries(bases)),
    ],
  );
  const { seq, written, made } = result!;
  if (written !== writes.length || made !== writes.length - bases.size) throw new StaleRowError();
  return seq;
}

/**
 * What versions of new rows count on from: a row whose tombstone has been pruned must not have one
 * of its old versions again, or what was made on the old row would fit the new one. To be read after
 * the rows, so that whoever prunes one is waited for.
 */
export async function readVersionFloor(tx: Queryable, workspace: string): Promise<number> {
  const [scope] = await tx.query<{ floor: number }>(
    'select version_floor as floor from sync_scopes where workspace = $1',
    [workspace],
  );
  return scope?.floor ?? 0;
}

/** Where a workspace's counter stands; 0 when nothing was ever written. */
export async function readCounter(tx: Queryable, workspace: string): Promise<number> {
  const [counter] = await tx.query<{ seq: number }>(
    'select seq from sync_scopes where workspace = $1',
    [workspace],
  );
  return counter?.seq ?? 0;
}
