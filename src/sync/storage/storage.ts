/**
 * The storage port: an append-only log and the pages it is folded into. Storage deals in text and
 * knows nothing of what it means, so that one codec, one encryption and one conformance suite
 * serve every implementation.
 *
 * A commit is compare-and-append: it names the position it was built on and is only written when
 * that is still the end. So a record can be built, and one day sealed, outside the transaction,
 * which no storage needs to hold open.
 *
 * Promises, held by test/sync/storage:
 * - Atomic: a commit's record, pages and fold are there together or not at all.
 * - Ordered: a record is appended right behind the position it names; revisions rise by one.
 * - Durable: `commit` resolves when the transaction is complete, with `strict` when it is on disk.
 */
export interface Storage {
  /** Names the database; locks and channels are named after it. */
  readonly name: string;
  open(): Promise<Disk>;
  /** Another database of the same kind, for this user alone. */
  forUser?(user: string): Storage;
  /** Deletes everything. Every open disk of it must be closed first. */
  destroy(): Promise<void>;
}

/** Position in the log: 1 for the first record. */
export type Revision = number;

export interface LogEntry {
  rev: Revision;
  text: string;
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
  pages: Map<string, string>;
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
