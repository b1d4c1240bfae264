/**
 * PostgreSQL loses nothing that it has committed, but whoever restores a backup does. Clients keep
 * what was accepted until the server says that it is safe, and offer it again in a new epoch: so a
 * server whose backups are at most `hours` old calls safe what is older than that.
 */
import type { Queryable } from './database.js';

/** ms that an answer is good for: it only ever grows. */
const AGE = 10_000;
const WORKSPACES = 10_000;

/** Up to which `seq` of a workspace, whose counter stands at `seq`, every backup has the rows. */
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
    // From where it stopped the last time: each row is passed once. Rows are written in the order
    // of `seq`, and their time is the begin of their transaction; a minute is more than one takes.
    const [young] = await database.query<{ seq: number }>(
      `select seq from rows
        where workspace = $1 and seq > $2::bigint
          and updated_at > now() - $3::float8 * interval '1 hour' - interval '1 minute'
        order by seq limit 1`,
      [workspace, upTo, hours],
    );
    const now = young ? young.seq - 1 : seq;
    if (known.size >= WORKSPACES) known.clear();
    known.set(workspace, { upTo: now, at: performance.now() });
    return Math.min(seq, now);
  };
}
