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

/** The rows that exist or did, by `addressOf`, locked until the transaction ends. */
export async function readRows(
  tx: Queryable,
  workspace: string,
  addresses: readonly RowAddress[],
): Promise<Map<string, RowState>> {
  const rows = await tx.query<RowAddress & RowState>(
    `select r.collection, r.key, r.version, r.value
       from rows r join json_to_recordset($2::json) as a(collection text, key text)
         on r.collection = a.collection and r.key = a.key
      where r.workspace = $1
      order by r.collection, r.key
        for update of r`,
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
  const [result] = await tx.query<{ seq: number; written: number }>(
    `with counter as (
       insert into sync_scopes as s (workspace, seq) values ($1, $3::int)
       on conflict (workspace) do update set seq = s.seq + excluded.seq
       returning seq
     ), input as (
       select collection, key, base, version, value, by, counter.seq - $3::int + n as seq
         from json_to_recordset($2::json) as i(
           n int, collection text, key text, base bigint, version bigint, value jsonb, by text),
         counter
     ), updated as (
       update rows r
          set version = i.version, seq = i.seq, value = i.value, updated_by = i.by,
              updated_at = now(), deleted_at = case when i.value is null then now() end
         from input i
        where r.workspace = $1 and r.collection = i.collection and r.key = i.key
          and r.version = i.base and i.base > 0
       returning 1
     ), inserted as (
       insert into rows (workspace, collection, key, version, seq, value, updated_by, deleted_at)
       select $1, collection, key, version, seq, value, by, case when value is null then now() end
         from input where base = 0
       on conflict do nothing
       returning 1
     )
     select (select seq from counter) as seq,
            (select count(*) from updated) + (select count(*) from inserted) as written`,
    [workspace, JSON.stringify(writes.map((write, i) => ({ ...write, n: i + 1 }))), writes.length],
  );
  if (result!.written !== writes.length) throw new StaleRowError();
  return result!.seq;
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
