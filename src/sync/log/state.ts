/**
 * All rows in memory: the server's (`base`), the pending changes on top, and what the app sees.
 * It changes in two ways only: `fold` takes in a committed record, `stage` a write that is on its
 * way to the disk and can still be taken back.
 */
import { same } from '../same.js';
import { Aliases, type Alias } from './aliases.js';
import { Kept } from './kept.js';
import { Pages, type StoredPage } from './pages.js';
import { applied, decode, encode, NO_META, shown, shows } from './record.js';
import type { Accepted, LogRecord, Meta, Mutation, RowState } from './record.js';
import { SyncError } from '../errors.js';
import { SEAL, type Position, type Revision, type Snapshot } from '../storage/storage.js';
import type { Row } from '../types.js';
import type { Etag, PullPage } from '../../protocol/index.js';

export interface Entry {
  base: Row | null;
  /** The server's version of `base`; 0 where it has none. */
  version: number;
  etag: Etag | undefined;
  /** What is in the outbox for this row, in order. */
  pending: readonly Mutation[];
  /** Writes that are not on disk yet. */
  staged: readonly Mutation[];
  /** What the app sees. */
  view: Row | null;
  /** Where it was last folded to. */
  page: string | null;
  /** The log's revision at which the server's acceptance of a change was noted; 0 before. */
  accepted: number;
}

/** Told of every row whose view changed. */
export type OnView = (collection: string, before: Row | null, after: Row | null) => void;

/** A deleted row, which no page holds, and the version it went at. */
type Gone = [collection: string, key: string, version: number];

const NONE: readonly never[] = [];
/** What the disk could not give back any more. */
export interface Losses {
  /** Their rows are pulled again. */
  pages: number;
  /** Commits, whatever they said: the server's rows are pulled again, unsent writes are gone. */
  records: number;
  /** Unsent writes that are known to have been there. */
  mutations: number;
}

export class State {
  /** Which life of the database this is. */
  life = '';
  rev: Revision = 0;
  /** The fold that this tab's pages are those of; another on the disk means: load again. */
  folded: Revision = 0;
  /** How much the log holds that the pages don't: rows and mutations. */
  unfolded = 0;
  meta: Meta = NO_META;
  /** Outbox, dead letters and parked conflicts, oldest first. */
  readonly mutations = new Map<string, Mutation>();
  readonly #staged = new Map<string, Mutation>();
  readonly kept = new Kept();
  readonly #collections = new Map<string, Map<string, Entry>>();
  readonly #pages = new Pages((collection) => this.rows(collection));
  #lastSeq = 0;
  #unsorted = false;

  constructor(
    private readonly onView: OnView,
    /** Collections whose rows are let go once the server has them. */
    private readonly forget: ReadonlySet<string>,
    readonly aliases = new Aliases(),
  ) {}

  get position(): Position {
    return { life: this.life, rev: this.rev, folded: this.folded };
  }

  /** One for the same entities, empty and unobserved. */
  another(): State {
    return new State(() => {}, this.forget);
  }

  rows(collection: string): Map<string, Entry> {
    let rows = this.#collections.get(collection);
    if (!rows) this.#collections.set(collection, (rows = new Map()));
    return rows;
  }

  entry(collection: string, key: string): Entry | undefined {
    const rows = this.rows(collection);
    return rows.get(key) ?? rows.get(this.aliases.key(collection, key));
  }

  /** The mutation with the ids that its rows have by now. */
  renamed(mutation: Mutation): Mutation {
    return this.aliases.rewrite(mutation);
  }

  /**
   * Starts over from what the disk says; staged writes stay on top. What can't be read is left out:
   * then everything is to be pulled again and the pages to be written anew.
   */
  load({ life, folded, pages, log }: Snapshot): Losses | null {
    if (pages.has(SEAL))
      throw new SyncError('wrong-key', 'This database is encrypted: use encryptedStorage.');
    const staged = this.#clear();
    const lost: Losses = { pages: 0, records: 0, mutations: 0 };
    const read = <T>(text: string | null, kind: keyof Losses): T | null => {
      const value = decode<T>(text);
      if (!value) lost[kind]++;
      return value;
    };
    const { meta, outbox, aliases, gone, kept, ...rows } = Object.fromEntries(pages);
    this.aliases.load(aliases === undefined ? [] : (read<Alias[]>(aliases, 'pages') ?? []));
    this.kept.load(kept === undefined ? [] : (read<Mutation[]>(kept, 'mutations') ?? []));
    this.meta = { ...NO_META, ...(meta !== undefined && read<Partial<Meta>>(meta, 'pages')) };
    for (const [id, text] of Object.entries(rows)) {
      const page = read<StoredPage>(text, 'pages');
      if (page) this.#loadPage(id, page);
      else this.#pages.addUnreadable(id);
    }
    // A mutation a line, so that one that can't be read costs no other. (Format 1: one array.)
    for (const line of outbox === undefined ? [] : (outbox?.split('\n') ?? [null]))
      for (const m of [read<Mutation | Mutation[]>(line, 'mutations') ?? []].flat()) this.#put(m);
    for (const [collection, key, version] of (gone && read<Gone[]>(gone, 'pages')) || [])
      this.#touch(collection, key).version = version;
    this.life = life;
    this.rev = this.folded = folded;
    this.unfolded = 0;
    for (const { rev, text } of log) this.fold(rev, read<LogRecord>(text, 'records') ?? NOTHING);
    const whole = lost.pages + lost.records + lost.mutations === 0;
    if (!whole) this.note({ cursors: {} });
    for (const mutation of staged) this.stage(mutation);
    return whole ? null : lost;
  }

  /** Takes in a record; one that was seen before changes nothing. */
  fold(rev: Revision, record: LogRecord): void {
    if (rev <= this.rev) return;
    this.rev = rev;
    this.unfolded += 1 + (record.rows?.length ?? 0) + (record.put?.length ?? 0);
    if (record.meta?.nextEpoch) this.#beginAnew();
    for (const page of record.pages ?? []) this.#foldPage(page);
    for (const accepted of record.done ?? []) this.#done(...accepted);
    if (record.done?.some(([, , as]) => as?.key !== undefined)) this.#followRenames();
    for (const [collection, key, version, row, etag] of record.rows ?? []) {
      const entry = this.#touch(collection, key);
      this.#rebase(collection, key, entry, row, version, etag);
      entry.accepted = 0;
      this.#settle(collection, key, entry);
    }
    for (const mutation of record.put ?? []) this.#put(mutation);
    for (const id of record.drop ?? []) this.#drop(id);
    this.offered(record.sent ?? []);
    for (const mutation of record.kept ?? []) this.kept.add(mutation);
    if (this.#unsorted) this.#sort();
    if (record.meta) this.note(record.meta);
  }

  /** They were offered to the server, made on these versions. */
  offered(mutations: readonly [id: string, base: number][]): void {
    for (const [id, base] of mutations) {
      const mutation = this.mutations.get(id);
      if (mutation) this.#put({ ...mutation, sent: { base, epoch: this.meta.epoch } });
    }
  }

  /** The server lives another life: the versions at which rows went in the last one mean nothing. */
  #beginAnew(): void {
    for (const [collection, rows] of this.#collections)
      for (const [key, entry] of rows) {
        if (entry.base) continue;
        entry.version = entry.accepted = 0;
        this.#settle(collection, key, entry);
      }
  }

  /** A pull has told of the row as it is here. */
  confirm(collection: string, key: string): void {
    const entry = this.entry(collection, key);
    if (!entry?.accepted) return;
    entry.accepted = 0;
    this.#settle(collection, key, entry);
  }

  /** Progress that need not survive a reload. */
  note(meta: Partial<Meta>): void {
    this.meta = { ...this.meta, ...meta };
    this.kept.settle(this.meta);
  }

  stage(write: Mutation): void {
    const mutation = this.renamed(write);
    const entry = this.#touch(mutation.collection, mutation.key);
    entry.staged = entry.staged.length ? [...entry.staged, mutation] : [mutation];
    this.#staged.set(mutation.id, mutation);
    this.#settle(mutation.collection, mutation.key, entry);
  }

  /** They are in the log now, or were refused. */
  unstage(mutations: readonly Mutation[]): void {
    for (const mutation of mutations) {
      const { id, collection, key } = this.renamed(mutation);
      const entry = this.entry(collection, key);
      if (!entry) continue;
      entry.staged = without(entry.staged, id);
      this.#staged.delete(id);
      this.#settle(collection, key, entry);
    }
  }

  /** How many mutations wait for the server, are dead letters, are parked. */
  counts(): { pending: number; failed: number; conflicts: number } {
    const counts = { pending: 0, failed: 0, conflicts: 0 };
    for (const { problem, conflict } of this.mutations.values())
      counts[problem ? 'failed' : conflict ? 'conflicts' : 'pending']++;
    return counts;
  }

  /** The pages hold everything up to here. */
  pagesWritten(): void {
    this.folded = this.rev;
    this.unfolded = 0;
  }

  /**
   * The pages that changed, for a commit that folds the log up to `rev`. They count as clean from
   * now on: a tab whose fold fails must load again.
   */
  takePages(): Map<string, string | null> {
    const pages = this.#pages.take();
    const aliases = this.aliases.list();
    pages.set('aliases', aliases.length ? encode(aliases) : null);
    const outbox = [...this.mutations.values()].map(encode).join('\n');
    const gone = this.#gone();
    const kept = this.kept.list();
    return pages
      .set('outbox', outbox || null)
      .set('gone', gone.length ? encode(gone) : null)
      .set('kept', kept.length ? encode(kept) : null)
      .set('meta', encode(this.meta));
  }

  /** Deleted rows that something is pending on: the server's late answer to it must not revive them. */
  #gone(): Gone[] {
    const gone = new Map<Entry, Gone>();
    for (const { collection, key } of this.mutations.values()) {
      const entry = this.entry(collection, key);
      if (entry && !entry.base && entry.version) gone.set(entry, [collection, key, entry.version]);
    }
    return [...gone.values()];
  }

  #clear(): Mutation[] {
    const staged: Mutation[] = [];
    this.mutations.clear();
    for (const [collection, rows] of this.#collections) {
      for (const [key, entry] of rows) {
        staged.push(...entry.staged);
        Object.assign(entry, { ...blank(), view: entry.view });
        this.#settle(collection, key, entry);
      }
    }
    this.#pages.clear();
    this.#lastSeq = 0;
    return staged;
  }

  #loadPage(id: string, { collection, versions, rows, etags }: StoredPage): void {
    const keys = new Set<string>();
    const entries = this.rows(collection);
    rows.forEach((row, i) => {
      keys.add(row.id);
      const version = versions[i]!;
      const etag = etags?.[i] ?? undefined;
      entries.set(row.id, { ...blank(), base: row, version, etag, view: row, page: id });
      this.onView(collection, null, row);
    });
    this.#pages.add(id, collection, keys);
  }

  /** Rows that are new here. */
  #foldPage({ collection, keys, versions, values, etags }: PullPage): void {
    this.unfolded += keys.length;
    keys.forEach((key, i) => {
      const entry = this.#touch(collection, key);
      const row = { ...values[i], id: key };
      this.#rebase(collection, key, entry, row, versions[i]!, etags?.[i]);
      this.#settle(collection, key, entry);
    });
  }

  #done(id: string, version: number, as?: Accepted): void {
    let mutation = this.mutations.get(id);
    if (!mutation) return;
    if (as?.key !== undefined && as.key !== mutation.key) {
      this.#rename(mutation.collection, mutation.key, as.key);
      mutation = this.mutations.get(id)!;
    }
    const { collection, key } = mutation;
    const entry = this.#touch(collection, key);
    // A pull may have brought a later state already; then that stands.
    if (this.forget.has(collection)) this.#rebase(collection, key, entry, null, version);
    else if (version > entry.version) {
      const row = as?.row ?? applied(mutation, entry.base);
      this.#rebase(collection, key, entry, row, version, as?.etag);
      entry.accepted = this.rev;
    }
    this.#drop(id);
  }

  /** The row moves to the key that the server gave it, with all that is pending for it. */
  #rename(collection: string, from: string, to: string): void {
    const entry = this.#touch(collection, from);
    const { pending, staged } = entry;
    Object.assign(entry, { pending: NONE, staged: NONE });
    this.#settle(collection, from, entry);
    this.aliases.add([collection, from, to]);
    for (const mutation of pending) this.#put(this.renamed(mutation));
    for (const mutation of staged) this.stage(mutation);
  }

  /** What refers to a row by its old id refers to it by the new one. */
  #followRenames(): void {
    for (const mutation of [...this.mutations.values()]) {
      const renamed = this.renamed(mutation);
      if (renamed !== mutation) this.#put(renamed);
    }
    for (const mutation of [...this.#staged.values()]) {
      if (this.renamed(mutation) === mutation) continue;
      this.unstage([mutation]);
      this.stage(mutation);
    }
  }

  #put(mutation: Mutation): void {
    const { id, collection, key } = mutation;
    this.kept.release(id);
    const entry = this.#touch(collection, key);
    const at = entry.pending.findIndex((known) => known.id === id);
    if (!entry.pending.length) entry.pending = [mutation];
    else if (at < 0) {
      // Shown in the order in which they are sent.
      const before = entry.pending.filter((known) => known.seq <= mutation.seq);
      const after = entry.pending.filter((known) => known.seq > mutation.seq);
      entry.pending = [...before, mutation, ...after];
    } else entry.pending = entry.pending.map((known, i) => (i === at ? mutation : known));
    const inOrder = this.mutations.has(id) || mutation.seq > this.#lastSeq;
    this.mutations.set(id, mutation);
    if (inOrder) this.#lastSeq = Math.max(this.#lastSeq, mutation.seq);
    else this.#unsorted = true;
    this.#settle(collection, key, entry);
  }

  /** A rebased mutation goes back to the place of what it is made from. */
  #sort(): void {
    const sorted = [...this.mutations].sort(([, a], [, b]) => a.seq - b.seq);
    this.mutations.clear();
    for (const [id, mutation] of sorted) this.mutations.set(id, mutation);
    this.#unsorted = false;
  }

  #drop(id: string): void {
    const mutation = this.mutations.get(id);
    if (!mutation) return;
    this.mutations.delete(id);
    const entry = this.#touch(mutation.collection, mutation.key);
    entry.pending = without(entry.pending, id);
    this.#settle(mutation.collection, mutation.key, entry);
  }

  #touch(collection: string, key: string): Entry {
    const rows = this.rows(collection);
    let entry = rows.get(key);
    if (!entry) {
      rows.set(key, (entry = blank()));
    }
    return entry;
  }

  /** After any change of an entry: its view, and whether it is still needed at all. */
  #settle(collection: string, key: string, entry: Entry): void {
    const before = entry.view;
    entry.view = shown(entry.pending, entry.base);
    for (const mutation of entry.staged) entry.view = applied(mutation, entry.view);
    // The same content is the same object, so that nobody draws again for a write reaching the disk.
    if (before && entry.view && same(before, entry.view)) entry.view = before;
    // A row deleted here keeps its version until a pull has told of it: one that began earlier may
    // still bring the row.
    if (!entry.base && !entry.accepted && !entry.pending.length && !entry.staged.length)
      this.rows(collection).delete(key);
    if (before !== entry.view) this.onView(collection, before, entry.view);
  }

  #rebase(
    collection: string,
    key: string,
    entry: Entry,
    row: Row | null,
    version: number,
    etag?: Etag | null,
  ): void {
    entry.base = row;
    entry.version = version;
    entry.etag = etag ?? undefined;
    if (row) this.#pages.put(collection, key, entry);
    else this.#pages.remove(key, entry);
  }
}

/** In the place of a record that can't be read. */
const NOTHING: LogRecord = { by: ['', 0] };

function blank(): Entry {
  return {
    base: null,
    version: 0,
    etag: undefined,
    pending: NONE,
    staged: NONE,
    view: null,
    page: null,
    accepted: 0,
  };
}

/** The server's row, as far as this device knows. */
export function baseOf({ version, base, etag }: Entry): RowState {
  return etag === undefined ? { version, row: base } : { version, row: base, etag };
}

/** The row as the disk has it: without writes still on their way there. */
export function committed(entry: Entry | undefined): Row | null {
  if (!entry) return null;
  return entry.staged.length ? shown(entry.pending, entry.base) : entry.view;
}

/** The last mutation of a row if another may join it: never sent, or refused for good. */
export function joinable(pending: readonly Mutation[]): Mutation | undefined {
  const last = pending.filter(shows).at(-1);
  return last && !last.conflict && (last.problem || !last.sent) ? last : undefined;
}

function without(list: readonly Mutation[], id: string): readonly Mutation[] {
  if (list.length === 1 && list[0]!.id === id) return NONE;
  const rest = list.filter((mutation) => mutation.id !== id);
  return rest.length ? rest : NONE;
}
