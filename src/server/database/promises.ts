/**
 * Events take no number of their workspace's counter, where they would queue with the pushes. They
 * are promised the next one: a push takes it, or whatever makes the database safe (a dump, a mark in
 * time) moves the counter on to it. So once `durable` is there, the events are safe. A number without
 * a row does no harm: pulls tell ranges, and this one is empty.
 */
import type { Standing } from '../../protocol/index.js';
import type { Database } from './database.js';

/**
 * Where a workspace stands; with `promise`, what was just committed without a number of its own does.
 * The number is one that the statement's snapshot has not reached: what reaches it has all that the
 * snapshot has. Whoever promises at the same time promises that one or a later one.
 */
export async function readStanding(
  database: Database,
  workspace: string,
  { promise }: { promise: boolean },
): Promise<Standing> {
  const [standing] = await database.forWorkspace(workspace).query<Omit<Standing, 'durable'>>(
    `with promised as (
       insert into sync_scopes as s (workspace, promised)
       select $1, 1 where $2::boolean and not exists (
         select from sync_scopes where workspace = $1 and promised > seq)
       on conflict (workspace) do update set promised = s.seq + 1 where s.promised <= s.seq
     )
     select identity.epoch, coalesce(s.seq, 0) + $2::boolean::int as seq
       from identity left join sync_scopes s on s.workspace = $1`,
    [workspace, promise],
  );
  const { seq } = standing!;
  return { ...standing!, durable: await database.durableSeq(workspace, seq) };
}
