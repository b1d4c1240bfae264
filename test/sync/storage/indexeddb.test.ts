import { expect } from 'chai';
import {
  indexedDBStorage,
  type Disk,
  type Position,
  type Storage,
} from '../../../src/sync/index.js';

/** What a browser does to a database besides reading and writing. */
describe('IndexedDB', () => {
  let name: string;
  let storage: Storage;
  let restore: () => void;
  beforeEach(() => {
    name = `test-${crypto.randomUUID()}`;
    storage = indexedDBStorage(name);
    restore = () => {};
  });
  afterEach(async () => {
    restore();
    await storage.destroy();
  });

  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: unknown) => (error as { code?: string }).code,
    );
  const raw = (version: number, upgrade: (db: IDBDatabase) => void = () => {}) =>
    new Promise<IDBDatabase>((done, fail) => {
      const request = indexedDB.open(storage.name, version);
      request.onupgradeneeded = () => upgrade(request.result);
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error ?? new Error('It did not open.'));
    });
  const end = async (disk: Disk): Promise<Position> => {
    const { life, folded, log } = await disk.load();
    return { life, folded, rev: log.at(-1)?.rev ?? folded };
  };
  const append = async (disk: Disk, record: string) =>
    disk.commit(await end(disk), { record }, 'strict');

  /** Replaces a method of the platform until the test is over. */
  const replace = <T extends object, K extends keyof T>(target: T, key: K, value: T[K]) => {
    const before = Object.getOwnPropertyDescriptor(target, key)!;
    Object.defineProperty(target, key, { ...before, value });
    restore = () => Object.defineProperty(target, key, before);
  };

  /** The stores as format 1 had them. */
  const formatOne = (db: IDBDatabase) => {
    db.createObjectStore('log', { autoIncrement: true }).put('{"by":["t",1]}');
    db.createObjectStore('pages').put('[]', 'outbox');
    db.createObjectStore('meta').put({ life: 'old', folded: 0 }, 'head');
  };

  it('of format 1 is taken over with all that is in it', async () => {
    (await raw(1, formatOne)).close();
    const disk = await storage.open();
    expect(await disk.load()).to.deep.equal({
      life: 'old',
      folded: 0,
      pages: new Map([['outbox', '[]']]),
      log: [{ rev: 1, text: '{"by":["t",1]}' }],
    });
    disk.close();
  });

  it('that another tab holds open at an older version is said to be blocked, then opens', async () => {
    const old = await raw(1, formatOne);
    expect(await code(storage.open())).to.equal('blocked');
    old.close();
    const disk = await storage.open();
    expect((await disk.load()).life).to.equal('old');
    disk.close();
  });

  it('is left to a newer version of the app, and says to reload', async () => {
    const disk = await storage.open();
    const at = await end(disk);
    const newer = await raw(99); // `versionchange` made the disk step aside.
    expect(await code(disk.commit(at, { record: 'late' }, 'strict'))).to.equal('outdated');
    expect(await code(storage.open())).to.equal('outdated');
    newer.close();
  });

  it('is opened again when the browser closed the connection', async () => {
    const disk = await storage.open();
    await append(disk, 'one');
    const { transaction } = IDBDatabase.prototype;
    replace(IDBDatabase.prototype, 'transaction', function (this: IDBDatabase, ...args) {
      restore();
      this.close();
      return transaction.apply(this, args);
    });
    expect(await append(disk, 'two')).to.equal(2);
    disk.close();
  });

  it('writes nothing at all when it refuses one of the texts', async () => {
    const disk = await storage.open();
    await append(disk, 'one');
    const { put } = IDBObjectStore.prototype;
    // Chromium: “The serialized keys and/or value are too large.”
    replace(IDBObjectStore.prototype, 'put', function (this: IDBObjectStore, value, key) {
      if (value === 'large') throw new DOMException('Too large.', 'UnknownError');
      return put.call(this, value, key);
    });
    const pages = new Map([
      ['p:1', 'small'],
      ['p:2', 'large'],
    ]);
    const folding = disk.commit(await end(disk), { pages, fold: 1 }, 'strict');
    expect(await code(folding)).to.equal('storage');
    expect(await disk.load()).to.deep.include({ pages: new Map(), folded: 0 });
    disk.close();
  });

  it('gives back the rest when a value can’t be read', async () => {
    const disk = await storage.open();
    await append(disk, 'one');
    const pages = new Map([
      ['p:1', 'whole'],
      ['p:2', 'lost'],
    ]);
    await disk.commit(await end(disk), { pages }, 'strict');
    // Chromium: “Failed to read large IndexedDB value”, of each request that includes it.
    const { get, getAll } = IDBObjectStore.prototype;
    const failing = (request: IDBRequest, store: IDBObjectStore) => {
      queueMicrotask(() => store.transaction.abort());
      return request;
    };
    replace(IDBObjectStore.prototype, 'getAll', function (this: IDBObjectStore, ...args) {
      const request = getAll.apply(this, args);
      return this.name === 'pages' ? failing(request, this) : request;
    });
    const restoreAll = restore;
    replace(IDBObjectStore.prototype, 'get', function (this: IDBObjectStore, key) {
      const request = get.call(this, key);
      return key === 'p:2' ? failing(request, this) : request;
    });
    const restoreOne = restore;
    restore = () => (restoreOne(), restoreAll());
    const snapshot = await disk.load();
    expect(snapshot.pages).to.deep.equal(
      new Map([
        ['p:1', 'whole'],
        ['p:2', null],
      ]),
    );
    expect(snapshot.log).to.deep.equal([{ rev: 1, text: 'one' }]);
    disk.close();
  });

  it('that is not allowed here says what to use instead', async () => {
    replace(IDBFactory.prototype, 'open', () => {
      throw new DOMException('Denied.', 'SecurityError');
    });
    const error: unknown = await storage.open().catch((e: unknown) => e);
    expect(error).to.have.property('code', 'unavailable');
    expect(error).to.have.property('message').that.includes('memoryStorage');
  });

  // WebKitGTK has no such request.
  if ('StorageManager' in globalThis)
    it('asks the browser once to keep what there is to lose', async () => {
      let asked = 0;
      replace(StorageManager.prototype, 'persist', async () => {
        asked++;
        throw new Error('Nobody must wait for the answer.');
      });
      const disk = await storage.open();
      await disk.commit(await end(disk), { record: 'again' }, 'relaxed');
      expect(asked).to.equal(0);
      await append(disk, 'mine');
      await append(disk, 'mine too');
      expect(asked).to.equal(1);
      disk.close();
    });

  it('keeps its witness beside it, and none once it was destroyed on purpose', async () => {
    storage.witness!.write('note');
    expect(indexedDBStorage(name).witness!.read()).to.equal('note');
    expect(storage.forUser!('ada').witness!.read()).to.equal(null);
    await storage.destroy();
    expect(storage.witness!.read()).to.equal(null);
  });
});
