/**
 * The server's row has moved under pending changes: what becomes of them. Three-way, between the
 * row they were made on, the row as this device has it, and the server's; the strategy decides
 * only about members that both sides changed.
 */
import { problem } from '../protocol/index.js';
import { appliedAll, difference } from './coalesce.js';
import { resolve, type ConflictStrategy, type Resolver } from './conflict.js';
import { isWaiting, type LogRecord, type Mutation, type RowState } from './record.js';
import type { Entry } from './state.js';

export interface RebaseRules {
  strategy: ConflictStrategy;
  onConflict?: Resolver | undefined;
  newId(): string;
}

type Change = Required<Pick<LogRecord, 'rows' | 'drop' | 'put'>>;

/** A pull brought a newer row. What is in flight is left alone: the server's answer will tell. */
export function moveBase(
  collection: string,
  key: string,
  entry: Entry | undefined,
  remote: RowState,
  rules: RebaseRules,
): Change {
  const rows: Change['rows'] = [[collection, key, remote.version, remote.row]];
  const pending = entry?.pending.filter((mutation) => !mutation.problem) ?? [];
  if (!entry || !pending.length) return { rows, drop: [], put: [] };

  const parked = pending.find((mutation) => mutation.conflict);
  if (parked) return { rows, drop: [], put: [{ ...parked, conflict: remote }] };

  const ancestor = { version: entry.version, row: entry.base };
  const inFlight = pending.find((mutation) => mutation.sent);
  if (inFlight)
    return { rows, drop: [], put: inFlight.ancestor ? [] : [{ ...inFlight, ancestor }] };
  return rebase(collection, key, pending, ancestor, remote, rules);
}

/** The server refused a mutation because its base was stale, and told the row it has. */
export function refused(
  mutation: Mutation,
  entry: Entry,
  answer: RowState,
  rules: RebaseRules,
): Change {
  const { collection, key } = mutation;
  const here = { version: entry.version, row: entry.base };
  const remote = answer.version >= here.version ? answer : here;
  const pending = entry.pending.filter(isWaiting);
  return rebase(collection, key, pending, mutation.ancestor ?? here, remote, rules);
}

function rebase(
  collection: string,
  key: string,
  pending: readonly Mutation[],
  ancestor: RowState,
  remote: RowState,
  { strategy, onConflict, newId }: RebaseRules,
): Change {
  const local = appliedAll(pending, ancestor.row);
  const conflict = { collection, key, base: ancestor.row, local, remote: remote.row };
  const outcome = resolve(conflict, strategy, onConflict);
  const { seq, at } = pending[0]!;
  const from = pending.map(({ id }) => id);
  const one = { id: newId(), seq, at, collection, key, from };
  const change = (mutation: Mutation | null): Change => ({
    rows: [[collection, key, remote.version, remote.row]],
    drop: from,
    put: mutation ? [mutation] : [],
  });

  if (outcome === 'park') {
    const edit = difference(ancestor.row, local) ?? { op: 'update', patch: {} };
    return change({ ...one, ...edit, ancestor, conflict: remote });
  }
  if (outcome === 'deleted') {
    const edit = difference(ancestor.row, local) ?? { op: 'update', patch: {} };
    const gone = problem('not-found', 'Somebody deleted this row while you changed it.');
    return change({ ...one, ...edit, ancestor, problem: gone });
  }
  const edit = difference(remote.row, outcome.row);
  return change(edit && { ...one, ...edit });
}
