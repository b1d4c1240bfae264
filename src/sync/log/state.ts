/**
 * All rows in memory: the server's (`base`), the pending changes on top, and what the app sees.
 * What counts comes by `fold`, which takes in a committed record, or `load`; `stage` shows a write
 * that is on its way to the disk and can still be taken back. The other methods note what need not
 * survive a reload: how far a pull is, what was sent, which pages are written.
 */
import { same } from '../same.js';
import type { KnownIds } from './aliases.js';
import { NONE, without, type Entry } from './entry.js';
import { Kept } from './kept.js';
import { Mutations, type Counts } from './mutations.js';
import { applied, hasForgotten, NO_META, origins } from './record.js';
import type { Accepted, LogRecord, Meta, Mutation } from './record.js';
import { Rows, type OnView } from './rows.js';
import { readSnapshot, writeSnapshot, type Gone, type Losses } from './snapshot.js';
import type { Position, Revision, Snapshot } from '../storage/storage.js';
import type { PullPage } from '../../protocol/index.js';

/** Where rows keep the ids that they were made under. */
const SAME_IDS: KnownIds = {
  another: () => SAME_IDS,
  load() {},
  add() {},
  list: () => [],
  key: (_, key) => key,
  rewrite: (mutation) => mutation,
  condition: (_, where) => where,
};

/** So many endings are kept for tabs that sleep. */
const ENDED = 500;

export class State {
  /** Which life of the database this is. */
  life = '';
  rev: Revision = 0;
  /** The compaction that this tab's pages are those of; another on the disk means: load again. */
  folded: Revision = 0;
  /** Where something ceased to be pending last: what it was on may be wanted no longer. */
  freed: Revision = 0;
  /** How much the log holds that the pages don't: rows and mutations. */
  uncompacted = 0;
  /** The same in characters of text. */
  logSize = 0;
  meta: Meta = NO_META;
  /** What there was of it could not be read: versions of entities are not known. */
  metaLost = false;
  /** How some mutations ended was forgotten before this tab had read of it. */
  missedEndings = false;
  readonly mutations = new Mutations();
  /**
   * What was sent though a full disk did not take its mark, as it was sent, until it is answered:
   * another tab may join more to it, and the server knows it by its id.
   */
  readonly unmarked = new Map<string, Mutation>();
  readonly #staged = new Map<string, Mutation>();
  readonly kept = new Kept();
  readonly #rows: Rows;

  constructor(
    onView: OnView,
    /** Collections whose rows are let go once the server has them. */
    private readonly forget: ReadonlySet<string>,
    readonly aliases: KnownIds = SAME_IDS,
  ) {
    this.#rows = new Rows(onView);
  }

  /** The server's epoch, as far as it is known: what was accepted before the first pull tells it, too. */
  get epoch(): string | null {
    return this.meta.epoch ?? this.kept.epoch;
  }

  get position(): Position {
    return { life: this.life, rev: this.rev, folded: this.folded };
  }

  /** One for the same entities, empty and unobserved. */
  another(): State {
    return new State(() => {}, this.forget, this.aliases.another());
  }

  rows(collection: string): ReadonlyMap<string, Entry> {
    return this.#rows.of(collection);
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
    const known = this.life === snapshot.life ? this.rev : 0;
    this.mutations.clear();
    const staged = this.#rows.clear();
    this.aliases.load(image.aliases);
    this.kept.load(image.kept);
    this.meta = image.meta;
    this.settled((image.meta.ended ?? []).map(([id]) => id));
    for (const [id, page] of image.pages) this.#rows.load(id, page);
    for (const mutation of image.outbox) this.#put(mutation);
    for (const [collection, key, version] of image.gone) {
      const entry = this.#rows.touch(collection, key);
      if (entry.base) this.#leave(collection, key, version);
      else entry.version = version;
    }
    this.life = snapshot.life;
    this.rev = this.folded = snapshot.folded;
    this.uncompacted = 0;
    this.logSize = snapshot.log.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
    for (const { rev, record } of image.log) this.fold(rev, record);
    this.metaLost = image.metaLost;
    this.missedEndings = image.metaLost || (this.meta.forgotten ?? 0) > known;
    if (image.lost)
      this.note({ cursors: {}, seq: Math.max(this.meta.seq, this.mutations.lastSeq) });
    for (const mutation of staged) this.stage(mutation);
    return image.lost;
  }

  /** Takes in a record; one that was seen before changes nothing. */
  fold(rev: Revision, record: LogRecord): void {
    if (rev <= this.rev) return;
    this.rev = rev;
    this.uncompacted += 1 + (record.rows?.length ?? 0) + (record.put?.length ?? 0);
    if (record.done?.length || record.drop?.length) this.freed = rev;
    if (record.meta?.nextEpoch) this.#rows.forgetDeleted();
    for (const page of record.pages ?? []) this.#foldPage(page);
    for (const accepted of record.done ?? []) this.#done(...accepted);
    if (record.done?.some(([, , as]) => as?.key !== undefined)) this.#followRenames();
    for (const [collection, key, version, row, etag] of record.rows ?? []) {
      const entry = this.#rows.touch(collection, key);
      // Told by another scope, perhaps.
      if (version === entry.left) entry.left = 0;
      this.#rows.setBase(collection, key, entry, row, version, etag);
      entry.accepted = 0;
      this.#rows.settle(collection, key, entry);
    }
    for (const [collection, key, version] of record.left ?? [])
      this.#leave(collection, key, version);
    for (const mutation of record.put ?? []) this.#put(mutation);
    this.#end('overruled', record.overruled);
    this.#end('discarded', record.discarded);
    for (const id of record.drop ?? []) this.#drop(id);
    this.offered(record.sent ?? []);
    for (const mutation of record.kept ?? []) this.kept.add(mutation);
    for (const alias of record.aliases ?? []) this.aliases.add(alias);
    this.mutations.sort();
    if (record.meta) this.note(record.meta);
  }

  #end(how: 'overruled' | 'discarded', ids: readonly string[] = []): void {
    if (!ids.length) return;
    this.settled(ids);
    const mutations = ids.flatMap((id) => this.mutations.get(id) ?? []);
    const names = mutations.flatMap((mutation) => origins([mutation]));
    const ended = [
      ...(this.meta.ended ?? []),
      ...names.map((id): [string, typeof how] => [id, how]),
    ];
    const forgets = ended.length > ENDED || mutations.some(hasForgotten);
    this.note({ ended: ended.slice(-ENDED), ...(forgets && { forgotten: this.rev }) });
  }

  /** They were offered to the server, made on these versions. */
  offered(mutations: readonly [id: string, base: number][]): void {
    for (const [id, base] of mutations) {
      const mutation = this.mutations.get(id);
      if (mutation) this.#put({ ...mutation, sent: { base, epoch: this.meta.epoch } });
    }
  }

  /** What was sent without a mark is answered, or known to be part of another. */
  settled(ids: readonly string[]): void {
    for (const id of ids) this.unmarked.delete(id);
  }

  /** What was sent without a mark, and taken back by another tab, which knew it as never sent. */
  takenBack(): Mutation[] {
    return [...this.unmarked.values()].filter(({ id }) => !this.mutations.has(id));
  }

  /** Marks of what was sent without, but for those that have become more since. */
  owedMarks(): [id: string, base: number][] {
    return [...this.unmarked.values()].flatMap(({ id, sent, op, value, patch }) => {
      const known = this.mutations.get(id);
      const whole = known && same([op, value, patch], [known.op, known.value, known.patch]);
      return whole && sent!.epoch === this.meta.epoch ? [[id, sent!.base]] : [];
    });
  }

  /** A pull has told of the row as it is here. */
  confirm(collection: string, key: string): void {
    const entry = this.entry(collection, key);
    if (!entry?.accepted) return;
    entry.accepted = 0;
    this.#rows.settle(collection, key, entry);
  }

  /** Progress that need not survive a reload. */
  note(meta: Partial<Meta>): void {
    this.meta = { ...this.meta, ...meta };
    this.kept.settle(this.meta);
  }

  stage(write: Mutation): void {
    const mutation = this.renamed(write);
    const entry = this.#rows.touch(mutation.collection, mutation.key);
    entry.staged = entry.staged.length ? [...entry.staged, mutation] : [mutation];
    this.#staged.set(mutation.id, mutation);
    this.#rows.settle(mutation.collection, mutation.key, entry);
  }

  /** They are in the log now, or were refused. */
  unstage(mutations: readonly Mutation[]): void {
    for (const mutation of mutations) {
      const { id, collection, key } = this.renamed(mutation);
      const entry = this.entry(collection, key);
      if (!entry) continue;
      entry.staged = without(entry.staged, id);
      this.#staged.delete(id);
      this.#rows.settle(collection, key, entry);
    }
  }

  counts(): Counts {
    return this.mutations.counts();
  }

  /** The pages hold everything up to here. */
  pagesWritten(): void {
    this.folded = this.rev;
    this.uncompacted = this.logSize = 0;
  }

  /** Gets ready for `takePages`, a slice at a time; answers whether it is. */
  encodeSome(): boolean {
    return this.#rows.pages.encodeSome();
  }

  /**
   * The pages that changed, for a commit that compacts the log up to `rev`. They count as clean from
   * now on: a tab whose compaction fails must load again.
   */
  takePages(): Map<string, string | null> {
    return writeSnapshot(this.#rows.pages.take(), {
      meta: this.meta,
      aliases: this.aliases.list(),
      kept: this.kept.list(),
      outbox: [...this.mutations.values()],
      gone: this.#gone(),
    });
  }

  /**
   * Rows that were deleted or left every scope, and that something is pending on: the server's late
   * answer to it must not revive them.
   */
  #gone(): Gone[] {
    const gone = new Map<Entry, Gone>();
    for (const { collection, key } of this.mutations.values()) {
      const entry = this.entry(collection, key);
      const version = entry && (entry.base ? entry.left : entry.version);
      if (version) gone.set(entry, [collection, key, version]);
    }
    return [...gone.values()];
  }

  /** Rows that are new here. */
  #foldPage({ collection, keys, versions, values, etags }: PullPage): void {
    this.uncompacted += keys.length;
    keys.forEach((key, i) => {
      const entry = this.#rows.touch(collection, key);
      const row = { ...values[i], id: key };
      this.#rows.setBase(collection, key, entry, row, versions[i]!, etags?.[i]);
      this.#rows.settle(collection, key, entry);
    });
  }

  #leave(collection: string, key: string, version: number): void {
    const entry = this.#rows.touch(collection, key);
    entry.left = version;
    this.#rows.settle(collection, key, entry);
  }

  #done(id: string, version: number, as?: Accepted): void {
    let mutation = this.mutations.get(id);
    this.unmarked.delete(id);
    if (!mutation) return;
    if (as?.key !== undefined && as.key !== mutation.key) {
      this.#rename(mutation.collection, mutation.key, as.key);
      mutation = this.mutations.get(id)!;
    }
    const { collection, key } = mutation;
    const entry = this.#rows.touch(collection, key);
    // A pull may have brought a later state already; then that stands.
    if (this.forget.has(collection)) this.#rows.setBase(collection, key, entry, null, version);
    else if (version > entry.version) {
      const row = as?.row ?? applied(mutation, entry.base);
      this.#rows.setBase(collection, key, entry, row, version, as?.etag);
      entry.accepted = this.rev;
    }
    this.#drop(id);
  }

  /** The row moves to the key that the server gave it, with all that is pending for it. */
  #rename(collection: string, from: string, to: string): void {
    const entry = this.#rows.touch(collection, from);
    const { pending, staged } = entry;
    Object.assign(entry, { pending: NONE, staged: NONE });
    this.#rows.settle(collection, from, entry);
    this.aliases.add([collection, from, to]);
    for (const mutation of pending) this.#put(mutation);
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

  #put(written: Mutation): void {
    // Whoever wrote it may have known rows by ids that they have no longer.
    const told = this.renamed(written);
    this.settled(told.from ?? []);
    const { sent = told.sent } = this.unmarked.get(told.id) ?? {};
    const mutation = sent && !told.sent ? { ...told, sent } : told;
    const { id, collection, key } = mutation;
    this.kept.release(id);
    const entry = this.#rows.touch(collection, key);
    const at = entry.pending.findIndex((known) => known.id === id);
    if (!entry.pending.length) entry.pending = [mutation];
    else if (at < 0) {
      // Shown in the order in which they are sent.
      const before = entry.pending.filter((known) => known.seq <= mutation.seq);
      const after = entry.pending.filter((known) => known.seq > mutation.seq);
      entry.pending = [...before, mutation, ...after];
    } else entry.pending = entry.pending.map((known, i) => (i === at ? mutation : known));
    this.mutations.set(id, mutation);
    this.#rows.settle(collection, key, entry);
  }

  #drop(id: string): void {
    this.kept.release(id);
    const mutation = this.mutations.get(id);
    if (!mutation) return;
    this.mutations.delete(id);
    const entry = this.#rows.touch(mutation.collection, mutation.key);
    entry.pending = without(entry.pending, id);
    this.#rows.settle(mutation.collection, mutation.key, entry);
  }
}
