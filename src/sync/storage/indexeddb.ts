/**
 * The log and pages on IndexedDB: one record a commit, one record a page. `idb` (1.2 KB) carries
 * promises; transactions are never held open across anything but their own requests.
 *
 * Browsers take the connection away under a page: WebKit loses its database process ("Connection
 * to Indexed Database server lost"), Chromium closes it for lack of memory. What fails for that
 * reason is tried once more on a new connection; the committer recognises its own record when it
 * had in truth arrived.
 */
import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { SyncError } from '../errors.js';
import type { Commit, Disk, Position, Refusal, Revision, Snapshot, Storage } from './storage.js';

/** One record about the database as a whole. */
interface Head {
  life: string;
  folded: Revision;
}

interface Schema extends DBSchema {
  log: { key: number; value: string };
  pages: { key: string; value: string };
  meta: { key: 'head'; value: Head };
}

type Stores = ('log' | 'pages' | 'meta')[];
type Transaction = IDBPTransaction<Schema, Stores, 'readonly' | 'readwrite'>;

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
        const life = [...crypto.getRandomValues(new Uint32Array(4))].join('-');
        void db.createObjectStore('meta').put({ life, folded: 0 }, 'head');
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
      const [head, pageKeys, pages, revs, log] = await Promise.all([
        tx.objectStore('meta').get('head'),
        tx.objectStore('pages').getAllKeys(),
        tx.objectStore('pages').getAll(),
        tx.objectStore('log').getAllKeys(),
        tx.objectStore('log').getAll(),
      ]);
      return {
        ...head!,
        pages: new Map(pageKeys.map((key, i) => [key, pages[i]!])),
        log: revs.map((rev, i) => ({ rev, text: log[i]! })),
      };
    });
  }

  since(at: Position): Promise<Refusal> {
    return this.#retry(async (db) => {
      const tx = db.transaction(['log', 'pages', 'meta']);
      return (await look(tx as Transaction, at)).answer;
    });
  }

  commit(
    at: Position,
    { record, pages, fold }: Commit,
    durability: 'strict' | 'relaxed',
  ): Promise<Revision | Refusal> {
    return this.#retry(async (db) => {
      const tx = db.transaction(['log', 'pages', 'meta'], 'readwrite', { durability });
      const { head, answer } = await look(tx as Transaction, at);
      const last = typeof answer === 'object' && !answer.missed.length;
      if (!last) return answer;
      // Another tab folded since: its pages are not those that this one knows.
      if (fold !== undefined && head.folded !== at.folded) return 'stale';

      const writes: Promise<unknown>[] = [];
      if (record !== undefined) writes.push(tx.objectStore('log').add(record));
      for (const [key, text] of pages ?? []) {
        const store = tx.objectStore('pages');
        writes.push(text === null ? store.delete(key) : store.put(text, key));
      }
      if (fold !== undefined) {
        writes.push(tx.objectStore('log').delete(IDBKeyRange.upperBound(fold)));
        writes.push(tx.objectStore('meta').put({ ...head, folded: fold }, 'head'));
      }
      tx.commit();
      await Promise.all([...writes, tx.done]);
      return record === undefined ? at.rev : at.rev + 1;
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

/** What has happened since a position. */
async function look(tx: Transaction, at: Position): Promise<{ head: Head; answer: Refusal }> {
  const range = IDBKeyRange.lowerBound(at.rev, true);
  const [found, revs, texts] = await Promise.all([
    tx.objectStore('meta').get('head'),
    tx.objectStore('log').getAllKeys(range),
    tx.objectStore('log').getAll(range),
  ]);
  const head = found!;
  if (head.life !== at.life) return { head, answer: 'lost' };
  if (head.folded > at.rev) return { head, answer: 'stale' };
  return { head, answer: { missed: revs.map((rev, i) => ({ rev, text: texts[i]! })) } };
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
