/**
 * PostgreSQL loses nothing that it has committed, but whoever restores a backup does. Clients keep
 * what was accepted until the server says that it is safe, and offer it again in a new epoch: so a
 * server whose backups are at most `hours` old calls safe what is older than that.
 */
import type { Queryable } from './database.js';

/** ms that an answer is good for: it only ever grows. */
const AGE = 10_000;
const WORKSPACES = 10_000;

/** Up to which `seq` of a workspace, whose counter stands at `seq`, every backup has all. */
export type BackedUp = (workspace: string, seq: number) => Promise<number>;

/** `hours` may be 0: backups are none of the clients' concern. */
export function createBackedUp(database: Queryable, hours: number): BackedUp {
  const known = new Map<string, { upTo: number; at: number }>();
  if (hours === 0) return async (_, seq) => seq;

  return async (workspace, seq) => {
    const before = known.get(workspace);
    if (before && performance.now() - before.at < AGE) return Math.min(seq, before.upTo);
    // After a restore the counter is lower than what was known.
    const upTo = before && before.upTo <= seq ? before.upTo : 0;
    await markTime(database, workspace, hours);
    const now = Math.min(seq, (await firstYoung(database, workspace, upTo, hours)) - 1);
    if (known.size >= WORKSPACES) known.clear();
    known.set(workspace, { upTo: now, at: performance.now() });
    return now;
  };
}

/**
 * The first number whose rows or events a backup may lack. From where it stopped the last time: each
 * is passed once. Rows are written in the order of `seq`, and their time is the begin of their
 * transaction; a minute is more than one takes.
 */
async function firstYoung(
  database: Queryable,
  workspace: string,
  upTo: number,
  hours: number,
): Promise<number> {
  const [young] = await database.query<{ seq: number | null }>(
    `with safe as (select now() - $3::float8 * interval '1 hour' - interval '1 minute' as since)
     select least(
       (select seq from rows, safe
         where workspace = $1 and seq > $2::bigint and updated_at > since order by seq limit 1),
       (select min(seq) from counter_marks, safe
         where workspace = $1 and seq > $2::bigint and at > since),
       (select promised from sync_scopes where workspace = $1 and promised > seq)) as seq`,
    [workspace, upTo, hours],
  );
  return young?.seq ?? Infinity;
}

/**
 * Moves the counter on to what was promised to events, and notes when: that number is as old as the
 * youngest of them. Every sixtieth of the time, because it sends each client that listens to pull.
 */
async function markTime(database: Queryable, workspace: string, hours: number): Promise<void> {
  await database.query(
    `with moved as (
       update sync_scopes set seq = promised
        where workspace = $1 and promised > seq and not exists (
          select from counter_marks
           where workspace = $1 and at > now() - $2::float8 * interval '1 minute')
       returning seq
     ), gone as (
       delete from counter_marks where workspace = $1 and exists (select from moved)
          and at < now() - $2::float8 * interval '1 hour' - interval '1 minute'
     )
     insert into counter_marks (workspace, seq) select $1, seq from moved on conflict do nothing`,
    [workspace, hours],
  );
}
