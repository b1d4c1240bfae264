import { expect } from 'chai';
import {
  memoryStorage,
  type Row,
  type Storage,
  type SyncEngine,
  type SyncEngineConfig,
} from '../../src/sync/index.js';
import { EMPTY } from './world/model-server.js';
import { World, type Device } from './world/world.js';

interface Task extends Row {
  title: string;
  note?: string;
  likes?: number;
}

const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');

/** A server whose database reaches the disk only with a backup, and goes back to it. */
describe('a server that was restored from a backup', () => {
  let world: World;
  let device: Device;
  let engine: SyncEngine;
  beforeEach(async () => {
    world = new World();
    world.server.onDisk = false;
    device = world.device();
    engine = await open(device);
  });
  afterEach(() => world.end());

  const open = async (on: Device, entities: SyncEngineConfig['entities'] = { tasks: {} }) => {
    const tab = world.tab({ device: on, entities });
    await tab.ready;
    await world.settle();
    return tab;
  };

  const lose = async (backup = world.server.backup()) => {
    world.server.restore(backup);
    for (let round = 0; round < 3; round++) await world.pass(70_000);
  };

  /** A device whose writes get through while its pulls don't: it knows no life of the server yet. */
  const beforeTheFirstPull = async (storage?: Storage) => {
    const fresh = world.device(storage);
    let pulls = false;
    const network = {
      ...fresh.network,
      fetch: (input: string, init?: RequestInit) =>
        pulls || !input.includes('/sync/pull')
          ? fresh.network.fetch(input, init)
          : Promise.reject(new TypeError('Failed to fetch')),
    };
    const tab = world.tab({ device: fresh, entities: { tasks: {} }, ports: { network } });
    await tab.ready;
    await tasks(tab).create({ id: 'early', title: 'Accepted' });
    await world.settle();
    expect(world.server.row('tasks', 'early')).to.deep.equal({ title: 'Accepted' });
    return { tab, pull: () => (pulls = true) };
  };

  it('gets back what it had accepted before the device could pull', async () => {
    const backup = world.server.backup();
    const { tab, pull } = await beforeTheFirstPull();
    world.server.restore(backup);
    pull();
    for (let round = 0; round < 3; round++) await world.pass(70_000);
    expect(world.server.row('tasks', 'early')).to.deep.equal({ title: 'Accepted' });
    expect(tab.getStatus()).to.include({ pending: 0, failed: 0, status: 'idle' });
  });

  it('gets back what it was sure of before the first pull, though the disk takes that answer last', async () => {
    world.server.onDisk = true;
    const backup = world.server.backup();
    const memory = memoryStorage();
    let failing = true;
    const storage: Storage = {
      ...memory,
      async open() {
        const disk = await memory.open();
        const commit: typeof disk.commit = (at, what, how) =>
          failing && what.record?.includes('"done"')
            ? Promise.reject(new Error('gone'))
            : disk.commit(at, what, how);
        return { ...disk, commit };
      },
    };
    const { tab, pull } = await beforeTheFirstPull(storage);
    world.server.restore(backup);
    pull();
    await world.pass(70_000);
    failing = false;
    for (let round = 0; round < 3; round++) await world.pass(70_000);
    expect(world.server.row('tasks', 'early')).to.deep.equal({ title: 'Accepted' });
    expect(tab.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('gets what it had accepted before the first pull first, and then what was written since', async () => {
    const backup = world.server.backup();
    const { tab, pull } = await beforeTheFirstPull();
    world.server.restore(backup);
    await tasks(tab).update('early', { title: 'Later' });
    await world.settle();
    pull();
    await world.pass(140_000);
    expect(world.server.row('tasks', 'early')).to.deep.equal({ title: 'Later' });
    expect(tab.failed()).to.deep.equal([]);
    expect(tab.getStatus()).to.include({ pending: 0, conflicts: 0 });
  });

  it('takes along what it was sure of and lost all the same, also before the first pull', async () => {
    world.server.onDisk = true;
    const backup = world.server.backup();
    const { tab, pull } = await beforeTheFirstPull();
    world.server.restore(backup);
    pull();
    for (let round = 0; round < 3; round++) await world.pass(70_000);
    expect(tasks(tab).get('early')).to.equal(undefined);
    expect(tab.getStatus()).to.include({ pending: 0, failed: 0, status: 'idle' });
  });

  it('takes along what it lost while the first pull was on its way', async () => {
    world.server.onDisk = true;
    const backup = world.server.backup();
    const fresh = world.device();
    let arrive!: () => void;
    const onItsWay = new Promise<void>((resolve) => (arrive = resolve));
    const network = {
      ...fresh.network,
      fetch: async (input: string, init?: RequestInit) => {
        if (input.includes('/sync/pull')) await onItsWay;
        return fresh.network.fetch(input, init);
      },
    };
    const tab = world.tab({ device: fresh, entities: { tasks: {} }, ports: { network } });
    await tab.ready;
    await tasks(tab).create({ id: 'early', title: 'Accepted' }).synced;
    world.server.restore(backup);
    arrive();
    for (let round = 0; round < 3; round++) await world.pass(70_000);
    expect(tasks(tab).get('early')).to.equal(undefined);
  });

  it('gets back what it had accepted since, and nobody waited for it meanwhile', async () => {
    const backup = world.server.backup();
    const write = tasks(engine).create({ id: 'a', title: 'Accepted' });
    await write;
    await world.settle();
    await write.synced;
    expect(engine.getStatus()).to.include({ pending: 0, status: 'idle' });
    expect(engine.exportPending()).to.deep.equal([]);
    await lose(backup);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Accepted' });
    expect(tasks(engine).get('a')).to.deep.equal({ id: 'a', title: 'Accepted' });
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
  });

  it('gets nothing twice that had survived', async () => {
    await tasks(engine).create({ id: 'a', title: 'Accepted' });
    await world.settle();
    await tasks(engine).update('a', { note: 'Also' });
    await world.settle();
    const backup = world.server.backup();
    world.server.applied.length = 0;
    await lose(backup);
    expect(world.server.applied).to.deep.equal([]);
    expect(world.server.rows.get('tasks/a')).to.include({ version: 2 });
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
  });

  it('counts once what survived and once what did not', async () => {
    world.server.write('tasks', 'a', { title: 'Counted', likes: 0 });
    await engine.close();
    engine = await open(device, { tasks: { fields: { likes: 'counter' } } });
    const like = async () => {
      await tasks(engine).update('a', { likes: tasks(engine).get('a')!.likes! + 1 });
      await world.settle();
    };
    await like();
    await like();
    const backup = world.server.backup();
    await like();
    await like();
    expect(world.server.row('tasks', 'a')).to.include({ likes: 4 });
    await lose(backup);
    expect(world.server.row('tasks', 'a')).to.include({ likes: 4 });
    expect(tasks(engine).get('a')?.likes).to.equal(4);
  });

  it('counts once what others had added before a member was removed', async () => {
    world.server.write('tasks', 'a', { title: 'Counted', likes: 0, note: 'N' });
    await engine.close();
    engine = await open(device, { tasks: { fields: { likes: 'counter' } } });
    const backup = world.server.backup();
    await tasks(engine).update('a', { title: 'Mine' });
    await world.settle();
    world.server.write('tasks', 'a', { title: 'Mine', likes: 5, note: 'N' });
    await world.pass(1_000);
    await tasks(engine).update('a', { note: undefined });
    await world.settle();
    await lose(backup);
    // Who had added five adds them again.
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Mine', likes: 0 });
  });

  it('merges what was lost with what others wrote in the new life', async () => {
    world.server.write('tasks', 'a', { title: 'Start', note: 'Start' });
    await world.settle();
    const backup = world.server.backup();
    await tasks(engine).update('a', { title: 'Mine' });
    await world.settle();
    device.online = false;
    world.server.restore(backup);
    world.server.write('tasks', 'a', { title: 'Start', note: 'Theirs' });
    device.online = true;
    await world.pass(70_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Mine', note: 'Theirs' });
  });

  it('is not taken for the one that had the same version of another row', async () => {
    const empty = world.server.backup();
    world.server.write('tasks', 'a', { title: 'Start' });
    await engine.close();
    engine = await open(device, { tasks: { conflictStrategy: 'manual' } });
    await tasks(engine).update('a', { title: 'Mine' });
    await world.settle();
    device.online = false;
    world.server.restore(empty);
    world.server.write('tasks', 'a', { title: 'Another' });
    device.online = true;
    await world.pass(70_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Another' });
    expect(engine.getStatus()).to.include({ conflicts: 1 });
  });

  it('gets back creations, edits and deletions in their order, after a reload too', async () => {
    world.server.write('tasks', 'old', { title: 'Old' });
    await world.settle();
    const backup = world.server.backup();
    await tasks(engine).create({ id: 'a', title: 'One' });
    await world.settle();
    await tasks(engine).update('a', { title: 'Two' });
    await tasks(engine).delete('old');
    await world.settle();
    await tasks(engine).create({ id: 'b', title: 'Gone' });
    await world.settle();
    await tasks(engine).delete('b');
    await world.settle();
    await engine.close();
    world.server.restore(backup);
    engine = await open(device);
    await world.pass(70_000);
    const alive = [...world.server.rows.values()].filter(({ value }) => value);
    expect(alive.map(({ key, value }) => [key, value!.title])).to.deep.equal([['a', 'Two']]);
    expect(tasks(engine).query().get()).to.deep.equal([{ id: 'a', title: 'Two' }]);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
  });

  it('gets back a row that was deleted and made anew while another named it', async () => {
    const entities = { tasks: {}, notes: { dependsOn: { task: 'tasks' } } };
    const other = await open(world.device(), entities);
    world.server.write('tasks', 'a', { title: 'Theirs' });
    await world.pass(60_000);
    await other.collection('notes').create({ id: 'n', task: 'a' });
    await world.settle();
    await tasks(other).delete('a');
    await world.settle();
    await tasks(other).create({ id: 'a', title: 'Anew' });
    await world.settle();
    await lose(EMPTY);
    expect(other.getStatus()).to.include({ pending: 0, failed: 0 });
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Anew' });
    expect(world.server.row('notes', 'n')).to.deep.equal({ task: 'a' });
  });

  it('is healed by two devices that both wrote the lost row, whoever comes first', async () => {
    for (const first of [0, 1]) {
      const devices = [device, world.device()];
      const engines = [engine, await open(devices[1]!)];
      const id = `shared-${first}`;
      const backup = world.server.backup();
      await tasks(engines[0]!).create({ id, title: 'Made' });
      await world.settle();
      await world.pass(1_000);
      await tasks(engines[1]!).update(id, { note: 'Added' });
      await world.settle();
      for (const each of devices) each.online = false;
      world.server.restore(backup);
      devices[first]!.online = true;
      await world.pass(70_000);
      devices[1 - first]!.online = true;
      await world.pass(70_000);
      await world.pass(70_000);
      expect(world.server.row('tasks', id)).to.deep.equal({ title: 'Made', note: 'Added' });
      for (const each of engines) {
        expect(tasks(each).get(id)).to.deep.equal({ id, title: 'Made', note: 'Added' });
        expect(each.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
      }
      await engines[1]!.close();
    }
  });

  it('takes what was written offline after what it had lost', async () => {
    const backup = world.server.backup();
    await tasks(engine).create({ id: 'a', title: 'Lost' });
    await world.settle();
    device.online = false;
    await tasks(engine).update('a', { note: 'Offline' });
    world.server.restore(backup);
    device.online = true;
    await world.pass(70_000);
    await world.pass(70_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Lost', note: 'Offline' });
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
  });

  it('keeps what was written behind a conflict that waits for a person', async () => {
    const backup = world.server.backup();
    const on = world.device();
    const tab = await open(on, { tasks: { conflictStrategy: 'manual' } });
    await tasks(tab).create({ id: 'a', title: 'Accepted' });
    await world.settle();
    on.online = false;
    await tasks(tab).delete('a');
    await tasks(tab).create({ id: 'a', title: 'Anew' });
    world.server.write('tasks', 'a', { title: 'Theirs' });
    on.online = true;
    await world.pass(10_000);
    expect(tab.conflicts()).to.have.length(1);
    await tasks(tab).update('a', { note: 'behind it' });
    world.server.restore(backup);
    world.server.write('tasks', 'a', { title: 'In the new life' });
    await world.pass(140_000);
    world.server.write('tasks', 'a', { title: 'Later in the new life' });
    await world.pass(70_000);
    expect(tab.conflicts()).to.have.length(1);
    expect(tasks(tab).get('a')).to.include({ title: 'Anew', note: 'behind it' });
    await tab.resolve(tab.conflicts()[0]!.id, 'local');
    await world.pass(10_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Anew', note: 'behind it' });
  });

  it('brings no row back whose deletion it still knows', async () => {
    await tasks(engine).create({ id: 'a', title: 'Accepted' });
    await tasks(engine).create({ id: 'b', title: 'Stays' });
    await world.settle();
    device.online = false;
    world.server.write('tasks', 'a', null);
    world.server.restore(world.server.backup());
    device.online = true;
    await world.pass(140_000);
    expect(tasks(engine).query().get()).to.deep.equal([{ id: 'b', title: 'Stays' }]);
    expect(world.server.row('tasks', 'a')).to.equal(null);
  });

  it('is not offered what it was sure of', async () => {
    await tasks(engine).create({ id: 'a', title: 'Backed up' });
    await world.settle();
    const backup = world.server.backup();
    await engine.pull();
    await world.settle();
    world.server.rows.clear();
    const requests = world.server.requests.length;
    await lose({ ...backup, answers: [] });
    const pushes = world.server.requests.slice(requests).filter((r) => r.startsWith('POST'));
    expect(pushes).to.deep.equal([]);
  });

  it('gets back all that it had accepted, however much', async () => {
    for (let i = 0; i < 1_500; i++) void tasks(engine).create({ id: `t${i}`, title: 'x' });
    await world.settle();
    expect(engine.getStatus()).to.include({ pending: 0 });
    world.server.restore();
    device.online = false;
    await world.settle();
    device.online = true;
    await world.pass(1_000);
    await lose(EMPTY);
    expect(world.server.rows.size).to.equal(1_500);
    expect(tasks(engine).query().get()).to.have.length(1_500);
  }).timeout(20_000);
});
