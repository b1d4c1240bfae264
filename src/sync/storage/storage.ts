/**
 * The storage port: an append-only log and the pages it is folded into. Storage deals in text and
 * knows nothing of what it means, so that one codec, one encryption and one conformance suite
 * serve every implementation.
 *
 * Promises, held by test/sync/storage:
 * - Atomic: a commit's record, pages and fold are there together or not at all.
 * - Ordered: a commit sees every record before its own; revisions rise by one.
 * - Durable: `commit` resolves when the transaction is complete, with `strict` when it is on disk.
 */
export interface Storage {
  /** Names the database; locks and channels are named after it. */
  readonly name: string;
  open(): Promise<Disk>;
  /** Deletes everything. Every open disk of it must be closed first. */
  destroy(): Promise<void>;
}

/** Position in the log: 1 for the first record. */
export type Revision = number;

export interface LogEntry {
  rev: Revision;
  text: string;
}

export interface Snapshot {
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

export interface Disk {
  load(): Promise<Snapshot>;
  /** Records after `rev`, or `stale` when the log no longer reaches back so far: load again. */
  since(rev: Revision): Promise<LogEntry[] | 'stale'>;
  /**
   * In one transaction: reads the records after `rev`, hands them to `build` with the revision
   * that the pages stand at, and writes what it returns (`null` = nothing). `build` must be
   * synchronous. Resolves with the new record's
   * revision, or `null` when nothing was appended.
   */
  commit(
    rev: Revision,
    build: (missed: LogEntry[], folded: Revision) => Commit | null,
    durability: 'strict' | 'relaxed',
  ): Promise<Revision | null | 'stale'>;
  close(): void;
}
