/**
 * The server's row has moved under pending changes: what becomes of them. Three-way, between the
 * row they were made on, the row as this device has it, and the server's; the strategy decides
 * only about members that both sides changed.
 */
import { problem, type Problem } from '../protocol/index.js';
import { appliedAll, difference, joinAll, same } from './coalesce.js';
import { resolve, type ConflictStrategy, type Resolver } from './conflict.js';
import {
  applied,
  isWaiting,
  rowEntry,
  type LogRecord,
  type Mutation,
  type RowState,
} from './record.js';
import { baseOf, type Entry } from './state.js';

export interface RebaseRules {
  strategy: ConflictStrategy;
  onConflict?: Resolver | undefined;
  newId(): string;
}

export type Change = Required<Pick<LogRecord, 'rows' | 'put' | 'drop' | 'overruled'>>;

export function noChange(): Change {
  return { rows: [], put: [], drop: [], overruled: [] };
}

export function add(total: Change, { rows, put, drop, overruled }: Change): void {
  total.rows.push(...rows);
  total.put.push(...put);
  total.drop.push(...drop);
  total.overruled.push(...overruled);
}

/**
 * A pull brought a newer row. What is in flight is left alone: the server's answer will tell;
 * unless the server began a new life, in which no answer to it means anything.
 */
export function moveBase(
  collection: string,
  key: string,
  entry: Entry | undefined,
  remote: RowState,
  rules: RebaseRules,
  reborn: boolean,
): Change {
  const change = noChange();
  change.rows.push(rowEntry(collection, key, remote));
  const pending = entry?.pending.filter((mutation) => !mutation.problem) ?? [];
  if (!entry || !pending.length) return change;

  const parked = pending.find((mutation) => mutation.conflict);
  if (parked) {
    change.put.push({ ...parked, conflict: remote });
    return change;
  }

  const ancestor = baseOf(entry);
  const inFlight = reborn ? undefined : pending.find((mutation) => mutation.sent);
  if (inFlight) {
    if (!inFlight.ancestor) change.put.push({ ...inFlight, ancestor });
    return change;
  }
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
  const here = baseOf(entry);
  const remote = answer.version >= here.version ? answer : here;
  const pending = entry.pending.filter(isWaiting);
  return rebase(collection, key, pending, mutation.ancestor ?? here, remote, rules);
}

/**
 * The server has accepted a mutation, and a pull has already brought a later row: what was written
 * here since was written on the mutation's result, not on that row.
 */
export function overtaken(
  mutation: Mutation,
  version: number,
  entry: Entry,
  rules: RebaseRules,
): Change {
  const { id, collection, key, ancestor } = mutation;
  const rest = entry.pending.filter((other) => other.id !== id && isWaiting(other));
  if (!rest.length || !ancestor) return noChange();
  const written = { version, row: applied(mutation, ancestor.row) };
  const now = baseOf(entry);
  return rebase(collection, key, rest, written, now, rules);
}

/**
 * The server refused a mutation for good. What was written on top of it meanwhile may be what mends
 * it, so it goes again as one; with nothing on top it is a dead letter.
 */
export function condemned(
  mutation: Mutation,
  problem: Problem,
  entry: Entry,
  { newId }: RebaseRules,
): Change {
  const change = noChange();
  const later = entry.pending.filter((other) => other.seq > mutation.seq && isWaiting(other));
  if (!later.length) change.put.push({ ...mutation, problem });
  else {
    const all = [mutation, ...later];
    const joined = joinAll(all);
    change.drop.push(...all.map(({ id }) => id));
    if (joined) change.put.push(anew(joined, newId(), change.drop));
  }
  return change;
}

/** A mutation under a new id, as the server has never seen it; it stands for those it is made from. */
export function anew(mutation: Mutation, id: string, from: readonly string[]): Mutation {
  const {
    problem: _,
    sent: _sent,
    offered: _offered,
    tries: _tries,
    ancestor: _ancestor,
    ...rest
  } = mutation;
  return { ...rest, id, from: [...from] };
}

function letter(outcome: 'deleted' | 'changed' | 'exists'): Problem {
  if (outcome === 'deleted')
    return problem('not-found', 'Somebody deleted this row while you changed it.');
  if (outcome === 'exists')
    return problem('already-exists', 'Somebody made another row with this id first.');
  return problem('conflict', 'Somebody changed this row first; look at it, then delete it again.');
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
  const change = noChange();
  change.rows.push(rowEntry(collection, key, remote));
  change.drop.push(...from);

  if (typeof outcome === 'string') {
    const edit = difference(ancestor.row, local) ?? { op: 'update', patch: {} };
    const op = edit.op === 'replace' && !ancestor.row ? 'create' : edit.op;
    const why = outcome === 'park' ? { conflict: remote } : { problem: letter(outcome) };
    change.put.push({ ...one, ...edit, op, ancestor, ...why });
    return change;
  }
  const edit = difference(remote.row, outcome.row);
  if (edit) change.put.push({ ...one, ...edit });
  else if (!same(local, remote.row)) change.overruled.push(...from);
  return change;
}
