/**
 * Category 165 of hostile inputs: what this browser has stored was changed by somebody else, and
 * another tab says what no tab of ours would say.
 */
import { expect } from 'chai';
import {
  bytelystTransport,
  createSyncEngine,
  indexedDBStorage,
  type Row,
  type SyncEngine,
} from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task extends Row {
  title: string;
}

const STORES = ['log', 'pages', 'meta'] as const;

/** What a record is replaced with, as it is found. */
const CHANGES: Record<string, (record: unknown) => unknown> = {
  'is missing': () => undefined,
  'is null': () => null,
  'is a number': () => 5,
  'is a text': () => '<img src=x onerror="window.hacked = true">',
  'is an empty object': () => ({}),
  'is a list': () => [[[]]],
  'has members of other types': (record) => turned(record),
  'names a prototype': (record) =>
    typeof record === 'string'
      ? record.replace('{', '{"__proto__":{"hacked":1},')
      : Object.assign({}, record, { constructor: { prototype: { hacked: 1 } } }),
};

/** The same members, each of another type. */
function turned(value: unknown): unknown {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return Object.fromEntries(value.entries());
  if (typeof value !== 'object' || value === null) return [];
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, turned(of)]));
}

describe('hostile state', () => {
  let world: World;
  let name: string;
  let engines: SyncEngine[];
  beforeEach(() => {
    world = new World();
    name = `hostile-${crypto.randomUUID()}`;
    engines = [];
  });
  afterEach(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await indexedDBStorage(name).destroy();
  });

  const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');
  const open = (online: boolean) => {
    const device = world.device();
    device.online = online;
    const engine = createSyncEngine({
      storage: indexedDBStorage(name),
      transport: bytelystTransport({ url: '/v1' }),
      entities: { tasks: {} },
      ports: { network: device.network },
    });
    engines.push(engine);
    return { device, engine };
  };
  const until = async (holds: () => boolean, what: string) => {
    for (let i = 0; !holds(); i++) {
      if (i > 1_000) throw new Error(`Waited in vain: ${what}`);
      await new Promise((done) => setTimeout(done, 10));
    }
  };

  /** Does something with the database, past the engine. */
  async function inDatabase(work: (stores: Map<string, IDBObjectStore>) => void): Promise<void> {
    // One holds what this browser knows of its users, the other the rows of this one.
    const opened = await Promise.all(
      (await indexedDB.databases())
        .filter((one) => one.name?.startsWith(`bytelyst:${name}`))
        .map(
          (one) =>
            new Promise<IDBDatabase>((resolve, reject) => {
              const asked = indexedDB.open(one.name!);
              asked.onsuccess = () => resolve(asked.result);
              asked.onerror = () => reject(asked.error!);
            }),
        ),
    );
    const database = opened.find(({ objectStoreNames }) => objectStoreNames.contains('log'))!;
    const tx = database.transaction([...STORES], 'readwrite');
    const done = new Promise<void>((resolve, reject) => {
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error!);
    });
    work(new Map(STORES.map((store) => [store, tx.objectStore(store)])));
    await done;
    for (const one of opened) one.close();
  }

  /** Makes every record of a store another one; how many there were. */
  async function change(store: string, to: (record: unknown) => unknown): Promise<number> {
    let count = 0;
    await inDatabase((stores) => {
      const walking = stores.get(store)!.openCursor();
      walking.onsuccess = () => {
        const cursor = walking.result;
        if (!cursor) return;
        count++;
        const next = to(cursor.value);
        if (next === undefined) cursor.delete();
        else cursor.update(next);
        cursor.continue();
      };
    });
    return count;
  }

  for (const store of STORES) {
    for (const [what, to] of Object.entries(CHANGES)) {
      it(`is survived when every record of “${store}” ${what}`, async () => {
        world.server.write('tasks', 'theirs', { title: 'theirs' });
        const before = open(true);
        await until(() => tasks(before.engine).get('theirs') !== undefined, 'the first pull');
        await tasks(before.engine).create({ id: 'mine', title: 'mine' });
        await until(() => before.engine.getQueueLength() === 0, 'the first push');
        await before.engine.close();
        const count = await change(store, to);
        if (store !== 'pages') expect(count).to.be.above(0);

        // Whatever is left of it: it opens, takes writes, and is the server’s in the end.
        const { engine } = open(true);
        await engine.ready;
        await tasks(engine).create({ id: 'later', title: 'later' });
        const titles = () =>
          tasks(engine)
            .query()
            .get()
            .map(({ title }) => title)
            .sort((a, b) => (a < b ? -1 : 1))
            .join();
        await until(() => titles() === 'later,mine,theirs', `the rows, which are ${titles()}`);
        await until(() => engine.getQueueLength() === 0, 'the second push');
        expect(world.server.applied.filter((one) => one === 'create later')).to.have.length(1);
        expect(({} as { hacked?: number }).hacked).to.equal(undefined);
        expect('hacked' in window).to.equal(false);
      });
    }
  }

  it('is survived when other tabs say what no tab of ours would', async () => {
    world.server.write('tasks', 'theirs', { title: 'theirs' });
    const opened: string[] = [];
    const real = BroadcastChannel;
    window.BroadcastChannel = class extends real {
      constructor(of: string) {
        super(of);
        opened.push(of);
      }
    };
    const { engine } = open(true);
    await engine.ready;
    window.BroadcastChannel = real;
    await until(() => tasks(engine).get('theirs') !== undefined, 'the first pull');
    const heard: unknown[] = [];
    const forger = new BroadcastChannel(opened[0]!);
    forger.addEventListener('message', ({ data }) => heard.push(data));
    await tasks(engine).create({ id: 'mine', title: 'mine' });
    await until(() => heard.length > 0, 'what tabs say');
    const said = [...heard];
    const forged = [null, 5, '', 'x', [], {}, { type: '__proto__' }, '{"__proto__":{"hacked":1}}'];
    for (const message of said) {
      forged.push(turned(message) as object, message as object);
      if (typeof message !== 'object' || message === null) continue;
      for (const member of Object.keys(message)) {
        for (const value of [null, -1, 1e308, '', {}, [], '__proto__']) {
          forged.push({ ...message, [member]: value });
        }
      }
    }
    for (const message of forged) forger.postMessage(message);
    await new Promise((done) => setTimeout(done, 300));
    forger.close();
    await tasks(engine).create({ id: 'later', title: 'later' });
    await until(() => engine.getQueueLength() === 0, 'the push');
    expect(tasks(engine).query().get()).to.have.length(3);
    expect([...world.server.rows.values()].map(({ key }) => key)).to.have.members([
      'theirs',
      'mine',
      'later',
    ]);
    expect(({} as { hacked?: number }).hacked).to.equal(undefined);
  });
});
