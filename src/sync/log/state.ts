/**
 * All rows in memory: the server's (`base`), the pending changes on top, and what the app sees.
 * It changes in two ways only: `fold` takes in a committed record, `stage` a write that is on its
 * way to the disk and can still be taken back.
 */
import { same } from '../same.js';
import { Aliases } from './aliases.js';
import { blank, NONE, without, type Entry } from './entry.js';
import { Kept } from './kept.js';
import { Pages, type StoredPage } from './pages.js';
import { applied, NO_META, origins, shown } from './record.js';
import type { Accepted, LogRecord, Meta, Mutation } from './record.js';
import { readSnapshot, writeSnapshot, type Gone, type Losses } from './snapshot.js';
import type { Position, Revision, Snapshot } from '../storage/storage.js';
import type { Row } from '../types.js';
import type { Etag, PullPage } from '../../protocol/index.js';

/** Told of every row whose view changed. */
export type OnView = (collection: string, before: Row | null, after: Row | null) => void;

/** So many endings are kept for tabs that sleep. */
const ENDED = 500;

/** Kept as mutations come and go: after every commit somebody asks. */
export interface Counts {
  pending: number;
  failed: number;
  conflicts: number;
}

const noCounts = (): Counts => ({ pending: 0, failed: 0, conflicts: 0 });

function kindOf({ problem, conflict }: Mutation): keyof Counts {
  return problem ? 'failed' : conflict ? 'conflicts' : 'pending';
}

export class State {
  /** Which life of the database this is. */
  life = '';
  rev: Revision = 0;
  /** The compaction that this tab's pages are those of; another on the disk means: load again. */
  folded: Revision = 0;
  /** How much the log holds that the pages don't: rows and mutations. */
  uncompacted = 0;
  meta: Meta = NO_META;
  /** What there was of it could not be read: versions of entities are not known. */
  metaLost = false;
  /** Outbox, dead letters and parked conflicts, oldest first. */
  readonly mutations = new Map<string, Mutation>();
  readonly #staged = new Map<string, Mutation>();
  readonly kept = new Kept();
  readonly #collections = new Map<string, Map<string, Entry>>();
  readonly #pages = new Pages((collection) => this.rows(collection));
  #lastSeq = 0;
  #unsorted = false;
  #counts = noCounts();

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
  load(snapshot: Snapshot): Losses | null {
    const image = readSnapshot(snapshot);
    const staged = this.#clear();
    this.aliases.load(image.aliases);
    this.kept.load(image.kept);
    this.meta = image.meta;
    for (const [id, page] of image.pages)
      if (page) this.#loadPage(id, page);
      else this.#pages.addUnreadable(id);
    for (const mutation of image.outbox) this.#put(mutation);
    for (const [collection, key, version] of image.gone)
      this.#touch(collection, key).version = version;
    this.life = snapshot.life;
    this.rev = this.folded = snapshot.folded;
    this.uncompacted = 0;
    for (const { rev, record } of image.log) this.fold(rev, record);
    this.metaLost = image.metaLost;
    if (image.lost) this.note({ cursors: {}, seq: Math.max(this.meta.seq, this.#lastSeq) });
    for (const mutation of staged) this.stage(mutation);
    return image.lost;
  }

  /** Takes in a record; one that was seen before changes nothing. */
  fold(rev: Revision, record: LogRecord): void {
    if (rev <= this.rev) return;
    this.rev = rev;
    this.uncompacted += 1 + (record.rows?.length ?? 0) + (record.put?.length ?? 0);
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
    this.#end('overruled', record.overruled);
    this.#end('discarded', record.discarded);
    for (const id of record.drop ?? []) this.#drop(id);
    this.offered(record.sent ?? []);
    for (const mutation of record.kept ?? []) this.kept.add(mutation);
    for (const alias of record.aliases ?? []) this.aliases.add(alias);
    if (this.#unsorted) this.#sort();
    if (record.meta) this.note(record.meta);
  }

  #end(how: 'overruled' | 'discarded', ids: readonly string[] = []): void {
    if (!ids.length) return;
    const mutations = ids.flatMap((id) => this.mutations.get(id) ?? []);
    const ended = origins(mutations).map((id): [string, typeof how] => [id, how]);
    this.note({ ended: [...(this.meta.ended ?? []), ...ended].slice(-ENDED) });
  }

  /** They were offered to the server, made on these versions. */
  offered(mutations: readonly [id: string, base: number][]): void {
    for (const [id, base] of mutations) {
      const mutation = this.mutations.get(id);
      if (mutation) this.#put({ ...mutation, sent: { base, epoch: this.meta.epoch } });
    }
  }

  /** Another epoch: the versions at which rows went in the last one mean nothing. */
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
  counts(): Counts {
    return { ...this.#counts };
  }

  /** The pages hold everything up to here. */
  pagesWritten(): void {
    this.folded = this.rev;
    this.uncompacted = 0;
  }

  /** Gets ready for `takePages`, a slice at a time; answers whether it is. */
  encodeSome(): boolean {
    return this.#pages.encodeSome();
  }

  /**
   * The pages that changed, for a commit that compacts the log up to `rev`. They count as clean from
   * now on: a tab whose compaction fails must load again.
   */
  takePages(): Map<string, string | null> {
    return writeSnapshot(this.#pages.take(), {
      meta: this.meta,
      aliases: this.aliases.list(),
      kept: this.kept.list(),
      outbox: [...this.mutations.values()],
      gone: this.#gone(),
    });
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
    this.#counts = noCounts();
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
    this.uncompacted += keys.length;
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
    const known = this.mutations.get(id);
    const inOrder = known !== undefined || mutation.seq > this.#lastSeq;
    if (known) this.#counts[kindOf(known)]--;
    this.#counts[kindOf(mutation)]++;
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
    this.#counts[kindOf(mutation)]--;
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
    // A create of a row that is there is about to be refused.
    for (const mutation of entry.staged)
      if (mutation.op !== 'create' || !entry.view) entry.view = applied(mutation, entry.view);
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
