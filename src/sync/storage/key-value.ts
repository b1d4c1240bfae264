/**
 * The log and pages on anything that keeps texts by key. One `setItem` is all that such a store does
 * atomically, so every commit ends in exactly one that counts:
 *
 * - A record alone is that one: `log:<rev>`.
 * - Pages are written under keys of a new generation, which nobody reads yet; then the **manifest**,
 *   which says of each page which generation counts, flips to it. What the flip made superfluous is
 *   removed afterwards, and what a crash left behind is removed when it is next opened.
 * - Where the log has left no room for both generations, pages that fold it are written over their
 *   old ones, one after the other. Until the flip all of the log is there, and folded into old pages
 *   and new ones it makes the same.
 *
 * Handles of one store take turns: by Web Locks where there are any, else within this process.
 */
import { invalid } from '../errors.js';
import { checkName, closedError, outdatedError } from './refusal.js';
import {
  FORMAT,
  newLife,
  type Commit,
  type Disk,
  type LogEntry,
  type Position,
  type Refusal,
  type Revision,
  type Snapshot,
  type Storage,
} from './storage.js';
import { inTurn } from './turns.js';

/** A store of texts: `localStorage`-like, AsyncStorage-like; each method may answer by promise. */
export interface KeyValue {
  /** Nothing, `null` or `undefined`, where there is none. */
  getItem(key: string): MaybePromise<string | null | undefined>;
  /** Must replace the value as a whole or not at all. */
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
  /** All keys, the app's own too. */
  keys(): MaybePromise<Iterable<string>>;
}
type MaybePromise<T> = T | PromiseLike<T>;

interface Manifest {
  format: number;
  life: string;
  folded: Revision;
  /** Rises with each flip. */
  generation: number;
  /** The generation that counts of each page. */
  pages: Record<string, number>;
  /** A record that came together with pages: it counts from the same flip on. */
  record?: LogEntry;
}

export interface KeyValueOptions {
  /** Tells databases in one store apart. Keys begin with `bytelyst-kv:<name>:`, the name URI-encoded. */
  name: string;
  /** Tells stores apart, where an app has several of them with databases of one name. */
  store?: string | undefined;
}

/**
 * A database in a key-value store. `setItem` must be atomic for its key; nothing else is asked. With
 * 100,000 rows its manifest and pages are some 100 keys of a quarter of a megabyte.
 */
export function keyValueStorage(kv: KeyValue, options: KeyValueOptions): Storage {
  for (const method of ['getItem', 'setItem', 'removeItem', 'keys'] as const)
    if (typeof kv?.[method] !== 'function')
      throw invalid(`The key-value store has no ${method}().`);
  const { name, store } = options ?? {};
  return database(kv, {
    name: checkName(name),
    ...(store !== undefined && { store: checkName(store) }),
  });
}

function database(kv: KeyValue, options: { name: string; store?: string }, user?: string): Storage {
  const { name, ...store } = options;
  const encoded = encodeURIComponent(name);
  const place =
    user === undefined
      ? `bytelyst-kv:${encoded}:`
      : `bytelyst-kv-user:${encoded}:${encodeURIComponent(user)}:`;
  const keys = new Keys(kv, place);
  return {
    name: place.slice(0, -1),
    ...store,
    async open() {
      await inTurn(place, () => prepare(keys));
      return new KeyValueDisk(keys, place);
    },
    destroy: () =>
      inTurn(place, async () => {
        // The manifest first: without it there is no database, whatever else is left.
        await keys.remove('manifest');
        for (const key of await keys.list()) await keys.remove(key);
      }),
    forUser: (other) => database(kv, options, checkName(other)),
  };
}

class KeyValueDisk implements Disk {
  #closed = false;

  constructor(
    private readonly keys: Keys,
    private readonly place: string,
  ) {}

  load(): Promise<Snapshot> {
    return this.#inTurn(async () => {
      const { life, folded, pages, record } =
        (await manifestOf(this.keys)) ?? (await prepare(this.keys));
      const texts = await Promise.all(
        Object.entries(pages).map(
          async ([id, generation]) =>
            [id, await this.keys.get(pageKey(id, generation))] as [string, string | null],
        ),
      );
      const last = Math.max(folded, record?.rev ?? 0, ...revisions(await this.keys.list()));
      const log = await Promise.all(
        Array.from({ length: last - folded }, (_, i) => this.#entry(folded + 1 + i, record)),
      );
      return { life, folded, pages: new Map(texts), log };
    });
  }

  since(at: Position): Promise<Refusal> {
    return this.#inTurn(async () => {
      const manifest = await manifestOf(this.keys);
      return manifest ? look(this.keys, manifest, at) : 'lost';
    });
  }

  commit(at: Position, { record, pages, fold }: Commit): Promise<Revision | Refusal> {
    return this.#inTurn(async () => {
      const manifest = await manifestOf(this.keys);
      if (!manifest) return 'lost';
      const answer = await look(this.keys, manifest, at);
      if (typeof answer !== 'object' || answer.missed.length) return answer;
      if (fold !== undefined && manifest.folded !== at.folded) return 'stale';

      const rev = record === undefined ? at.rev : at.rev + 1;
      if (pages || fold !== undefined) {
        const entry = record === undefined ? undefined : { rev, text: record };
        await flip(this.keys, manifest, { pages: pages ?? new Map(), fold, entry });
      } else if (record !== undefined) await this.keys.set(`log:${rev}`, record);
      return rev;
    });
  }

  close(): void {
    this.#closed = true;
  }

  async #entry(rev: Revision, record: LogEntry | undefined): Promise<LogEntry> {
    return record?.rev === rev ? record : { rev, text: await this.keys.get(`log:${rev}`) };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return inTurn(this.place, () => {
      if (this.#closed) throw closedError();
      return work();
    });
  }
}

/** The keys of one database, without the part that they share. */
class Keys {
  constructor(
    private readonly kv: KeyValue,
    private readonly place: string,
  ) {}

  async get(key: string): Promise<string | null> {
    return (await this.kv.getItem(this.place + key)) ?? null;
  }

  /** Where the store fails and has written all the same, it is written. */
  async set(key: string, text: string): Promise<void> {
    try {
      await this.kv.setItem(this.place + key, text);
    } catch (error) {
      if ((await this.get(key).catch(() => null)) !== text) throw error;
    }
  }

  async remove(key: string): Promise<void> {
    await this.kv.removeItem(this.place + key);
  }

  async list(): Promise<string[]> {
    const { place } = this;
    const keys = [...(await this.kv.keys())];
    return keys.flatMap((key) => (key.startsWith(place) ? key.slice(place.length) : []));
  }
}

const pageKey = (id: string, generation: number): string => `page:${generation}:${id}`;

function revisions(keys: string[]): Revision[] {
  return keys.flatMap((key) => (key.startsWith('log:') ? Number(key.slice(4)) : []));
}

/** The manifest, `null` where there is no database. */
async function manifestOf(keys: Keys): Promise<Manifest | null> {
  const text = await keys.get('manifest');
  if (text === null) return null;
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch {
    return rebuilt(keys);
  }
  if (manifest.format > FORMAT) throw outdatedError();
  return manifest;
}

/** Makes the database if there is none, and cleans up what a crash left. */
async function prepare(keys: Keys): Promise<Manifest> {
  let manifest = await manifestOf(keys);
  if (!manifest) {
    for (const key of await keys.list()) await keys.remove(key);
    manifest = { format: FORMAT, life: newLife(), folded: 0, generation: 0, pages: {} };
    await keys.set('manifest', JSON.stringify(manifest));
  }
  await clean(keys, manifest);
  return manifest;
}

/**
 * The manifest can't be read: the newest of each page and all of the log, which make up everything
 * even where a page is from a flip that never came.
 */
async function rebuilt(keys: Keys): Promise<Manifest> {
  const list = await keys.list();
  const pages: Record<string, number> = {};
  for (const [, generation, id] of list.flatMap((key) => [/^page:(\d+):(.*)$/s.exec(key) ?? []]))
    if (id !== undefined) pages[id] = Math.max(pages[id] ?? 0, Number(generation));
  const revs = revisions(list);
  const folded = revs.length ? Math.min(...revs) - 1 : 0;
  const generation = Math.max(0, ...Object.values(pages));
  const manifest = { format: FORMAT, life: newLife(), folded, generation, pages };
  await keys.set('manifest', JSON.stringify(manifest));
  return manifest;
}

/** What has happened since a position. */
async function look(keys: Keys, manifest: Manifest, at: Position): Promise<Refusal> {
  if (manifest.life !== at.life) return 'lost';
  if (manifest.folded > at.rev) return 'stale';
  const last = manifest.record?.rev === at.rev || (await keys.get(`log:${at.rev}`)) !== null;
  // Ahead of the disk: what it is told to follow was never there.
  if (manifest.folded < at.rev && !last) return 'stale';
  const missed: LogEntry[] = [];
  for (let rev = at.rev + 1; ; rev++) {
    const text = manifest.record?.rev === rev ? manifest.record.text : await keys.get(`log:${rev}`);
    if (text === null) return { missed };
    missed.push({ rev, text });
  }
}

async function flip(
  keys: Keys,
  manifest: Manifest,
  change: {
    pages: Map<string, string | null>;
    fold: Revision | undefined;
    entry?: LogEntry | undefined;
  },
): Promise<void> {
  const { format: _, record: kept, ...rest } = manifest;
  const generation = manifest.generation + 1;
  const pages = { ...manifest.pages };
  const write = async (generationOf: (id: string) => number) => {
    for (const [id, text] of change.pages) {
      if (text === null) delete pages[id];
      else {
        pages[id] = generationOf(id);
        await keys.set(pageKey(id, pages[id]), text);
      }
    }
  };
  try {
    await write(() => generation);
  } catch (error) {
    // Where space is short, nothing half may take it.
    await clean(keys, manifest).catch(() => {});
    if (change.fold === undefined || change.entry) throw error;
    await write((id) => manifest.pages[id] ?? generation);
  }
  const folded = change.fold ?? manifest.folded;
  // A record in the manifest must not be lost with it.
  if (kept && kept.rev > folded && change.entry) await keys.set(`log:${kept.rev}`, kept.text!);
  const record = change.entry ?? (kept && kept.rev > folded ? kept : undefined);
  const next: Manifest = {
    ...rest,
    format: FORMAT,
    folded,
    generation,
    pages,
    ...(record && { record }),
  };
  await keys.set('manifest', JSON.stringify(next));
  // It is done; what can't be removed now is removed when it is next opened.
  await clean(keys, next).catch(() => {});
}

/** Removes what the manifest does not speak of. */
async function clean(keys: Keys, { folded, pages, record }: Manifest): Promise<void> {
  const live = new Set(Object.entries(pages).map(([id, generation]) => pageKey(id, generation)));
  for (const key of await keys.list()) {
    const [rev] = revisions([key]);
    const stale = rev === undefined ? !live.has(key) : rev <= folded || rev === record?.rev;
    if (stale && key !== 'manifest') await keys.remove(key);
  }
}
