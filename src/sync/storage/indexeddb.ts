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
import { checkName, closedError, outdatedError, storageError } from './refusal.js';
import {
  FORMAT,
  newLife,
  type Commit,
  type Disk,
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

interface Schema extends DBSchema {
  log: { key: number; value: string };
  pages: { key: string; value: string };
  meta: { key: 'head'; value: Head };
}

type Database = IDBPDatabase<Schema>;
const STORES = ['log', 'pages', 'meta'] as const;
type Transaction<Mode extends IDBTransactionMode> = IDBPTransaction<Schema, typeof STORES, Mode>;

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
        deleteDB(database, { blocked: () => sayBlocked(fail) }).then(done, fail);
      }).catch(fail);
    },
    forUser: (other) => databaseOf(name, checkName(other)),
  };
}

class IndexedDBDisk implements Disk {
  #db: Promise<Database> | undefined;
  #closed = false;
  #asked = false;

  constructor(private readonly name: string) {}

  connect(): Promise<Database> {
    if (this.#closed) throw closedError();
    return (this.#db ??= this.#open().catch((error: unknown) => {
      this.#db = undefined;
      return fail(error);
    }));
  }

  #open(): Promise<Database> {
    if (!globalThis.indexedDB) throw unavailable();
    const drop = () => {
      this.#db = undefined;
    };
    return new Promise((done, fail) => {
      let waited = false;
      openDB<Schema>(this.name, FORMAT, {
        // Format 1 needs no change here: what is new in 2 is written as it is folded.
        upgrade(db, old, _new, tx) {
          // Whatever fails here fails the opening.
          tx.done.catch(() => {});
          if (old) return;
          db.createObjectStore('log', { autoIncrement: true });
          db.createObjectStore('pages');
          const head = { life: newLife(), folded: 0 };
          db.createObjectStore('meta')
            .put(head, 'head')
            .catch(() => {});
        },
        // Who asks again is let in when the other tab has gone.
        blocked: () =>
          sayBlocked((error) => {
            waited = true;
            fail(error);
          }),
        // Another tab wants to upgrade or delete: step aside, the next use opens again.
        blocking(_old, _new, event) {
          drop();
          (event.target as IDBDatabase).close();
        },
        terminated: drop,
      }).then((db) => (waited ? db.close() : done(db)), fail);
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
        await complete([asked, ...write(tx, at, commit), tx.done]);
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

  async #retry<T>(work: (db: Database) => Promise<T>): Promise<T> {
    try {
      return await work(await this.connect());
    } catch (error) {
      if (this.#closed || !connectionLost(error)) return fail(error);
      this.#db = undefined;
      return await this.connect().then(work).catch(fail);
    }
  }
}

function begin<Mode extends 'readonly' | 'readwrite'>(
  db: Database,
  mode: Mode,
  durability: 'strict' | 'relaxed' = 'relaxed',
): Transaction<Mode> {
  const tx = db.transaction(STORES, mode, { durability });
  // Its requests tell of failure to whoever waits for them.
  tx.done.catch(() => {});
  return tx;
}

async function loadAll(db: Database): Promise<Snapshot> {
  const tx = begin(db, 'readonly');
  const [head, pageKeys, pages, revs, log] = await Promise.all([
    tx.objectStore('meta').get('head'),
    tx.objectStore('pages').getAllKeys(),
    tx.objectStore('pages').getAll(),
    tx.objectStore('log').getAllKeys(),
    tx.objectStore('log').getAll(),
  ]);
  return snapshot(head!, pageKeys, pages, revs, log);
}

/**
 * Reads what can be read, one by one: Chromium keeps large values in files of their own, and a lost
 * one fails every `getAll` (“Failed to read large IndexedDB value”). A failed request ends its
 * transaction, so each has its own.
 */
async function loadEach(db: Database): Promise<Snapshot> {
  const store = <Name extends 'log' | 'pages' | 'meta'>(name: Name) =>
    begin(db, 'readonly').objectStore(name);
  const [head, pageKeys, revs] = await Promise.all([
    store('meta').get('head'),
    store('pages').getAllKeys(),
    store('log').getAllKeys(),
  ]);
  const readable = (found: Promise<string | undefined>): Promise<string | null> =>
    found.then(
      (text) => text ?? null,
      () => null,
    );
  const pages = await Promise.all(pageKeys.map((key) => readable(store('pages').get(key))));
  const log = await Promise.all(revs.map((rev) => readable(store('log').get(rev))));
  if ([...pages, ...log].every((text) => text === null)) throw new Error('Nothing can be read.');
  return snapshot(head!, pageKeys, pages, revs, log);
}

function snapshot<Text extends string | null>(
  head: Head,
  pageKeys: string[],
  pages: Text[],
  revs: number[],
  log: Text[],
): Snapshot {
  return {
    ...head,
    pages: new Map(pageKeys.map((key, i) => [key, pages[i]!])),
    log: revs.map((rev, i) => ({ rev, text: log[i]! })),
  };
}

/**
 * Whether the position is the end of the log. Where a record is to be appended its place tells: one
 * that is taken refuses it (ConstraintError).
 */
async function mayWrite(
  tx: Transaction<'readwrite'>,
  at: Position,
  { record, fold }: Commit,
): Promise<boolean> {
  const [head, last, next] = await Promise.all([
    tx.objectStore('meta').get('head'),
    tx.objectStore('log').getKey(at.rev),
    record === undefined ? tx.objectStore('log').getKey(at.rev + 1) : undefined,
  ]);
  const { life, folded } = head!;
  if (life !== at.life || folded > at.rev || next !== undefined) return false;
  // Ahead of the disk: what it is told to follow was never there.
  if (folded < at.rev && last === undefined) return false;
  return fold === undefined || folded === at.folded;
}

function write(
  tx: Transaction<'readwrite'>,
  { life, rev }: Position,
  { record, pages, fold }: Commit,
): Promise<unknown>[] {
  const log = tx.objectStore('log');
  const writes: Promise<unknown>[] = [];
  try {
    if (record !== undefined) writes.push(log.add(record, rev + 1));
    for (const [key, text] of pages ?? []) {
      const store = tx.objectStore('pages');
      writes.push(text === null ? store.delete(key) : store.put(text, key));
    }
    if (fold !== undefined) {
      writes.push(log.delete(IDBKeyRange.upperBound(fold)));
      writes.push(tx.objectStore('meta').put({ life, folded: fold }, 'head'));
    }
    return writes;
  } catch (error) {
    // A text that is too large is refused at once, and would else leave the others to be written.
    tx.abort();
    for (const begun of writes) begun.catch(() => {});
    throw error;
  }
}

/** What has happened since a position. */
async function look(tx: Transaction<'readonly'>, at: Position): Promise<Refusal> {
  const range = IDBKeyRange.lowerBound(at.rev, true);
  const [head, revs, texts] = await Promise.all([
    tx.objectStore('meta').get('head'),
    tx.objectStore('log').getAllKeys(range),
    tx.objectStore('log').getAll(range),
  ]);
  const { life, folded } = head!;
  if (life !== at.life) return 'lost';
  if (folded > at.rev) return 'stale';
  return { missed: revs.map((rev, i) => ({ rev, text: texts[i]! })) };
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
    'This browser allows no IndexedDB here (private mode, blocked site data): use localStorageStorage or memoryStorage.',
    { cause },
  );
}

/** Not at once: a connection that is just closing is no obstacle. */
function sayBlocked(fail: (error: SyncError) => void): void {
  const message =
    'Another tab holds the database open: close or reload it, then this goes on by itself.';
  setTimeout(() => fail(new SyncError('blocked', message)), 1_000);
}
