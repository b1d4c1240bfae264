/**
 * The server's row has moved under pending changes: what becomes of them. Three-way, between the
 * row they were made on, the row as this device has it, and the server's. Each change is laid on
 * the new row once: what is in flight waits for its answer first, because the server's row may
 * already contain it.
 */
import type { JsonObject, Problem } from '../../protocol/index.js';
import { appliedAll, difference, joinAll } from '../log/coalesce.js';
import { same } from '../same.js';
import { compare, resolve, type ConflictStrategy, type Resolver } from '../conflict/conflict.js';
import type { FieldTypes } from '../conflict/fields.js';
import {
  anew,
  applied,
  isGivenUp,
  isOffered,
  isWaiting,
  origins,
  rowEntry,
  shown,
  shows,
  type LogRecord,
  type Mutation,
  type RowState,
} from '../log/record.js';
import { aside } from '../log/aside.js';
import { baseOf, type Entry } from '../log/entry.js';
import type { Row } from '../types.js';

export interface RebaseRules {
  strategy: ConflictStrategy;
  onConflict?: Resolver | undefined;
  fields?: FieldTypes | undefined;
  newId(): string;
}

export type Change = Required<Pick<LogRecord, 'rows' | 'put' | 'drop' | 'overruled' | 'sent'>>;

export function noChange(): Change {
  return { rows: [], put: [], drop: [], overruled: [], sent: [] };
}

export function add(total: Change, { rows, put, drop, overruled, sent }: Change): void {
  total.rows.push(...rows);
  total.put.push(...put);
  total.drop.push(...drop);
  total.overruled.push(...overruled);
  total.sent.push(...sent);
}

/**
 * A pull brought a newer row. What is in flight, or was given up on, is left alone: the server's
 * answer will tell.
 */
export function moveBase(
  collection: string,
  key: string,
  entry: Entry | undefined,
  remote: RowState,
  rules: RebaseRules,
): Change {
  const change = noChange();
  change.rows.push(rowEntry(collection, key, remote));
  if (!entry) return change;
  const before = baseOf(entry);
  for (const letter of entry.pending)
    if (letter.problem && shows(letter) && !isGivenUp(letter))
      add(change, moveLetter(letter, before, remote, rules));

  const pending = entry.pending.filter((m) => !m.problem || isGivenUp(m));
  if (!pending.length) return change;
  const ancestor = origin(pending, entry);
  const inFlight = pending.find(isOffered);
  if (inFlight) {
    if (!inFlight.ancestor) add(change, offered(inFlight, ancestor));
    return change;
  }
  add(change, rebase(collection, key, pending, ancestor, remote, rules));
  return change;
}

/**
 * The server refused a mutation because its base was stale, and told the row it has. One that was
 * offered in an earlier epoch has a base that means nothing in this one.
 */
export function refused(
  mutation: Mutation,
  entry: Entry,
  answer: RowState,
  rules: RebaseRules,
  earlier = false,
): Change {
  const { collection, key } = mutation;
  const here = baseOf(entry);
  // A pull may have brought a later row meanwhile. But a row older than the one that was offered is
  // what the server has by now: it has lost or forgotten what it told once.
  const lost = mutation.sent !== undefined && answer.version < mutation.sent.base && !earlier;
  const remote = lost || answer.version >= here.version ? answer : here;
  const pending = inFront(entry.pending);
  // None is left where a disk had taken this answer and said that it had not.
  const change = pending.length
    ? rebase(collection, key, pending, origin(pending, entry), remote, rules)
    : noChange();
  change.rows.push(rowEntry(collection, key, remote));
  return change;
}

/** The row has moved under it, and what the server says of it as it was is to come. */
function offered(mutation: Mutation, ancestor: RowState): Change {
  const sent: Change['sent'] = mutation.sent ? [] : [[mutation.id, ancestor.version]];
  return { ...noChange(), put: [{ ...mutation, ancestor }], sent };
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
  const rest = inFront(entry.pending).filter((other) => other.id !== id);
  // What was offered too has an answer of its own to come.
  const [next] = rest;
  if (!next || next.sent || !ancestor) return noChange();
  const written = next.ancestor ?? { version, row: applied(mutation, ancestor.row) };
  if (next.rescued) return offered(next, written);
  const now = baseOf(entry);
  return rebase(collection, key, rest, written, now, rules);
}

/**
 * The server has accepted a mutation to which more was joined while it was under way, because a full
 * disk had not taken the mark that freezes it: what was joined is a mutation of its own.
 */
export function outgrown(
  sent: Mutation,
  version: number,
  entry: Entry,
  { newId }: RebaseRules,
): Change {
  const { id, collection, key, seq, at } = sent;
  const total = noChange();
  const server =
    version > entry.version ? { version, row: applied(sent, entry.base) } : baseOf(entry);
  const rest = difference(server.row, shown(entry.pending.filter(isWaiting), entry.base));
  total.rows.push(rowEntry(collection, key, server));
  total.drop.push(id);
  if (rest)
    total.put.push({ id: newId(), seq, at, collection, key, from: origins([sent]), ...rest });
  return total;
}

/**
 * The server refused a mutation for good. What was written on top of it meanwhile may be what mends
 * it, so it goes again as one; with nothing on top it is a dead letter.
 */
export function condemned(
  mutation: Mutation,
  problem: Problem,
  entry: Entry,
  rules: RebaseRules,
): Change {
  const { collection, key, ancestor } = mutation;
  const here = baseOf(entry);
  const later = entry.pending.filter((other) => other.seq > mutation.seq && isWaiting(other));
  if (!later.length) {
    const letter = { ...mutation, problem };
    if (ancestor) return moveLetter(letter, ancestor, here, rules);
    return { ...noChange(), put: [letter] };
  }
  const all = [mutation, ...later];
  const gone = ancestor && cameAndWent(ancestor, here);
  if (ancestor && !gone) return rebase(collection, key, all, ancestor, here, rules);
  const change = noChange();
  const joined = joinAll(all);
  change.drop.push(...all.map(({ id }) => id));
  const next = joined && anew(joined, rules.newId(), change.drop);
  if (next) change.put.push(gone ? aside(next, 'deleted', ancestor!) : next);
  return change;
}

/**
 * There was no row, there is none, and yet there was one in between: perhaps the one that a creation
 * made whose answer was lost. It does not come back unless somebody says so.
 */
function cameAndWent(before: RowState, now: RowState): boolean {
  return !before.row && !now.row && now.version > before.version;
}

/** The same mutation with another content. */
export function altered(
  mutation: Mutation,
  content: Pick<Mutation, 'op' | 'value' | 'patch'>,
): Mutation {
  const { value: _value, patch: _patch, ...rest } = mutation;
  return { ...rest, ...content };
}

/**
 * What waits for the server in front of a parked conflict and of what was given up on: the rest was
 * written on those.
 */
function inFront(pending: readonly Mutation[]): Mutation[] {
  const end = pending.findIndex((mutation) => mutation.conflict ?? isGivenUp(mutation));
  return pending.slice(0, end < 0 ? pending.length : end).filter(isWaiting);
}

/** The row that pending changes of a row begin on. */
function origin(pending: readonly Mutation[], entry: Entry): RowState {
  return pending.find(({ ancestor }) => ancestor)?.ancestor ?? baseOf(entry);
}

/**
 * A dead letter that the row shows moves along: it has to mean on the new row what it meant on the
 * old one when it is sent again. Where there is nothing to merge with it stands aside.
 */
function moveLetter(
  { ancestor: _, ...letter }: Mutation,
  base: RowState,
  remote: RowState,
  { fields }: RebaseRules,
): Change {
  const { collection, key, id, op } = letter;
  const local = applied(letter, base.row);
  // What the server refused to delete, or did not find, is as it is whatever the row has become.
  if (!local && (remote.row || op !== 'delete')) return { ...noChange(), put: [letter] };
  const sides = { collection, key, base: base.row, local, remote: remote.row };
  const { conflict, merged } = compare(sides, fields);
  const outcome =
    local && cameAndWent(base, remote) ? 'deleted' : resolve(conflict, merged, 'merge');
  if (typeof outcome !== 'object') return { ...noChange(), put: [aside(letter, outcome, base)] };
  const edit = difference(remote.row, outcome.row);
  return edit ? { ...noChange(), put: [altered(letter, edit)] } : { ...noChange(), drop: [id] };
}

/** Several pending changes of a row, as one, on the row that the server has now. */
function rebase(
  collection: string,
  key: string,
  pending: readonly Mutation[],
  ancestor: RowState,
  remote: RowState,
  { strategy, onConflict, fields, newId }: RebaseRules,
): Change {
  const { seq, at } = pending[0]!;
  const ids = pending.map((mutation) => mutation.id);
  const from = origins(pending);
  // A parked conflict keeps its id until it ends; it was never sent under it.
  const id = pending.find((mutation) => mutation.conflict)?.id ?? newId();
  const one = { id, seq, at, collection, key, from };
  const local = appliedAll(pending, ancestor.row);
  const patch = local ? null : strayPatch(pending);
  if (patch) {
    const next: Mutation = { ...one, op: 'update', patch };
    const put = [remote.row ? next : aside(next, 'deleted', ancestor)];
    return { ...noChange(), put, drop: ids.filter((known) => known !== id) };
  }
  const { conflict, merged } = compare(
    { collection, key, base: ancestor.row, local, remote: remote.row },
    fields,
  );
  const outcome = resolve(conflict, merged, strategy, onConflict);

  let next: Mutation | null;
  if (outcome === 'park') {
    // What merges is merged now, so that what is written while it waits is written on that.
    const origin = ancestor.row && merged ? merged.base : ancestor.row;
    const edit = change(origin, ancestor.row && merged ? merged.local : local);
    next = { ...one, ...edit, ancestor: { ...remote, row: origin }, conflict: remote };
  } else if (typeof outcome === 'string') {
    next = aside({ ...one, ...change(ancestor.row, local) }, outcome, ancestor);
  } else {
    const edit = difference(remote.row, outcome.row);
    next = edit && { ...one, ...edit };
  }
  return {
    ...noChange(),
    put: next ? [next] : [],
    drop: ids.filter((known) => known !== next?.id),
    overruled: !next && !same(local, remote.row) ? ids : [],
  };
}

/**
 * What was last written on a row that these changes don't lead to: somebody else's, which a restored
 * server has lost. There is no row to merge, but what was written must not vanish.
 */
function strayPatch(pending: readonly Mutation[]): JsonObject | null {
  const after = pending.findLastIndex(({ op }) => op !== 'update') + 1;
  const stray = pending.slice(after);
  return stray.length ? Object.assign({}, ...stray.map(({ patch }) => patch)) : null;
}

/** What leads from one row to another that differs. */
function change(from: Row | null, to: Row | null): Pick<Mutation, 'op' | 'value' | 'patch'> {
  const edit = difference(from, to) ?? { op: 'update', patch: {} };
  return edit.op === 'replace' && !from ? { ...edit, op: 'create' } : edit;
}
