/**
 * The log and pages on IndexedDB: one record a commit, one record a page. Transactions are
 * never held open across anything but their own requests.
 *
 * Browsers take the connection away under a page: WebKit loses its database process ("Connection
 * to Indexed Database server lost"), Chromium closes it for lack of memory. What fails for that
 * reason is tried once more on a new connection; the committer recognises its own record when it
 * had in truth arrived.
 */
import { SyncError } from '../errors.js';
import { checkName, closedError, outdatedError, storageError } from './refusal.js';
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
import { localStorageWitness } from './local-storage-witness.js';

/** One record about the database as a whole; its format is the database's version. */
interface Head {
  life: string;
  folded: Revision;
}

/** Texts of the log by revision, texts of pages by their names, and the head. */
const STORES = ['log', 'pages', 'meta'];

/** What a store of texts holds under a key; `null` where it can't be read. */
type Stored<Key> = readonly [Key, string | null];

/** A database of this origin. The browser is asked once to keep it when it would make space. */
export function indexedDBStorage(name: string): Storage {
  return databaseOf(checkName(name));
}

function databaseOf(name: string, user?: string): Storage {
  // The users' have another prefix: no name that an app gives can be the same.
  const database =
    user === undefined
      ? `bytelyst:${name}`
      : `bytelyst-user:${encodeURIComponent(name)}:${encodeURIComponent(user)}`;
  const witness = localStorageWitness(database);
  return {
    name: database,
    witness,
    async open() {
      const disk = new IndexedDBDisk(database);
      await disk.connect();
      return disk;
    },
    async destroy() {
      witness.write('');
      await new Promise<void>((done, fail) => {
        const request = indexedDB.deleteDatabase(database);
        request.onblocked = () => sayBlocked(fail);
        settled(request).then(() => done(), fail);
      }).catch(fail);
    },
    forUser: (other) => databaseOf(name, checkName(other)),
  };
}

class IndexedDBDisk implements Disk {
  #db: Promise<IDBDatabase> | undefined;
  #closed = false;
  #asked = false;

  constructor(private readonly name: string) {}

  connect(): Promise<IDBDatabase> {
    if (this.#closed) throw closedError();
    return (this.#db ??= this.#open().catch((error: unknown) => {
      this.#db = undefined;
      return fail(error);
    }));
  }

  #open(): Promise<IDBDatabase> {
    if (!globalThis.indexedDB) throw unavailable();
    const drop = () => {
      this.#db = undefined;
    };
    return new Promise((done, fail) => {
      let waited = false;
      const request = indexedDB.open(this.name, FORMAT);
      // Format 1 needs no change here: what is new in 2 is written as it is folded.
      request.onupgradeneeded = ({ oldVersion }) => {
        if (oldVersion) return;
        const db = request.result;
        db.createObjectStore('log', { autoIncrement: true });
        db.createObjectStore('pages');
        const head: Head = { life: newLife(), folded: 0 };
        // Whatever fails here fails the opening.
        db.createObjectStore('meta').put(head, 'head');
      };
      // Who asks again is let in when the other tab has gone.
      request.onblocked = () =>
        sayBlocked((error) => {
          waited = true;
          fail(error);
        });
      settled(request).then((db) => {
        if (waited) return db.close();
        db.onclose = drop;
        // Another tab wants to upgrade or delete: step aside, the next use opens again.
        db.onversionchange = () => {
          drop();
          db.close();
        };
        done(db);
      }, fail);
    });
  }

  load(): Promise<Snapshot> {
    return this.#retry(loadAll).catch(async (error: unknown) => {
      const rest = await this.#retry(loadEach).catch(() => null);
      // When nothing at all can be read, it is the disk that refuses.
      return rest ?? fail(error);
    });
  }

  since(at: Position): Promise<Refusal> {
    return this.#retry((db) => look(begin(db, 'readonly'), at));
  }

  commit(
    at: Position,
    commit: Commit,
    durability: 'strict' | 'relaxed',
  ): Promise<Revision | Refusal> {
    if (durability === 'strict' && !this.#asked) {
      this.#asked = true;
      void globalThis.navigator?.storage?.persist?.().catch(() => {});
    }
    return this.#retry(async (db) => {
      const tx = begin(db, 'readwrite', durability);
      // In one breath with the writes: to wait for the answer first costs half as much again.
      let allowed = true;
      const asked = mayWrite(tx, at, commit).then((answer) => {
        allowed = answer;
        if (answer) tx.commit();
        else tx.abort();
      });
      asked.catch(() => {});
      try {
        await complete([asked, ...write(tx, at, commit), ended(tx)]);
      } catch (error) {
        if (allowed && (error as Error).name !== 'ConstraintError') throw error;
        const answer = await look(begin(db, 'readonly'), at);
        // Nothing was missed: another tab folded, and its pages are not those that this one knows.
        return typeof answer === 'object' && !answer.missed.length ? 'stale' : answer;
      }
      return commit.record === undefined ? at.rev : at.rev + 1;
    });
  }

  close(): void {
    this.#closed = true;
    void this.#db?.then((db) => db.close()).catch(() => {});
    this.#db = undefined;
  }

  async #retry<T>(work: (db: IDBDatabase) => Promise<T>): Promise<T> {
    try {
      return await work(await this.connect());
    } catch (error) {
      if (this.#closed || !connectionLost(error)) return fail(error);
      this.#db = undefined;
      return await this.connect().then(work).catch(fail);
    }
  }
}

function begin(
  db: IDBDatabase,
  mode: IDBTransactionMode,
  durability: 'strict' | 'relaxed' = 'relaxed',
): IDBTransaction {
  return db.transaction(STORES, mode, { durability });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  const result = new Promise<T>((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  // Whoever waits for it learns of it; when a transaction fails, not everybody does.
  result.catch(() => {});
  return result;
}

/** Resolves when all of it is on disk. */
function ended(tx: IDBTransaction): Promise<void> {
  return new Promise((done, fail) => {
    tx.oncomplete = () => done();
    tx.onabort = () => fail(tx.error ?? new DOMException('Aborted', 'AbortError'));
  });
}

/** In place of a head that is damaged: what else there is can be read and written all the same. */
const NO_HEAD: Head = { life: '', folded: 0 };

async function headOf(tx: IDBTransaction): Promise<Head> {
  const head = await settled<Head | null | undefined>(tx.objectStore('meta').get('head'));
  return head?.life ? head : NO_HEAD;
}

async function textsOf<Key>(store: IDBObjectStore, range?: IDBKeyRange): Promise<Stored<Key>[]> {
  const [keys, texts] = await Promise.all([
    settled(store.getAllKeys(range)),
    settled<string[]>(store.getAll(range)),
  ]);
  return texts.map((text, i) => [keys[i] as Key, text]);
}

async function loadAll(db: IDBDatabase): Promise<Snapshot> {
  const tx = begin(db, 'readonly');
  const [head, pages, log] = await Promise.all([
    headOf(tx),
    textsOf<string>(tx.objectStore('pages')),
    textsOf<Revision>(tx.objectStore('log')),
  ]);
  return { ...head, pages: new Map(pages), log: log.map(entry) };
}

/**
 * Reads what can be read, one by one: Chromium keeps large values in files of their own, and a lost
 * one fails every `getAll` (“Failed to read large IndexedDB value”). A failed request ends its
 * transaction, so each has its own.
 */
async function loadEach(db: IDBDatabase): Promise<Snapshot> {
  const tx = () => begin(db, 'readonly');
  const each = async <Key extends IDBValidKey>(name: string): Promise<Stored<Key>[]> => {
    const keys = (await settled(tx().objectStore(name).getAllKeys())) as Key[];
    const texts = keys.map((key) =>
      settled<string>(tx().objectStore(name).get(key)).catch(() => null),
    );
    return (await Promise.all(texts)).map((text, i) => [keys[i]!, text ?? null]);
  };
  const [head, pages, log] = await Promise.all([
    headOf(tx()),
    each<string>('pages'),
    each<Revision>('log'),
  ]);
  if ([...pages, ...log].every(([, text]) => text === null))
    throw new Error('Nothing can be read.');
  return { ...head, pages: new Map(pages), log: log.map(entry) };
}

function entry([rev, text]: Stored<Revision>): LogEntry {
  return { rev, text };
}

/**
 * Whether the position is the end of the log. Where a record is to be appended its place tells: one
 * that is taken refuses it (ConstraintError).
 */
async function mayWrite(
  tx: IDBTransaction,
  at: Position,
  { record, fold }: Commit,
): Promise<boolean> {
  const log = tx.objectStore('log');
  const [{ life, folded }, last, next] = await Promise.all([
    headOf(tx),
    settled(log.getKey(at.rev)),
    record === undefined ? settled(log.getKey(at.rev + 1)) : undefined,
  ]);
  if (life !== at.life || folded > at.rev || next !== undefined) return false;
  // Ahead of the disk: what it is told to follow was never there.
  if (folded < at.rev && last === undefined) return false;
  return fold === undefined || folded === at.folded;
}

function write(
  tx: IDBTransaction,
  { life, rev }: Position,
  { record, pages, fold }: Commit,
): Promise<unknown>[] {
  const [log, store] = [tx.objectStore('log'), tx.objectStore('pages')];
  const writes: IDBRequest[] = [];
  try {
    if (record !== undefined) writes.push(log.add(record, rev + 1));
    for (const [key, text] of pages ?? [])
      writes.push(text === null ? store.delete(key) : store.put(text, key));
    if (fold !== undefined) {
      writes.push(log.delete(IDBKeyRange.upperBound(fold)));
      writes.push(tx.objectStore('meta').put({ life, folded: fold }, 'head'));
    }
    return writes.map(settled);
  } catch (error) {
    // A text that is too large is refused at once, and would else leave the others to be written.
    tx.abort();
    throw error;
  }
}

/** What has happened since a position. */
async function look(tx: IDBTransaction, at: Position): Promise<Refusal> {
  const [{ life, folded }, missed] = await Promise.all([
    headOf(tx),
    textsOf<Revision>(tx.objectStore('log'), IDBKeyRange.lowerBound(at.rev, true)),
  ]);
  if (life !== at.life) return 'lost';
  if (folded > at.rev) return 'stale';
  return { missed: missed.map(entry) };
}

/** When one request fails, the others say only that they were aborted: the reason counts. */
async function complete(requests: Promise<unknown>[]): Promise<void> {
  const ends = await Promise.allSettled(requests);
  const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  if (failed.length)
    throw failed.find((error) => (error as Error).name !== 'AbortError') ?? failed[0];
}

/** https://bugs.webkit.org/show_bug.cgi?id=273827, https://crbug.com/40066226 and their kin. */
function connectionLost(error: unknown): boolean {
  const { name } = error as Error;
  return name === 'InvalidStateError' || name === 'UnknownError' || name === 'AbortError';
}

function fail(error: unknown): never {
  const { name } = error as Error;
  if (name === 'VersionError') throw outdatedError(error);
  if (name === 'SecurityError') throw unavailable(error);
  throw storageError(error);
}

function unavailable(cause?: unknown): SyncError {
  return new SyncError(
    'unavailable',
    'IndexedDB is not allowed here (private mode, blocked site data): use memoryStorage.',
    { cause },
  );
}

/** Not at once: a connection that is just closing is no obstacle. */
function sayBlocked(fail: (error: SyncError) => void): void {
  const message = 'Another tab holds the database open: close or reload it.';
  setTimeout(() => fail(new SyncError('blocked', message)), 1_000);
}
