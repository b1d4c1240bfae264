/** One record for the writes of a turn, each joined to an unsent one of its row where there is one. Pure. */
import { isObject, limits, type JsonObject } from '../../protocol/index.js';
import { addressOf } from './address.js';
import { coalesce } from './coalesce.js';
import { bytesOf } from '../copy.js';
import { same } from '../same.js';
import { SyncError } from '../errors.js';
import type { FieldTypes } from '../conflict/fields.js';
import { merge } from '../conflict/merge.js';
import {
  anew,
  applied,
  encode,
  isGivenUp,
  offeredAgain,
  shows,
  type LogRecord,
  type Meta,
  type Mutation,
} from './record.js';
import { aside } from './aside.js';
import { committed, joinable, type Entry } from './entry.js';
import { type State } from './state.js';
import type { Row } from '../types.js';

/** What the app wants, all of it or nothing, and the row that it saw then, where it changes one. */
export interface Wish {
  mutations: readonly Mutation[];
  on: Row | null;
}

/** What a write meets: its row as the record has it so far, and the mutation that it may join. */
interface Found {
  mutation: Mutation;
  entry: Entry | undefined;
  at: Entry | string;
  before: { row: Row | null; last: Mutation | undefined };
}

/**
 * Answers, for each write, the mutations that carry it, `null` where nothing is left to send, or
 * why not.
 */
export function joinWrites(
  state: State,
  writes: readonly Wish[],
  fields: (collection: string) => FieldTypes | undefined,
): { record: Omit<LogRecord, 'by'>; results: ((string | null)[] | SyncError)[] } {
  const put = new Map<string, Mutation>();
  const drop: string[] = [];
  /** What this record makes of a row, and the mutation that more may join. */
  const rows = new Map<Found['at'], Found['before']>();
  let seq = state.meta.seq;

  const found = (staged: Mutation): Found => {
    const mutation = state.renamed(staged);
    const { collection, key } = mutation;
    const entry = state.entry(collection, key);
    const at = entry ?? addressOf(collection, key);
    const before = rows.get(at) ?? {
      row: committed(entry),
      last: joinable(entry?.pending ?? []),
    };
    return { mutation, entry, at, before };
  };

  const refusal = ({ mutation, before: { row } }: Found): SyncError | null => {
    if (state.mutations.has(mutation.id)) return null;
    if (mutation.op === 'create') return row && alreadyExists(mutation);
    return row ? null : notFound(mutation);
  };

  const join = (
    { mutation, entry, at, before: { row, last } }: Found,
    on: Row | null,
  ): string | null => {
    // Already on disk: an earlier try had arrived after all.
    if (state.mutations.has(mutation.id)) return mutation.id;
    const write = carried(mutation, on, row, fields(mutation.collection));
    const after = applied(write, row);
    // Asked for on a row that has moved since: it may be somebody else's by now, so a person decides.
    if (write.op === 'delete' && on && row && !same({ ...on, id: row.id }, row)) {
      const alone = Object.assign(write, { seq: ++seq });
      put.set(write.id, aside(alone, 'changed', { version: entry?.version ?? 0, row: on }));
      return write.id;
    }
    if (write.op === 'delete') drop.push(...settledByDeletion(entry));
    // What may have arrived is offered again, before what is written on it.
    for (const letter of entry?.pending.filter(isGivenUp) ?? [])
      put.set(letter.id, offeredAgain(letter));
    const joined = last && coalesce(last, write);
    const fits = !joined || isWithin(limits.mutationBytes, encode(joined));
    if (!last || !fits) {
      const alone = Object.assign(write, { seq: ++seq });
      put.set(write.id, alone);
      rows.set(at, { row: after, last: alone });
      return write.id;
    }
    const { problem } = last;
    // A dead letter goes again under a new id together with what may mend it.
    const next = joined && problem ? anew(joined, write.id, [last.id]) : joined;
    if (next?.id !== last.id && (!put.delete(last.id) || state.mutations.has(last.id)))
      drop.push(last.id);
    if (next) put.set(next.id, next);
    rows.set(at, { row: after, last: next ?? undefined });
    return next ? next.id : null;
  };

  const results = writes.map(({ mutations, on }) => {
    const all = mutations.map(found);
    for (const one of all) {
      const error = refusal(one);
      if (error) return error;
    }
    return all.map((one) => join(one, on));
  });

  const meta: Partial<Meta> | undefined = seq === state.meta.seq ? undefined : { seq };
  return { record: { drop, put: [...put.values()], ...(meta && { meta }) }, results };
}

/**
 * The write as it means on the row as it is by now: another tab or a pull may have changed it since
 * the app looked, and what the app counted up was the row that it saw: none counts as nothing.
 */
export function carried(
  write: Mutation,
  on: Row | null,
  row: Row | null,
  types: FieldTypes | undefined,
): Mutation {
  if (!row) return write;
  if (write.op === 'replace' && on && !same(on, row)) {
    const { local } = merge(on, write.value!, row, types);
    return { ...write, value: local as Row & JsonObject };
  }
  if (write.op !== 'update') return write;
  const moved = same(on, row) ? write : movedTo(row, write, on, types);
  if (!moved.remove) return moved;
  const { remove, patch, ...rest } = moved;
  // A patch can't say that a member goes: the whole row can.
  return remove.some((name) => Object.hasOwn(row, name))
    ? { ...rest, op: 'replace', value: applied(moved, row) as Row & JsonObject }
    : { ...rest, patch: patch! };
}

function movedTo(
  row: Row,
  write: Mutation,
  on: Row | null,
  types: FieldTypes | undefined,
): Mutation {
  const written = { ...on, id: row.id, ...write.patch };
  const merged: Row & JsonObject = merge(on, written, row, types).local;
  // A member becomes what it was given, unless it has a type or holds members of its own.
  const moved = Object.entries(merged).filter(
    ([name, value]) =>
      Object.hasOwn(write.patch!, name) &&
      ((types && Object.hasOwn(types, name)) || isObject(value)),
  );
  return { ...write, patch: { ...write.patch, ...Object.fromEntries(moved) } };
}

/** A text of three bytes a character is as long as it gets. */
function isWithin(bytes: number, text: string): boolean {
  return text.length * 3 < bytes || (text.length < bytes && bytesOf(text) < bytes);
}

/** Dead letters that wanted what is done now: to delete a row that somebody had changed. */
function settledByDeletion(entry: Entry | undefined): string[] {
  const letters = entry?.pending.filter((mutation) => mutation.op === 'delete' && !shows(mutation));
  return letters?.map(({ id }) => id) ?? [];
}

function alreadyExists({ collection, key }: Mutation): SyncError {
  return new SyncError('already-exists', `“${collection}” has a row “${key}” already; update it.`);
}

function notFound({ collection, key, op }: Mutation): SyncError {
  return new SyncError('not-found', `“${collection}” has no row “${key}” to ${op}.`);
}
