import { expect } from 'chai';
import { memoryStorage, SyncError, type Storage } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

/** A disk that may be full: then it takes nothing. */
function bounded(): Storage & { full: boolean } {
  const memory = memoryStorage();
  const storage = {
    ...memory,
    full: false,
    async open() {
      const disk = await memory.open();
      const commit: typeof disk.commit = async (...args) => {
        if (storage.full) throw new SyncError('quota', 'The disk is full.');
        return disk.commit(...args);
      };
      return { ...disk, commit };
    },
  };
  return storage;
}

describe('a full disk', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  /** A row on the disk of two tabs, which is full when it is to be sent. */
  const written = async () => {
    const storage = bounded();
    const device = world.device(storage);
    device.online = false;
    const [leader, follower] = [world.tab({ device }), world.tab({ device })];
    await Promise.all([leader.ready, follower.ready]);
    await follower.collection('tasks').create({ id: 'a', title: 'One' });
    await world.settle();
    storage.full = true;
    return { storage, device, follower, tabs: [leader, follower] };
  };

  /** What it does to its answer: on its way, and then it arrives; or it never does. */
  const answers = {
    'is under way': async (device: Device) => {
      const release = world.holdPushes();
      device.online = true;
      await world.pass(1_000);
      return release;
    },
    'was lost': async (device: Device) => {
      world.loseAnswers = 1;
      device.online = true;
      await world.settle();
      return () => {};
    },
  };

  it('refuses new writes, and still sends those it holds', async () => {
    const storage = bounded();
    const device = world.device(storage);
    device.online = false;
    const tab = world.tab({ device });
    const quotas: unknown[] = [];
    tab.on('quota', (detail) => quotas.push(detail));
    await tab.ready;
    await tab.collection('tasks').create({ id: 'a' });
    await tab.collection('tasks').create({ id: 'b' });
    storage.full = true;
    const refused = await tab
      .collection('tasks')
      .create({ id: 'c' })
      .catch((error: SyncError) => error.code);
    expect(refused).to.equal('quota');
    expect(tab.collection('tasks').get('c')).to.equal(undefined);
    expect(tab.getStatus().storage).to.equal('degraded');
    expect(quotas).to.have.length.above(0);

    device.online = true;
    await world.pass(60_000);
    expect(world.server.applied).to.deep.equal(['create a', 'create b']);

    storage.full = false;
    await world.pass(120_000);
    expect(tab.getStatus()).to.deep.include({ pending: 0, storage: 'ok', status: 'idle' });
    expect(world.server.applied).to.deep.equal(['create a', 'create b']);
    await tab.collection('tasks').create({ id: 'c' });
    await world.settle();
    expect(world.server.applied).to.deep.equal(['create a', 'create b', 'create c']);
  });

  for (const [how, send] of Object.entries(answers))
    describe(`that took no mark of a write whose answer ${how}`, () => {
      it('keeps what another tab joins to it', async () => {
        const { storage, device, follower, tabs } = await written();
        const arrive = await send(device);
        expect(world.server.applied).to.deep.equal(['create a']);
        storage.full = false;
        await follower.collection('tasks').update('a', { title: 'Two', note: 'more' });
        await world.settle();
        arrive();
        await world.pass(60_000);
        for (const tab of tabs) {
          const row = { id: 'a', title: 'Two', note: 'more' };
          expect(tab.collection('tasks').get('a')).to.deep.equal(row);
          expect(tab.getStatus()).to.include({ pending: 0, failed: 0 });
        }
        expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Two', note: 'more' });
      });

      for (const anew of [false, true])
        it(`deletes it when another tab does${anew ? ', and makes it anew' : ''}`, async () => {
          const { storage, device, follower, tabs } = await written();
          const arrive = await send(device);
          storage.full = false;
          await follower.collection('tasks').delete('a');
          if (anew) await follower.collection('tasks').create({ id: 'a', title: 'Anew' });
          await world.settle();
          arrive();
          await world.pass(60_000);
          const row = anew ? { title: 'Anew' } : null;
          expect(world.server.row('tasks', 'a')).to.deep.equal(row);
          for (const tab of tabs) {
            expect(tab.collection('tasks').get('a') ?? null).to.deep.equal(
              row && { ...row, id: 'a' },
            );
            expect(tab.getStatus()).to.include({ pending: 0, failed: 0 });
          }
        });
    });
});
