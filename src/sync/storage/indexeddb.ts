/**
 * The log and pages on IndexedDB: one record a commit, one record a page. `idb` (1.2 KB) carries
 * promises; transactions are never held open across anything but their own requests.
 *
 * Browsers take the connection away under a page: WebKit loses its database process ("Connection
 * to Indexed Database server lost"), Chromium closes it for lack of memory. What fails for that
 * reason is tried once more on a new connection; the committer recognises its own record when it
 * had in truth arrived.
 */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { SyncError } from '../errors.js';
import type { Commit, Disk, LogEntry, Revision, Snapshot, Storage } from './storage.js';

interface Schema extends DBSchema {
  log: { key: number; value: string };
  pages: { key: string; value: string };
  meta: { key: 'folded'; value: number };
}

export function indexedDBStorage(name: string): Storage {
  const database = `bytelyst:${name}`;
  return {
    name: database,
    async open() {
      const disk = new IndexedDBDisk(database);
      await disk.connect();
      return disk;
    },
    destroy: () => deleteDB(database).catch(fail),
  };
}

class IndexedDBDisk implements Disk {
  #db: Promise<IDBPDatabase<Schema>> | undefined;
  #closed = false;

  constructor(private readonly name: string) {}

  connect(): Promise<IDBPDatabase<Schema>> {
    if (this.#closed) throw new SyncError('closed', 'The engine was closed; make a new one.');
    return (this.#db ??= this.#open().catch((error: unknown) => {
      this.#db = undefined;
      return fail(error);
    }));
  }

  async #open(): Promise<IDBPDatabase<Schema>> {
    const drop = () => {
      this.#db = undefined;
    };
    const db = await openDB<Schema>(this.name, 1, {
      upgrade(db) {
        db.createObjectStore('log', { autoIncrement: true });
        db.createObjectStore('pages');
        db.createObjectStore('meta');
      },
      // Another tab wants to upgrade or delete: step aside, the next use opens again.
      blocking() {
        drop();
        db.close();
      },
      terminated: drop,
    });
    return db;
  }

  load(): Promise<Snapshot> {
    return this.#retry(async (db) => {
      const tx = db.transaction(['log', 'pages', 'meta']);
      const [folded = 0, pageKeys, pages, revs, log] = await Promise.all([
        tx.objectStore('meta').get('folded'),
        tx.objectStore('pages').getAllKeys(),
        tx.objectStore('pages').getAll(),
        tx.objectStore('log').getAllKeys(),
        tx.objectStore('log').getAll(),
      ]);
      return {
        folded,
        pages: new Map(pageKeys.map((key, i) => [key, pages[i]!])),
        log: revs.map((rev, i) => ({ rev, text: log[i]! })),
      };
    });
  }

  since(rev: Revision): Promise<LogEntry[] | 'stale'> {
    return this.#retry(async (db) => {
      const tx = db.transaction(['log', 'meta']);
      const { missed } = await readSince(tx.objectStore('log'), tx.objectStore('meta'), rev);
      return missed;
    });
  }

  commit(
    rev: Revision,
    build: (missed: LogEntry[], folded: Revision) => Commit | null,
    durability: 'strict' | 'relaxed',
  ): Promise<Revision | null | 'stale'> {
    return this.#retry(async (db) => {
      const tx = db.transaction(['log', 'pages', 'meta'], 'readwrite', { durability });
      const log = tx.objectStore('log');
      try {
        const { missed, folded } = await readSince(log, tx.objectStore('meta'), rev);
        const commit = missed === 'stale' ? null : build(missed, folded);
        const writes: Promise<unknown>[] = [];
        let appended: Promise<Revision> | null = null;
        if (commit?.record !== undefined) writes.push((appended = log.add(commit.record)));
        for (const [key, text] of commit?.pages ?? []) {
          const pages = tx.objectStore('pages');
          writes.push(text === null ? pages.delete(key) : pages.put(text, key));
        }
        if (commit?.fold !== undefined) {
          writes.push(log.delete(IDBKeyRange.upperBound(commit.fold)));
          writes.push(tx.objectStore('meta').put(commit.fold, 'folded'));
        }
        if (commit) tx.commit();
        await Promise.all([...writes, tx.done]);
        return missed === 'stale' ? 'stale' : appended;
      } catch (error) {
        tx.done.catch(() => {});
        throw error;
      }
    });
  }

  close(): void {
    this.#closed = true;
    void this.#db?.then((db) => db.close()).catch(() => {});
    this.#db = undefined;
  }

  async #retry<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    try {
      return await work(await this.connect());
    } catch (error) {
      if (this.#closed || !connectionLost(error)) return fail(error);
      this.#db = undefined;
      return await this.connect().then(work).catch(fail);
    }
  }
}

async function readSince(
  log: {
    getAll(range: IDBKeyRange): Promise<string[]>;
    getAllKeys(range: IDBKeyRange): Promise<number[]>;
  },
  meta: { get(key: 'folded'): Promise<number | undefined> },
  rev: Revision,
): Promise<{ missed: LogEntry[] | 'stale'; folded: Revision }> {
  const range = IDBKeyRange.lowerBound(rev, true);
  const [folded = 0, revs, texts] = await Promise.all([
    meta.get('folded'),
    log.getAllKeys(range),
    log.getAll(range),
  ]);
  const missed = revs.map((rev, i) => ({ rev, text: texts[i]! }));
  return { missed: folded > rev ? 'stale' : missed, folded };
}

/** https://bugs.webkit.org/show_bug.cgi?id=273827, https://crbug.com/40066226 and their kin. */
function connectionLost(error: unknown): boolean {
  return (
    error instanceof DOMException &&
    (error.name === 'InvalidStateError' ||
      error.name === 'UnknownError' ||
      error.name === 'AbortError')
  );
}

function fail(error: unknown): never {
  if (error instanceof SyncError || !(error instanceof DOMException)) throw error;
  if (error.name === 'QuotaExceededError')
    throw new SyncError(
      'quota',
      'The disk is full: free some space, nothing written so far is lost.',
      {
        cause: error,
      },
    );
  throw new SyncError('storage', 'The browser’s database refuses to work; reload the page.', {
    cause: error,
  });
}
