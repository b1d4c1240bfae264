/**
 * Which row lies on which page of the disk, and which pages changed since they were written. New
 * rows fill the collection's open page; a page never splits, and two that deletions have left
 * nearly empty become one.
 */
import { encode } from './record.js';
import type { Entry } from './entry.js';
import type { Row } from '../types.js';
import type { Etag } from '../../protocol/index.js';

/**
 * Rows to a page: a quarter of a megabyte where rows are of the usual size. Chromium sends values
 * below 64 KB through its slow lane: 10,000 rows in pages of 128 take twice as long to read.
 */
export const PAGE_ROWS = 1_024;
/** Pages that are encoded in one go: a few ms. */
const SLICE = 4;

/** A page as it is on the disk. */
export interface StoredPage {
  collection: string;
  versions: number[];
  rows: Row[];
  /** Parallel to `rows`, where any has one. */
  etags?: (Etag | null)[];
}

interface Page {
  id: string;
  collection: string;
  keys: Set<string>;
}

export class Pages {
  readonly #pages = new Map<string, Page>();
  readonly #open = new Map<string, Page>();
  /** Pages that changed; with its text where one has been encoded since. */
  readonly #dirty = new Map<string, string | undefined>();
  #last = 0;

  constructor(private readonly rows: (collection: string) => ReadonlyMap<string, Entry>) {}

  clear(): void {
    this.#pages.clear();
    this.#open.clear();
    this.#dirty.clear();
    this.#last = 0;
  }

  /** A page that was read. */
  add(id: string, collection: string, keys: Set<string>): void {
    const page = { id, collection, keys };
    this.#pages.set(id, page);
    this.#last = Math.max(this.#last, Number(id.slice(2)));
    if (keys.size < PAGE_ROWS) this.#open.set(collection, page);
  }

  /** A page that can't be read: the next compaction removes it. */
  addUnreadable(id: string): void {
    this.add(id, '', new Set());
    this.#mark(id);
  }

  /** The row is there and has changed. */
  put(collection: string, key: string, entry: Entry): void {
    entry.page ??= this.#place(collection, key);
    this.#mark(entry.page);
  }

  /** The row is gone. */
  remove(key: string, entry: Entry): void {
    if (!entry.page) return;
    this.#mark(entry.page);
    this.#pages.get(entry.page)!.keys.delete(key);
    entry.page = null;
  }

  /**
   * Encodes some of the pages that changed ahead of `take`; answers whether none is left. All at
   * once, a hundred thousand rows would hold up whoever draws.
   */
  encodeSome(): boolean {
    let room = SLICE;
    for (const [id, text] of this.#dirty) {
      const page = this.#pages.get(id)!;
      if (text !== undefined || !page.keys.size) continue;
      if (!room--) return false;
      this.#dirty.set(id, this.#write(page));
    }
    return true;
  }

  /** The texts of the pages that changed, `null` for those to remove; they count as clean now. */
  take(): Map<string, string | null> {
    const collections = new Set(
      [...this.#dirty.keys()].map((id) => this.#pages.get(id)!.collection),
    );
    for (const collection of collections) this.#merge(collection);
    const texts = new Map<string, string | null>();
    for (const [id, text] of this.#dirty) {
      const page = this.#pages.get(id)!;
      if (!page.keys.size) this.#drop(page);
      texts.set(id, page.keys.size ? (text ?? this.#write(page)) : null);
    }
    this.#dirty.clear();
    return texts;
  }

  #mark(id: string): void {
    this.#dirty.set(id, undefined);
  }

  #place(collection: string, key: string): string {
    let page = this.#open.get(collection);
    if (!page || page.keys.size >= PAGE_ROWS) {
      page = { id: `p:${++this.#last}`, collection, keys: new Set() };
      this.#pages.set(page.id, page);
      this.#open.set(collection, page);
    }
    page.keys.add(key);
    return page.id;
  }

  /** Puts pages together that are less than half a page together. */
  #merge(collection: string): void {
    let into: Page | undefined;
    for (const page of this.#pages.values()) {
      if (page.collection !== collection || !page.keys.size) continue;
      if (!into || into.keys.size + page.keys.size >= PAGE_ROWS / 2) {
        if (!into || page.keys.size < into.keys.size) into = page;
        continue;
      }
      for (const key of page.keys) {
        into.keys.add(key);
        this.rows(collection).get(key)!.page = into.id;
      }
      page.keys.clear();
      this.#mark(page.id);
      this.#mark(into.id);
      this.#open.set(collection, into);
    }
  }

  #drop({ id, collection }: Page): void {
    this.#pages.delete(id);
    if (this.#open.get(collection)?.id === id) this.#open.delete(collection);
  }

  #write({ collection, keys }: Page): string {
    const rows = this.rows(collection);
    const page: StoredPage = { collection, versions: [], rows: [] };
    for (const key of keys) {
      const { version, base, etag } = rows.get(key)!;
      page.versions.push(version);
      page.rows.push(base!);
      if (etag !== undefined) (page.etags ??= [])[page.rows.length - 1] = etag;
    }
    return encode(page);
  }
}
