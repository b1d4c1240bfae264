/**
 * The rows in memory, by collection, and the pages of the disk that they lie on. What is done to an
 * entry takes effect when it is settled: then the app sees it, or it is gone.
 */
import { same } from '../same.js';
import { blank, type Entry } from './entry.js';
import { Pages, type StoredPage } from './pages.js';
import { applied, shown, type Mutation } from './record.js';
import type { Row } from '../types.js';
import type { Etag } from '../../protocol/index.js';

/** Told of every row whose view changed. */
export type OnView = (collection: string, before: Row | null, after: Row | null) => void;

export class Rows {
  readonly pages = new Pages((collection) => this.of(collection));
  readonly #collections = new Map<string, Map<string, Entry>>();

  constructor(private readonly onView: OnView) {}

  of(collection: string): Map<string, Entry> {
    let rows = this.#collections.get(collection);
    if (!rows) this.#collections.set(collection, (rows = new Map()));
    return rows;
  }

  /** The row's entry, made where there is none. */
  touch(collection: string, key: string): Entry {
    const rows = this.of(collection);
    let entry = rows.get(key);
    if (!entry) rows.set(key, (entry = blank()));
    return entry;
  }

  /** The server's row, as far as this device knows. */
  setBase(
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
    if (!row || version > entry.left) entry.left = 0;
    if (row) this.pages.put(collection, key, entry);
    else this.pages.remove(key, entry);
  }

  /** After any change of an entry: its view, and whether it is still needed at all. */
  settle(collection: string, key: string, entry: Entry): void {
    const before = entry.view;
    if (entry.left && !entry.pending.length) {
      this.setBase(collection, key, entry, null, entry.left);
      entry.accepted = 0;
    }
    entry.view = shown(entry.pending, entry.base);
    // A create of a row that is there is about to be refused.
    for (const mutation of entry.staged)
      if (mutation.op !== 'create' || !entry.view) entry.view = applied(mutation, entry.view);
    // The same content is the same object, so that nobody draws again for a write reaching the disk.
    if (before && entry.view && same(before, entry.view)) entry.view = before;
    // A row deleted here keeps its version until a pull has told of it: one that began earlier may
    // still bring the row.
    if (!entry.base && !entry.accepted && !entry.pending.length && !entry.staged.length)
      this.of(collection).delete(key);
    if (before !== entry.view) this.onView(collection, before, entry.view);
  }

  /** A page that was read; null where it can't be. */
  load(id: string, page: StoredPage | null): void {
    if (!page) return this.pages.addUnreadable(id);
    const { collection, versions, rows, etags } = page;
    const keys = new Set<string>();
    const entries = this.of(collection);
    rows.forEach((row, i) => {
      keys.add(row.id);
      const version = versions[i]!;
      const etag = etags?.[i] ?? undefined;
      // Two pages were becoming one when the device stopped. Which copy counts, the log says.
      const twice = entries.get(row.id);
      if (twice?.page && twice.page !== id) this.pages.remove(row.id, twice);
      entries.set(row.id, { ...blank(), base: row, version, etag, view: row, page: id });
      this.onView(collection, twice?.view ?? null, row);
    });
    this.pages.add(id, collection, keys);
  }

  /** Another epoch: the versions at which rows went in the last one mean nothing. */
  forgetDeleted(): void {
    for (const [collection, rows] of this.#collections)
      for (const [key, entry] of rows) {
        entry.left = 0;
        if (entry.base) continue;
        entry.version = entry.accepted = 0;
        this.settle(collection, key, entry);
      }
  }

  /** Empties every row but for what is staged on it, and answers that. */
  clear(): Mutation[] {
    const staged: Mutation[] = [];
    for (const [collection, rows] of this.#collections)
      for (const [key, entry] of rows) {
        staged.push(...entry.staged);
        Object.assign(entry, { ...blank(), view: entry.view });
        this.settle(collection, key, entry);
      }
    this.pages.clear();
    return staged;
  }
}
