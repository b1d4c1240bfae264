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

/** Engines on this browser's own IndexedDB, Web Locks, BroadcastChannel and clock. */
describe('the engine in this browser', () => {
  let world: World;
  let name: string;
  let engines: SyncEngine[];
  beforeEach(() => {
    world = new World();
    name = `engine-${crypto.randomUUID()}`;
    engines = [];
  });
  afterEach(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await indexedDBStorage(name).destroy();
  });

  const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');

  const tab = ({ online = true } = {}) => {
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

  const until = async (holds: () => boolean) => {
    for (let i = 0; !holds(); i++) {
      if (i > 500) throw new Error(`Waited in vain for ${holds.toString()}`);
      await new Promise((done) => setTimeout(done, 10));
    }
  };

  it('keeps thousands of rows over a reload, written at once and not sent yet', async () => {
    const { engine } = tab({ online: false });
    const writes = Array.from({ length: 3_000 }, (_, i) => tasks(engine).create({ title: `${i}` }));
    await Promise.all(writes);
    await engine.close();
    const { engine: again } = tab({ online: false });
    await again.ready;
    expect(tasks(again).query().get()).to.have.length(3_000);
    expect(again.getStatus()).to.include({ pending: 3_000, status: 'offline' });
  });

  it('shows a second tab what the first commits, and sends it once', async () => {
    const [one, two] = [tab().engine, tab().engine];
    await Promise.all([one.ready, two.ready]);
    const seen: number[] = [];
    tasks(two)
      .query()
      .subscribe((rows) => seen.push(rows.length));
    await tasks(one).create({ id: 'a', title: 'Seen' });
    await until(() => seen.at(-1) === 1);
    await until(() => one.getQueueLength() === 0 && two.getQueueLength() === 0);
    expect(world.server.applied).to.deep.equal(['create a']);
    expect([one, two].filter((engine) => engine.getStatus().leader)).to.have.length(1);
  });

  it('lets another tab lead when the leader closes', async () => {
    const { engine: one } = tab();
    await one.ready;
    await until(() => one.getStatus().leader);
    const { engine: two } = tab();
    await two.ready;
    await one.close();
    await until(() => two.getStatus().leader);
    await tasks(two).create({ id: 'a', title: 'Still sent' });
    await until(() => world.server.row('tasks', 'a') !== null);
  });

  it('opens its database again when the browser took it away', async () => {
    const { engine } = tab({ online: false });
    await tasks(engine).create({ id: 'a', title: 'Before' });
    // Another connection that wants to upgrade makes ours step aside, as a lost one would be.
    await new Promise<void>((done, fail) => {
      const request = indexedDB.open(`bytelyst:${name}`, 99);
      request.onupgradeneeded = () => request.transaction!.abort();
      request.onerror = (event) => {
        event.preventDefault();
        done();
      };
      request.onsuccess = () => fail(new Error('The upgrade was meant to be aborted.'));
    });
    await tasks(engine).create({ id: 'b', title: 'After' });
    await engine.close();
    const { engine: again } = tab({ online: false });
    await again.ready;
    expect(tasks(again).query().get()).to.have.length(2);
  });

  it('takes a write back, with a typed error, when the database refuses it', async () => {
    const { engine } = tab({ online: false });
    await tasks(engine).create({ id: 'a', title: 'Before' });
    // A newer version of the app in another tab has upgraded the database.
    await new Promise<void>((done, fail) => {
      const request = indexedDB.open(`bytelyst:${name}`, 99);
      request.onsuccess = () => {
        request.result.close();
        done();
      };
      request.onerror = () => fail(request.error ?? new Error('The upgrade failed.'));
    });
    const error: unknown = await tasks(engine)
      .create({ id: 'b', title: 'Refused' })
      .catch((e: unknown) => e);
    expect(error).to.have.property('code', 'outdated');
    expect(tasks(engine).get('b')).to.equal(undefined);
    expect(engine.getStatus()).to.include({ status: 'error', storage: 'degraded' });
    expect(engine.exportPending()).to.have.length(1);
  });
});
