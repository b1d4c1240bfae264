/**
 * The storage port: an append-only log and the pages it is folded into. Storage deals in text and
 * knows nothing of what it means, so that one codec, one encryption and one conformance suite
 * serve every implementation.
 *
 * A commit is compare-and-append: it names the position it was built on and is only written when
 * that is still the end. So a record is built, and sealed where it is encrypted, outside the
 * transaction, which no storage needs to hold open.
 *
 * Promises, held by test/sync/storage, also when the device stops after any single operation:
 * - Atomic: a commit's record, pages and fold are there together or not at all.
 * - Ordered: a record is appended right behind the position it names; revisions rise by one.
 * - Durable: `commit` resolves when the transaction is complete, with `strict` when it is on disk.
 * - Honest: what can't be read any more is `null`, and everything else is still handed out.
 */
import { systemRandom } from '../ports.js';

export interface Storage {
  /** Names the database. Who has the same name has the same database: tabs find each other by it. */
  readonly name: string;
  /** Where there are several stores, each with databases of these names: which of them it is in. */
  readonly store?: string;
  /**
   * Rejects with `unavailable` where this platform has no such storage, `blocked` while another
   * tab is in the way, `outdated` when a newer version of the app has written it.
   */
  open(): Promise<Disk>;
  /** Deletes everything. Every open disk of it must be closed first. */
  destroy(): Promise<void>;
  /** The same kind of storage with a database of this user's own. */
  forUser?(user: string): Storage;
  /** A note kept elsewhere, by which the loss of the whole database is noticed. */
  readonly witness?: Witness;
}

/** Keeps one short text in another place than the database. Must not throw. */
export interface Witness {
  read(): string | null;
  write(text: string): void;
}

/**
 * The layout of databases, in the head of each. A version of the app that knows only earlier ones
 * must not touch it. 1: the outbox as one array; 2: a mutation a line.
 */
export const FORMAT = 2;

/** The page that only encrypted databases have: proves the key before anything else is read. */
export const SEAL = 'seal';

/** Position in the log: 1 for the first record. */
export type Revision = number;

export interface LogEntry {
  rev: Revision;
  /** `null` when the disk can't give it back. */
  text: string | null;
}

/** What a tab knows of the database. */
export interface Position {
  /** Which life of the database: deleted and made anew, it is another. */
  life: string;
  /** The last record it has folded into memory. */
  rev: Revision;
  /** The revision that the pages stood at when it read them or wrote them. */
  folded: Revision;
}

export interface Snapshot {
  life: string;
  /** Everything up to this revision is in the pages. */
  folded: Revision;
  /** `null` where the disk can't give a page back. */
  pages: Map<string, string | null>;
  log: LogEntry[];
}

export interface Commit {
  /** Appended to the log; absent when only folding. */
  record?: string;
  /** Pages to write, `null` to remove. */
  pages?: Map<string, string | null>;
  /** Deletes the log up to here: the pages hold it now. */
  fold?: Revision;
}

/** Why nothing was written. */
export type Refusal =
  /** Others were faster: fold these and come again. */
  | { missed: LogEntry[] }
  /** The log no longer reaches back so far, or the pages are others: load again. */
  | 'stale'
  /** The database was deleted and made anew. */
  | 'lost';

export interface Disk {
  load(): Promise<Snapshot>;
  /** Records after the position; none when there are none. */
  since(at: Position): Promise<Refusal>;
  /** Writes if `at` is the end; resolves with the new revision, or with why not. */
  commit(
    at: Position,
    commit: Commit,
    durability: 'strict' | 'relaxed',
  ): Promise<Revision | Refusal>;
  close(): void;
}

/** Which life of a database this is: drawn when it is made. */
export function newLife(): string {
  const random = systemRandom();
  return Array.from({ length: 4 }, () => random() * 2 ** 32).join('-');
}
