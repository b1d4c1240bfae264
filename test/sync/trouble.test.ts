import { expect } from 'chai';
import { problem } from '../../src/protocol/index.js';
import {
  type EntityConfig,
  SyncError,
  memoryStorage,
  type Row,
  type Storage,
  type SyncEngine,
} from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task extends Row {
  title: string;
  note?: string;
}

const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');

describe('a write that the server refused', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  it('goes again together with the update that mends it', async () => {
    const engine = world.tab();
    world.server.refuse = ({ value }) => value?.title === '';
    await tasks(engine).create({ id: 'a', title: '', note: 'kept' });
    await world.settle();
    expect(engine.getStatus().failed).to.equal(1);
    const fix = tasks(engine).update('a', { title: 'Mended' });
    await fix;
    await world.settle();
    await fix.synced;
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Mended', note: 'kept' });
    expect(engine.getStatus()).to.include({ failed: 0, pending: 0 });
  });

  it('never hides or overwrites what was accepted after it', async () => {
    world.server.write('tasks', 'a', { title: 'Start' });
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    world.server.refuse = ({ patch }) => patch?.title === 'bad';
    await tasks(engine).update('a', { title: 'bad' });
    await world.settle();
    await tasks(engine).update('a', { title: 'good' });
    await world.settle();
    await engine.reprocessFailed();
    await world.settle();
    expect(tasks(engine).get('a')?.title).to.equal('good');
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'good' });
  });

  it('is not condemned by a proxy’s page', async () => {
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    world.server.nextAnswers.push(new Response('<h1>Not found</h1>', { status: 404 }));
    await tasks(engine).create({ id: 'a', title: 'Still there' });
    await world.settle();
    expect(engine.getStatus()).to.include({ failed: 0, pending: 1 });
    await world.pass(60_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Still there' });
  });
});

describe('a conflict', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const diverge = async (engine: SyncEngine, device: { online: boolean }) => {
    await engine.ready;
    await world.settle();
    device.online = false;
    const write = tasks(engine).update('a', { title: 'Mine' });
    await write;
    world.server.write('tasks', 'a', { title: 'Theirs' });
    device.online = true;
    await world.pass(5_000);
    return { write };
  };

  it('is parked when the app’s own resolver throws, and holds nothing else up', async () => {
    world.server.write('tasks', 'a', { title: 'Start' });
    const device = world.device();
    const conflictStrategy = () => {
      throw new TypeError('a bug in the app');
    };
    const engine = world.tab({ device, entities: { tasks: { conflictStrategy } } });
    await diverge(engine, device);
    await tasks(engine).create({ id: 'b', title: 'Goes on' });
    await world.settle();
    expect(engine.getStatus()).to.include({ conflicts: 1, storage: 'ok', pending: 0 });
    expect(world.server.row('tasks', 'b')).to.deep.equal({ title: 'Goes on' });
  });

  it('tells the writer whose change lost', async () => {
    world.server.write('tasks', 'a', { title: 'Start' });
    const device = world.device();
    const entities = { tasks: { conflictStrategy: 'server-wins' } } as const;
    const { write } = await diverge(world.tab({ device, entities }), device);
    const error: unknown = await write.synced.catch((e: unknown) => e);
    expect(error).to.have.property('code', 'overruled');
  });

  it('is found in a write that waited behind one in flight', async () => {
    world.server.write('tasks', 'a', { title: 'Start', note: 'Start' });
    const device = world.device();
    const entities = { tasks: { conflictStrategy: 'manual' } } as const;
    const engine = world.tab({ device, entities });
    await engine.ready;
    await world.settle();
    world.faults.push('drop-response');
    await tasks(engine).update('a', { note: 'Mine' });
    await world.settle();
    await tasks(engine).update('a', { title: 'Mine' });
    world.server.write('tasks', 'a', { title: 'Theirs', note: 'Mine' });
    await world.pass(60_000);
    expect(engine.getStatus()).to.include({ conflicts: 1 });
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Theirs', note: 'Mine' });
  });

  it('is found across a restored database: old versions mean nothing there', async () => {
    world.server.write('tasks', 'a', { title: 'Start' });
    const device = world.device();
    const entities = { tasks: { conflictStrategy: 'manual' } } as const;
    const engine = world.tab({ device, entities });
    await engine.ready;
    await world.settle();
    world.faults.push('drop-request');
    await tasks(engine).update('a', { title: 'Mine' });
    await world.settle();
    world.server.rows.clear();
    world.server.seq = 0;
    world.server.epoch = 'restored';
    world.server.write('tasks', 'a', { title: 'Theirs' });
    await world.pass(120_000);
    expect(engine.getStatus()).to.include({ conflicts: 1 });
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Theirs' });
  });
});

describe('a slow or strict server', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  it('is left alone as long as it asked, also when the user comes back to the tab', async () => {
    const device = world.device();
    const engine = world.tab({ device });
    await engine.ready;
    await world.settle();
    const headers = { 'retry-after': '120' };
    world.server.nextAnswers.push(Response.json(problem('unavailable'), { status: 503, headers }));
    await tasks(engine).create({ title: 'Patience' });
    await world.settle();
    const pushes = () => world.server.requests.filter((r) => r.includes('push')).length;
    const before = pushes();
    device.online = true; // The hint that a focus gives too.
    await world.pass(60_000);
    expect(pushes()).to.equal(before);
    await world.pass(70_000);
    expect(engine.getStatus().pending).to.equal(0);
  });

  it('may take minutes over a pull that keeps arriving', async () => {
    for (let i = 0; i < 6; i++) world.server.write('tasks', `t${i}`, { title: `${i}` });
    const device = world.device();
    const { network } = device;
    const slow = async (input: string, init?: RequestInit): Promise<Response> => {
      const response = await network.fetch(input, init);
      if (!input.includes('/sync/pull')) return response;
      const text = await response.text();
      const bytes = new TextEncoder().encode(text);
      let at = 0;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          let over = false;
          init?.signal?.addEventListener('abort', () => {
            if (!over) controller.error(init.signal!.reason);
            over = true;
          });
          const step = () => {
            if (over) return;
            const next = at + Math.ceil(bytes.length / 6);
            controller.enqueue(bytes.slice(at, next));
            at = next;
            over = at >= bytes.length;
            if (over) controller.close();
            else world.clock.after(20_000, step);
          };
          step();
        },
      });
      return new Response(body);
    };
    const engine = world.tab({ device, ports: { network: { ...network, fetch: slow } } });
    await engine.ready;
    for (let i = 0; i < 40 && !tasks(engine).get('t5'); i++) {
      await new Promise((done) => setTimeout(done, 20));
      world.clock.runNext(world.clock.now() + 20_000);
    }
    expect(tasks(engine).query().get()).to.have.length(6);
  });
});

describe('a device’s storage', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  it('is tried again when it could not be opened at first', async () => {
    const storage = memoryStorage();
    let broken = 2;
    const flaky: Storage = {
      ...storage,
      open: () => (broken-- > 0 ? Promise.reject(new Error('busy')) : storage.open()),
    };
    const engine = world.tab({ device: world.device(flaky) });
    const failed: unknown = await engine.ready.catch((e: unknown) => e);
    expect(failed).to.have.property('code', 'storage');
    expect(engine.getStatus()).to.include({ status: 'error', storage: 'degraded' });
    await world.pass(10_000);
    await tasks(engine).create({ id: 'a', title: 'At last' });
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'At last' });
    expect(engine.getStatus()).to.include({ storage: 'ok', pending: 0 });
  });

  it('may be deleted under an open tab: what was not sent goes into the new one', async () => {
    world.server.write('tasks', 'theirs', { title: 'Theirs' });
    const storage = memoryStorage();
    const device = world.device(storage);
    const engine = world.tab({ device });
    await engine.ready;
    await world.settle();
    device.online = false;
    await tasks(engine).create({ id: 'a', title: 'Not sent' });
    await storage.destroy(); // The browser evicted it.
    await tasks(engine).create({ id: 'b', title: 'After' });
    expect(engine.getQueueLength()).to.equal(2);
    await engine.close();
    device.online = true;
    const again = world.tab({ device });
    await again.ready;
    await world.settle();
    expect(tasks(again).query().get()).to.have.length(3);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Not sent' });
  });

  it('that was deleted brings no row back that had been accepted before and was deleted since', async () => {
    const storage = memoryStorage();
    const device = world.device(storage);
    const asleep = world.tab({ device });
    await asleep.ready;
    await world.settle();
    world.faults.push('drop-response');
    await tasks(asleep).create({ id: 'a', title: 'Accepted' });
    await world.settle();
    device.online = false;
    await storage.destroy();
    world.server.write('tasks', 'a', null);
    const awake = world.tab({ device: world.device(storage) });
    await awake.ready;
    await world.settle();
    await awake.close();
    await tasks(asleep).create({ id: 'b', title: 'After' });
    device.online = true;
    await world.pass(20_000);
    expect(asleep.getStatus().pending).to.equal(0);
    expect(tasks(asleep).query().get()).to.deep.equal([{ id: 'b', title: 'After' }]);
  });

  it('that holds a newer row than the app saw asks before the row is deleted', async () => {
    world.server.write('tasks', 'a', { title: 'Start' });
    const storage = memoryStorage();
    const [here, there] = [world.device(storage), world.device(storage)];
    const one = world.tab({ device: here });
    await one.ready;
    await world.settle();
    here.online = false;
    world.server.write('tasks', 'a', { title: 'Theirs' });
    const two = world.tab({ device: there });
    await two.ready;
    await world.settle();
    await two.close();
    expect(tasks(one).get('a')).to.include({ title: 'Start' });
    await tasks(one).delete('a');
    expect(tasks(one).get('a')).to.include({ title: 'Theirs' });
    const [letter] = one.failed();
    expect([letter?.operation, letter?.problem.code]).to.deep.equal(['delete', 'conflict']);
    here.online = true;
    await world.pass(20_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Theirs' });
    await one.reprocessFailed(letter!.id);
    await world.pass(20_000);
    expect(world.server.row('tasks', 'a')).to.equal(null);
    expect(one.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('that was deleted gets back what each tab had joined to one write, unheard by the other', async () => {
    const storage = memoryStorage();
    const [here, there] = [world.device(storage), world.device(storage)];
    here.online = there.online = false;
    const one = world.tab({ device: here });
    await tasks(one).create({ id: 'a', title: 'Start' });
    const two = world.tab({ device: there });
    await two.ready;
    await tasks(two).update('a', { note: 'Two' });
    await storage.destroy();
    await tasks(one).update('a', { title: 'One' });
    await tasks(two).create({ id: 'b', title: 'After' });
    expect(tasks(two).get('a')).to.deep.equal({ id: 'a', title: 'One', note: 'Two' });
  });

  it('that was deleted counts once what a tab saves that slept while another sent it', async () => {
    const storage = memoryStorage();
    const [here, there] = [world.device(storage), world.device(storage)];
    const entities = { tasks: { fields: { likes: 'counter' as const } } };
    const asleep = world.tab({ device: here, entities });
    await asleep.ready;
    await world.settle();
    world.faults.push('drop-request');
    await asleep.collection('tasks').create({ id: 'a', likes: 1 });
    await world.settle();
    here.online = false;
    await asleep.collection('tasks').update('a', { likes: 3 });
    const awake = world.tab({ device: there, entities });
    await awake.ready;
    await world.pass(60_000);
    await awake.close();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ likes: 3 });

    await storage.destroy();
    await asleep.collection('tasks').create({ id: 'b' });
    const release = world.holdPushes();
    here.online = true;
    await world.settle();
    release();
    await world.pass(60_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ likes: 3 });
    expect(asleep.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('that was deleted gets what a tab saves merged with what the new one has pulled since', async () => {
    world.server.write('tasks', 'a', { likes: 1 });
    const storage = memoryStorage();
    const [here, there] = [world.device(storage), world.device(storage)];
    const entities = { tasks: { fields: { likes: 'counter' as const } } };
    const asleep = world.tab({ device: here, entities });
    await asleep.ready;
    await world.settle();
    here.online = false;
    await asleep.collection('tasks').update('a', { likes: 3 });
    await storage.destroy();
    world.server.write('tasks', 'a', { likes: 10 });
    const awake = world.tab({ device: there, entities });
    await awake.ready;
    await world.settle();
    await awake.close();
    await asleep.collection('tasks').create({ id: 'b' });
    here.online = true;
    await world.pass(60_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ likes: 12 });
    expect(asleep.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('that was deleted keeps the rows that something is pending on, to merge it with', async () => {
    world.server.write('tasks', 'a', { title: 'Start' });
    const storage = memoryStorage();
    const device = world.device(storage);
    const engine = world.tab({ device });
    await engine.ready;
    await world.settle();
    device.online = false;
    await tasks(engine).update('a', { note: 'Mine' });
    await storage.destroy();
    world.server.write('tasks', 'a', { title: 'Theirs' });
    const pending: number[] = [];
    engine.onStatusChange((status) => pending.push(status.pending));
    await tasks(engine).create({ id: 'b', title: 'After' });
    expect(Math.min(...pending)).to.equal(1);
    expect(tasks(engine).get('a')).to.deep.equal({ id: 'a', title: 'Start', note: 'Mine' });
    device.online = true;
    await world.pass(5_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Theirs', note: 'Mine' });
  });

  it('that failed for a moment is well again in a tab that writes nothing', async () => {
    const storage = memoryStorage();
    let broken = false;
    const failing = <T>(work: () => Promise<T>) =>
      broken ? Promise.reject(new Error('gone')) : work();
    const flaky: Storage = {
      ...storage,
      async open() {
        const disk = await storage.open();
        return {
          ...disk,
          since: (at) => failing(() => disk.since(at)),
          commit: (...all) => failing(() => disk.commit(...all)),
        };
      },
    };
    const device = world.device(flaky);
    const [one, two] = [world.tab({ device }), world.tab({ device })];
    await Promise.all([one.ready, two.ready]);
    await world.settle();
    broken = true;
    await tasks(two)
      .create({ title: 'Refused' })
      .catch(() => {});
    expect(two.getStatus()).to.include({ storage: 'degraded' });
    broken = false;
    await world.pass(5_000);
    expect(two.getStatus()).to.include({ storage: 'ok', status: 'idle' });
  });

  it('keeps what was changed on rows that the new one has not got yet', async () => {
    const storage = memoryStorage();
    const device = world.device(storage);
    const engine = world.tab({ device });
    await tasks(engine).create({ id: 'a', title: 'One' });
    await world.settle();
    device.online = false;
    await tasks(engine).update('a', { title: 'Two' });
    await storage.destroy();
    await tasks(engine).create({ id: 'b', title: 'After' });
    expect(tasks(engine).get('a')).to.deep.equal({ id: 'a', title: 'Two' });
    device.online = true;
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Two' });
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('may fail while what waits is rescued into a new one: memory still has it', async () => {
    const storage = memoryStorage();
    let refuse = false;
    const flaky: Storage = {
      ...storage,
      async open() {
        const disk = await storage.open();
        return {
          ...disk,
          commit: async (...args) => {
            if (refuse) throw new Error('The disk hiccups.');
            return disk.commit(...args);
          },
        };
      },
    };
    const device = world.device(flaky);
    device.online = false;
    const engine = world.tab({ device });
    await tasks(engine).create({ id: 'a', title: 'Not sent' });
    await storage.destroy();
    refuse = true;
    await tasks(engine)
      .create({ id: 'b', title: 'Refused' })
      .catch(() => {});
    expect(engine.getQueueLength()).to.equal(1);
    refuse = false;
    await world.pass(5_000);
    device.online = true;
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Not sent' });
  });

  it('may be gone and full when the log is folded: what waits is kept in memory until it fits', async () => {
    const storage = memoryStorage();
    let full = false;
    const flaky: Storage = {
      ...storage,
      async open() {
        const disk = await storage.open();
        return {
          ...disk,
          commit: async (...args) => {
            if (full) throw new SyncError('quota', 'The disk is full.');
            return disk.commit(...args);
          },
        };
      },
    };
    const device = world.device(flaky);
    device.online = false;
    const engine = world.tab({ device });
    await engine.ready;
    await engine
      .collection('tasks')
      .createMany(Array.from({ length: 2_500 }, (_, i) => ({ id: `t${i}` })));
    await storage.destroy();
    full = true;
    await world.pass(10_000);
    expect(engine.getQueueLength()).to.equal(2_500);
    full = false;
    await world.pass(10_000);
    expect(engine.getQueueLength()).to.equal(2_500);
    device.online = true;
    await world.pass(10_000);
    expect(world.server.applied).to.have.length(2_500);
  });

  it('is followed by a new one in the same versions, scopes and shapes', async () => {
    const storage = memoryStorage();
    const device = world.device(storage);
    const entities = {
      tasks: { version: 2, migrations: { 2: ({ n, ...row }) => ({ ...row, n: Number(n) + 1 }) } },
    } as const satisfies Record<string, EntityConfig>;
    const engine = world.tab({ device, entities });
    device.online = false;
    await engine.ready;
    await engine.collection('tasks').create({ id: 'a', n: 1 });
    await storage.destroy();
    await engine.collection('tasks').create({ id: 'b', n: 2 });
    await engine.close();
    const again = world.tab({ device, entities });
    await again.ready;
    expect(again.collection('tasks').query().get()).to.deep.equal([
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ]);
  });

  it('is looked at again by a tab that only reads, when it has failed for a moment', async () => {
    const storage = memoryStorage();
    let broken = false;
    const flaky: Storage = {
      ...storage,
      async open() {
        const disk = await storage.open();
        return {
          ...disk,
          since: async (at) => {
            if (broken) throw new Error('The disk hiccups.');
            return disk.since(at);
          },
        };
      },
    };
    const device = world.device(storage);
    const writer = world.tab({ device });
    await writer.ready;
    const reader = world.tab({ device: Object.assign(device, { storage: flaky }) });
    await reader.ready;
    await world.settle();
    broken = true;
    await Promise.all(
      Array.from({ length: 300 }, (_, i) => tasks(writer).create({ title: `${i}`.repeat(99) })),
    );
    await world.settle();
    expect(reader.getStatus()).to.include({ storage: 'degraded', status: 'error' });
    broken = false;
    await world.pass(5_000);
    expect(reader.getStatus()).to.include({ storage: 'ok', status: 'idle' });
    expect(tasks(reader).query().get()).to.have.length(300);
  });

  it('says nothing of what waits before it has been read', () => {
    expect(world.tab().getStatus().status).to.equal('syncing');
  });

  /** A tab whose log is so long that it is folded in the next seconds, on a disk that fails then. */
  const aboutToFold = async (storage: Storage, onFold: () => Promise<void>) => {
    let folds = 0;
    const watched: Storage = {
      ...storage,
      async open() {
        const disk = await storage.open();
        return {
          ...disk,
          async commit(at, commit, durability) {
            if (commit.fold !== undefined && folds++ === 0) await onFold();
            return disk.commit(at, commit, durability);
          },
        };
      },
    };
    const device = world.device(watched);
    device.online = false;
    const engine = world.tab({ device });
    await engine.ready;
    await world.settle();
    device.online = true;
    for (let i = 0; i < 2_100; i++) void tasks(engine).create({ id: `t${i}`, title: 'x' });
    await tasks(engine).create({ id: 'last', title: 'Last' });
    await world.settle();
    return { device, engine, folds: () => folds };
  };

  it('loses no page when it fails while the log is folded', async () => {
    let broken = false;
    const storage = memoryStorage();
    const flaky: Storage = {
      ...storage,
      async open() {
        const disk = await storage.open();
        const load = () => (broken ? Promise.reject(new Error('gone')) : disk.load());
        return { ...disk, load };
      },
    };
    const { device, engine, folds } = await aboutToFold(flaky, () => {
      broken = true;
      return Promise.reject(new Error('gone'));
    });
    await world.pass(2_500);
    expect(folds()).to.equal(1);
    broken = false;
    await world.pass(5_000);
    for (let i = 0; i < 2_100; i++) void tasks(engine).create({ title: 'y' });
    await tasks(engine).create({ id: 'more', title: 'More' });
    await world.pass(10_000);
    expect(folds()).to.be.above(1);
    await engine.close();
    const again = world.tab({ device });
    await again.ready;
    expect(tasks(again).query().get()).to.have.length(4_202);
  });

  it('keeps what is pending when it is found to be deleted while the log is folded', async () => {
    const storage = memoryStorage();
    const { device, engine } = await aboutToFold(storage, () => storage.destroy());
    device.online = false;
    await tasks(engine).create({ id: 'pending', title: 'Not sent' });
    await world.pass(5_000);
    expect(engine.getQueueLength()).to.equal(1);
    await engine.close();
    const again = world.tab({ device });
    await again.ready;
    expect(tasks(again).get('pending')?.title).to.equal('Not sent');
  });

  it('is let go of by every tab when one destroys it, and nothing comes back', async () => {
    const device = world.device();
    const [one, two] = [world.tab({ device }), world.tab({ device })];
    await Promise.all([one.ready, two.ready]);
    await tasks(one).create({ title: 'Private' });
    await one.destroy();
    await world.settle();
    const late: unknown = await tasks(two)
      .create({ title: 'Late' })
      .catch((e: unknown) => e);
    expect(late).to.have.property('code', 'closed');
  });

  it('holds the mark of what was sent for certain before it is sent', async () => {
    const storage = memoryStorage();
    const marks: string[] = [];
    const watched: Storage = {
      ...storage,
      async open() {
        const disk = await storage.open();
        return {
          ...disk,
          commit(at, commit, durability) {
            if (commit.record?.includes('"sent":[[')) marks.push(durability);
            return disk.commit(at, commit, durability);
          },
        };
      },
    };
    const engine = world.tab({ device: world.device(watched) });
    await tasks(engine).create({ title: 'x' });
    await world.settle();
    expect(marks).to.deep.equal(['strict']);
  });
});
