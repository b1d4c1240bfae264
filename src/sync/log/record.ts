/**
 * What a commit says. A record names facts, never instructions to recompute, so that folding it is
 * the same on every tab and after every reload.
 */
import {
  isObject,
  type Etag,
  type JsonObject,
  type Operation,
  type Problem,
  type PullPage,
  type Scope,
  type Undurable,
} from '../../protocol/index.js';
import type { Revision } from '../storage/storage.js';
import type { Row } from '../types.js';

/**
 * A change on its way to the server. Immutable: what changes is a new object under the same id.
 * Which of its optional members are there says how far it is:
 *
 *     (none of them)                   waits, never sent: later writes of the row join it
 *     ancestor                         the same, behind one that a restored server is offered again
 *     sent                             offered and not answered yet: frozen
 *     sent + ancestor                  the same; a pull has brought a newer row meanwhile
 *     sent + offered                   the same; a new version of the app has migrated it meanwhile
 *     sent + accepted + ancestor       accepted: in `State.kept` until the server is sure of it; in
 *                                      the outbox when a restored server is offered it again
 *     problem                          a dead letter, which the row still shows unless it lost
 *                                      against somebody else's (`shows`)
 *     problem + ancestor               one that lost, with the row that it was written on
 *     problem + sent                   where it is `retryable`, one that was given up on: it is still
 *                                      what was offered, and may have arrived (`isGivenUp`)
 *     conflict + ancestor              a parked conflict: never sent under this id
 *
 * Those of `sent` may come together, and stay on its dead letters. `tries` comes with retries that
 * are counted, `from` with a rebase, `rescued` from a lost database, each beside any of these.
 * `problem` and `conflict` never meet; `isWaiting` is to have neither.
 */
export interface Mutation {
  /** Idempotency key for life. */
  id: string;
  seq: number;
  collection: string;
  key: string;
  op: Operation;
  /** Create and replace: the whole row. */
  value?: Row & JsonObject;
  /** Update: the changed members. */
  patch?: JsonObject;
  /** Update: members to remove. Only on the way to the disk, where it is a replace (`join.ts`). */
  remove?: readonly string[];
  /** Hybrid logical time of the write. */
  at: string;
  /**
   * Set once it was offered to the server: the version it was made on, and in which epoch
   * (null before the first pull). From then on it is frozen.
   */
  sent?: { base: number; epoch?: string | null };
  /** What was offered to the server then, where a migration has changed the mutation since. */
  offered?: Pick<Mutation, 'op' | 'value' | 'patch'>;
  /**
   * Saved from a lost database by a tab that knew it as never sent: another may have sent it since.
   * Nothing joins it, and it keeps its id until the server has answered.
   */
  rescued?: true;
  /** How often the server asked for patience, where retries are bounded. */
  tries?: number;
  /** The row that it was written on, where that is no longer the row below: see `shown`. */
  ancestor?: RowState;
  /** Mutations that a rebase put together into this one. */
  from?: string[];
  /** The server accepted it, and was not sure then to keep it: see `kept.ts`. */
  accepted?: Undurable;
  /** A dead letter: the server refused it for good. */
  problem?: Problem;
  /** A parked conflict: the server's row that it collides with. */
  conflict?: RowState;
}

/** What a write wants, before it is a mutation. */
export type Change = Pick<Mutation, 'collection' | 'key' | 'op' | 'value' | 'patch' | 'remove'>;

/** A row of the server's at a version; `null` is deleted. */
export interface RowState {
  version: number;
  row: Row | null;
  /** What a server that does not count versions calls this one. */
  etag?: Etag | undefined;
}

/** What the server made of an accepted change, where it is not what was sent. */
export interface Accepted {
  /** The id it gave to a row that was created. */
  key?: string;
  row?: Row;
  etag?: Etag;
}

export interface Meta {
  /** This installation, known to the server as the sender of its mutations. */
  client: string;
  /** Last `seq` given out. */
  seq: number;
  /** By feed (`feeds.ts`): where its pull goes on, and the counter that its next range starts at. */
  cursors: Record<string, { cursor: string; to: number }>;
  /** By collection: the scopes that were added to those of the configuration. */
  scopes: Record<string, readonly Scope[]>;
  /** The server's database that rows and versions are from: another once a backup is restored. */
  epoch: string | null;
  /** The one that rows are being told anew from, until all are. */
  nextEpoch: string | null;
  /** The counter up to which the server is sure to keep what it accepted. */
  durable: number;
  lastSyncedAt: number | null;
  /** Raised by each tab that begins to lead; see `leadership.ts`. */
  fence: number;
  /** Of each entity that has one: the version that its rows and mutations are in. */
  versions: Record<string, number>;
  /** The last of those that ended without being accepted, for tabs that slept meanwhile. */
  ended?: [mutation: string, how: 'overruled' | 'discarded'][];
  /** The log's revision at which one of those was forgotten last. */
  forgotten?: Revision;
  /** What was carried over when this database took the place of a lost one: never a second time. */
  rescued?: string[];
}

export const NO_META: Meta = {
  client: '',
  seq: 0,
  cursors: {},
  scopes: {},
  epoch: null,
  nextEpoch: null,
  durable: 0,
  lastSyncedAt: null,
  fence: 0,
  versions: {},
};

/** Folded all at once; in which order its members count, `State.fold` says. */
export interface LogRecord {
  /** Which tab wrote it, and its own count there: recognises a commit whose answer was lost. */
  by: [tab: string, count: number];
  /** Accepted by the server at this version: the base takes the change in. */
  done?: [mutation: string, version: number, as?: Accepted][];
  /** Rows that are new here, as the server told them. */
  pages?: ReceivedPage[];
  /** The server's rows as they are now. */
  rows?: [collection: string, key: string, version: number, row: Row | null, etag?: Etag][];
  /** Rows with something pending that went out of every scope, or were deleted, at this version. */
  left?: [collection: string, key: string, version: number][];
  /** New mutations, and known ones that changed. */
  put?: Mutation[];
  /** Gone without a trace: coalesced away, rebased into another, or given up. */
  drop?: string[];
  /** Those of `drop` that lost a conflict: the server's row stands. */
  overruled?: string[];
  /** Those of `drop` that the user gave up. */
  discarded?: string[];
  /** Offered to the server with this base. */
  sent?: [mutation: string, base: number][];
  /** Accepted, and kept until the server is sure of them. */
  kept?: Mutation[];
  /** Ids that the server gave in place of ours. */
  aliases?: [collection: string, from: string, to: string][];
  meta?: Partial<Meta>;
}

/** A page, and its text where it came as such: what was received is not encoded again. */
export type ReceivedPage = PullPage & { text?: string };

/** A row as a record's `rows` tell it. */
export function rowEntry(
  collection: string,
  key: string,
  { version, row, etag }: RowState,
): NonNullable<LogRecord['rows']>[number] {
  return etag === undefined
    ? [collection, key, version, row]
    : [collection, key, version, row, etag];
}

/** Members that commits are about: nothing of this, nothing to write. */
export function isEmpty({ by: _, ...rest }: LogRecord): boolean {
  // Not `Object.keys(list)`: that would make a text of each of ten thousand numbers.
  return Object.values(rest).every(
    (member) => !member || (Array.isArray(member) ? member : Object.keys(member)).length === 0,
  );
}

/** A record as text; pages go into it as they came. */
export function encodeRecord({ pages, ...record }: LogRecord): string {
  const text = encode(record);
  if (!pages?.length) return text;
  return `${text.slice(0, -1)},"pages":[${pages.map((page) => page.text ?? encode(page)).join()}]}`;
}

export function encode(value: unknown): string {
  return JSON.stringify(value);
}

/** A record, from the disk or from another tab: text that is none is not folded. */
export function decodeRecord(text: string | null): LogRecord | null {
  const record = decode<LogRecord>(text);
  if (!record || !isObject(record) || !Array.isArray(record.by)) return null;
  const { meta, ...lists } = record;
  const whole = Object.values(lists).every((list) => list === undefined || Array.isArray(list));
  return whole && (meta === undefined || isObject(meta)) ? record : null;
}

/** `null` for what can't be read. */
export function decode<T>(text: string | null): T | null {
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

/** The row after a mutation; a patch on nothing stays nothing. */
export function applied(mutation: Mutation, row: Row | null): Row | null {
  switch (mutation.op) {
    case 'create':
    case 'replace':
      return mutation.value!;
    case 'update':
      return row && { ...without(row, mutation.remove), ...mutation.patch };
    case 'delete':
      return null;
  }
}

/** The row but for some members; never but for its id. */
export function without(row: Row, members: readonly string[] | undefined): Row {
  if (!members?.length) return row;
  const rest = Object.entries(row).filter(([name]) => name === 'id' || !members.includes(name));
  return Object.fromEntries(rest) as Row;
}

/**
 * Whether the row shows it. A dead letter that lost against somebody else's row stands aside: that
 * row is what there is.
 */
export function shows({ problem, ancestor }: Mutation): boolean {
  return !problem || problem.retryable || (!ancestor && !LOST.has(problem.code));
}
const LOST: ReadonlySet<string> = new Set(['already-exists', 'conflict']);

/**
 * The row with its pending changes. They stay on the row that they were written on until it is
 * settled how they go with the server's new one: what the app reads, and counts up, must be one row.
 */
export function shown(pending: readonly Mutation[], base: Row | null): Row | null {
  let row = base;
  for (const mutation of pending)
    if (shows(mutation)) row = applied(mutation, mutation.ancestor ? mutation.ancestor.row : row);
  return row;
}

/** Whether it still waits for the server (a dead letter and a parked conflict wait for the user). */
export function isWaiting(mutation: Mutation): boolean {
  return !mutation.problem && !mutation.conflict;
}

/** Whether the server may have had it under its id: then what it is stays as it is. */
export function isOffered({ sent, rescued }: Mutation): boolean {
  return (sent ?? rescued) !== undefined;
}

/**
 * A dead letter that nobody refused: the server was asked as often as `maxRetries` says and may have
 * accepted it. It knows it by its id, so it stays as it was sent, and goes before all else of its row.
 */
export function isGivenUp({ problem }: Mutation): boolean {
  return problem?.retryable === true;
}

/** One that was given up on, to be offered once more. */
export function offeredAgain({ problem: _, tries: _tries, ...mutation }: Mutation): Mutation {
  return mutation;
}

/** A mutation under a new id, as the server has never seen it; it stands for those it is made from. */
export function anew(mutation: Mutation, id: string, from: readonly string[]): Mutation {
  const {
    problem: _,
    sent: _sent,
    offered: _offered,
    tries: _tries,
    ancestor: _ancestor,
    accepted: _accepted,
    rescued: _rescued,
    ...rest
  } = mutation;
  // The latest names last: those are what somebody waits for.
  return { ...rest, id, from: [...new Set([...(mutation.from ?? []), ...from])].slice(-ORIGINS) };
}

/** The mutations and all that they stand for: whoever waits for one of these waits for them. */
export function origins(mutations: readonly Mutation[]): string[] {
  const names = mutations.flatMap(({ from = [] }) => from);
  return [...names, ...mutations.map(({ id }) => id)].slice(-ORIGINS);
}

/** Whether it may stand for more than it still knows the names of. */
export function hasForgotten({ from = [] }: Mutation): boolean {
  return from.length >= ORIGINS;
}

/** So many names of its past a mutation keeps. */
const ORIGINS = 100;
