/**
 * Lets go of what nobody needs any more, a bounded batch at a time so that no push waits for it:
 * tombstones that every client has had time to pull, and outcomes that none will ask for again.
 * Both leave a mark, so that a client which comes later still is told so, never something wrong.
 */
import type { Database, Queryable } from '../database/database.js';

export interface Retention {
  /** Days that a deleted row is remembered; an older cursor starts over (`expired`). Default: 60. */
  tombstoneDays?: number | undefined;
  /** Days that a mutation's answer is remembered (then `client-unknown`). Default: 30. */
  outcomeDays?: number | undefined;
}

/** Rows of one transaction, and the pause after it, in ms. */
const BATCH = 1_000;
const PAUSE = 100;
const HOUR = 3_600_000;

/** Any number: the one that all nodes agree on. */
const PRUNING_LOCK = 4_100_000_002;

export interface Pruning {
  close(): Promise<void>;
}

/** Prunes within a few minutes, then every hour; a failure waits for the next time. */
export function startPruning(
  database: Database,
  retention: Retention,
  onError: (error: unknown) => void,
): Pruning {
  let closed = false;
  let running: Promise<void> = Promise.resolve();
  const run = () => {
    running = prune(database, retention, () => closed).catch(onError);
    timer = setTimeout(run, HOUR).unref();
  };
  // Nodes that start together don't prune together.
  let timer = setTimeout(run, 60_000 * (1 + Math.random() * 4)).unref();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      return running;
    },
  };
}

/** Prunes all that is due, batch after batch, unless another node is at it. */
export async function prune(
  database: Database,
  { tombstoneDays = 60, outcomeDays = 30 }: Retention = {},
  isClosed: () => boolean = () => false,
): Promise<void> {
  for (const [batch, days] of [
    [pruneTombstones, tombstoneDays],
    [pruneOutcomes, outcomeDays],
  ] as const) {
    while (!isClosed()) {
      const pruned = await database.transaction(async (tx) => {
        const [lock] = await tx.query<{ taken: boolean }>(
          'select pg_try_advisory_xact_lock($1::bigint) as taken',
          [PRUNING_LOCK],
        );
        return lock!.taken ? batch(tx, days) : 0;
      });
      if (pruned < BATCH) break;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/** The counters' mark is set last, as a push sets them: neither waits for the other in a circle. */
async function pruneTombstones(tx: Queryable, days: number): Promise<number> {
  const pruned = await tx.query<{ workspace: string; seq: number; version: number }>(
    `delete from rows where (workspace, collection, key) in (
       select workspace, collection, key from rows
        where deleted_at < now() - $1::int * interval '1 day'
        order by deleted_at limit ${BATCH} for update skip locked)
     returning workspace, seq, version`,
    [days],
  );
  if (pruned.length) {
    await tx.query(
      `update sync_scopes s set pruned = greatest(s.pruned, p.seq),
              version_floor = greatest(s.version_floor, p.version)
         from (select workspace, max(seq) as seq, max(version) as version
                 from json_to_recordset($1::json) as gone(
                   workspace text, seq bigint, version bigint)
                group by workspace) p
        where s.workspace = p.workspace`,
      [JSON.stringify(pruned)],
    );
  }
  return pruned.length;
}

async function pruneOutcomes(tx: Queryable, days: number): Promise<number> {
  const [result] = await tx.query<{ pruned: number }>(
    `with gone as (
       delete from mutations where (workspace, client, id) in (
         select workspace, client, id from mutations
          where at < now() - $1::int * interval '1 day' order by at limit ${BATCH})
       returning workspace, client, seq
     ), marked as (
       update clients c set forgotten = greatest(c.forgotten, g.seq)
         from (select workspace, client, max(seq) as seq from gone group by workspace, client) g
        where c.workspace = g.workspace and c.client = g.client
     )
     select count(*) as pruned from gone`,
    [days],
  );
  return result!.pruned;
}
