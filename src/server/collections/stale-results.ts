/**
 * Which rows of `results` are behind. The mark is set in the transaction that makes them so, and
 * its row lock is held until that commits: the publisher can neither miss it nor be early.
 */
import type { Queryable } from '../database/database.js';

/** Marks the results of these experiments. */
export async function markResultsStale(
  tx: Queryable,
  workspace: string,
  experiments: readonly string[],
): Promise<void> {
  if (!experiments.length) return;
  await tx.query(
    `insert into stale_results (workspace, experiment)
     select $1, experiment from unnest($2::text[]) as experiment order by experiment collate "C"
     on conflict (workspace, experiment) do update set since = excluded.since`,
    [workspace, [...new Set(experiments)]],
  );
}

/** Marks the results of every experiment of a workspace. */
export async function markAllResultsStale(tx: Queryable, workspace: string): Promise<void> {
  await tx.query(
    `insert into stale_results (workspace, experiment)
     select workspace, key from rows
      where workspace = $1 and collection = 'experiments' and value is not null
      order by key
     on conflict (workspace, experiment) do update set since = excluded.since`,
    [workspace],
  );
}
