import { expect } from 'chai';
import {
  indexedDBStorage,
  memoryStorage,
  SyncError,
  type Disk,
  type Storage,
} from '../../src/sync/index.js';
import { World } from './world/world.js';

/** A storage whose disks do what the test says, and that knows how many are open. */
function watched(storage: Storage = memoryStorage(), commit?: Disk['commit']) {
  const seen = { opened: 0, open: 0, commits: 0, destroyedOpen: false };
  const watching: Storage = {
    name: storage.name,
    async open() {
      seen.opened++;
      const disk = await storage.open();
      seen.open++;
      return {
        load: () => disk.load(),
        since: (at) => disk.since(at),
        commit: (...args) => {
          seen.commits++;
          return (commit ?? disk.commit)(...args);
        },
        close: () => {
          seen.open--;
          disk.close();
        },
      };
    },
    destroy() {
      seen.destroyedOpen ||= seen.open > 0;
      return storage.destroy();
    },
    forUser: (user) => watched(storage.forUser!(user)).storage,
  };
  return { storage: watching, seen };
}

const titles = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

describe('opening and closing', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  it('leaves nothing open and nothing running when it is closed while it opens', async () => {
    const { storage, seen } = watched();
    const tab = world.tab({ device: world.device(storage) });
    await tab.close();
    await world.pass(60_000);
    expect(seen).to.include({ open: 0, opened: 1 });
    expect(tab.getStatus().leader).to.equal(false);
    expect(world.server.requests).to.deep.equal([]);
  });

  it('tells the other tabs what was written to it while it opened, though it was closed at once', async () => {
    const device = world.device();
    const other = world.tab({ device });
    await other.ready;
    await world.settle();
    const tab = world.tab({ device });
    const written = tab.collection('tasks').create({ id: 'a', title: 'Closed upon' });
    await tab.close();
    await written;
    await world.pass(1_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Closed upon' });
    expect(other.collection('tasks').get('a')).to.include({ title: 'Closed upon' });
  });

  it('does not try the disk again once it is closed', async () => {
    const { storage, seen } = watched(memoryStorage(), async () => {
      throw new Error('no');
    });
    const tab = world.tab({ device: world.device(storage) });
    await tab.ready.catch(() => {});
    await tab.close();
    const { opened } = seen;
    await world.pass(600_000);
    expect(seen.opened).to.equal(opened);
  });

  it('tries a disk that refuses to be led from now and then, not in a circle', async () => {
    let refuses = false;
    const plain = memoryStorage();
    const disk = await plain.open();
    const { storage, seen } = watched(plain, (...args) => {
      if (refuses) throw new Error('no');
      return disk.commit(...args);
    });
    const device = world.device(storage);
    const [first, second] = [world.tab({ device }), world.tab({ device })];
    await Promise.all([first.ready, second.ready]);
    await world.settle();
    refuses = true;
    await first.close();
    const { commits } = seen;
    await world.pass(60_000);
    expect(seen.commits - commits).to.be.within(2, 40);
    refuses = false;
    await world.pass(70_000);
    expect(second.getStatus().leader).to.equal(true);
  });

  it('closes once, and every caller waits for that', async () => {
    const { storage, seen } = watched();
    const tab = world.tab({ device: world.device(storage) });
    const write = tab.collection('tasks').create({ id: 'a' });
    const closing = [tab.close(), tab.close(), tab.close()];
    await closing[1];
    expect(seen.open).to.equal(0);
    expect(await write).to.equal('a');
    await Promise.all(closing);
  });

  it('deletes the database only when it has let go of it', async () => {
    const { storage, seen } = watched();
    const device = world.device(storage);
    const [leader, follower] = [world.tab({ device }), world.tab({ device })];
    await Promise.all([leader.ready, follower.ready]);
    void follower.close();
    await Promise.all([follower.destroy(), follower.destroy()]);
    await world.pass(1_000);
    expect(seen.open).to.equal(0);
    const again = world.tab({ device });
    await again.ready;
    expect(again.collection('tasks').query().get()).to.deep.equal([]);
  });

  it('leaves no timer behind, whatever it was doing', async () => {
    const device = world.device();
    const tabs = [1, 2, 3].map(() => world.tab({ device }));
    await Promise.all(tabs.map((tab) => tab.ready));
    await world.settle();
    world.server.endStreams();
    device.online = false;
    await tabs[1]!.collection('tasks').create({ id: 'a' });
    await world.pass(1_000);
    device.online = true;
    void tabs[2]!.flush();
    await Promise.all(tabs.map((tab) => tab.close()));
    await world.settle();
    expect(world.clock.waiting).to.equal(0);
  });

  it('rejects what is written after it was closed, and answers a flush', async () => {
    const tab = world.tab();
    await tab.ready;
    await tab.close();
    const write = tab.collection('tasks').create({ id: 'late' });
    const error = await write.then(
      () => null,
      (reason: SyncError) => reason,
    );
    expect(error?.code).to.equal('closed');
    expect((await tab.flush()).errors.map(({ code }) => code)).to.deep.equal(['closed']);
    expect(await tab.setUser('ann').catch((reason: SyncError) => reason.code)).to.equal('closed');
  });

  it('shows only the last of several who sign in one after another', async () => {
    const device = world.device();
    const tab = world.tab({ device });
    await tab.ready;
    for (const user of ['ann', 'bob']) {
      await tab.setUser(user);
      await tab.collection('tasks').create({ id: user });
    }
    await tab.setUser(null);
    const seen = new Set<string>();
    tab
      .collection('tasks')
      .query()
      .subscribe((rows) => titles(rows).forEach((id) => seen.add(id)));
    const switches = [tab.setUser('bob'), tab.setUser('ann'), tab.setUser('ann')];
    expect(titles(tab.collection('tasks').query().get())).to.deep.equal([]);
    await switches[2];
    expect(titles(tab.collection('tasks').query().get())).to.deep.equal(['ann']);
    await Promise.all(switches);
    await world.pass(5_000);
    expect([...seen]).to.deep.equal(['ann']);
    expect(tab.getStatus().leader).to.equal(true);
  });

  it('shows nothing of the one before from the moment that another signs in', async () => {
    const tab = world.tab({ user: 'ann' });
    await tab.ready;
    const tasks = tab.collection('tasks');
    await tasks.create({ id: 'a' });
    await world.settle();
    const write = tasks.create({ id: 'b' });
    const switched = tab.setUser('bob');
    expect(tasks.get('a')).to.equal(undefined);
    expect(tasks.query().get()).to.deep.equal([]);
    expect(tab.getStatus()).to.include({ pending: 0, lastSyncedAt: null });
    await write;
    expect(tasks.query().get()).to.deep.equal([]);
    // What was still on its way to the disk counts too.
    expect(await switched).to.deep.equal({ unsent: 1 });
  });

  it('is not closed by somebody who deletes the database of the one before', async () => {
    const device = world.device();
    const [one, two] = [1, 2].map(() => world.tab({ device, user: 'ann' })) as [never, never];
    const [tab, other] = [one, two] as [ReturnType<World['tab']>, ReturnType<World['tab']>];
    await Promise.all([tab.ready, other.ready]);
    const gone = other.destroy();
    await tab.setUser('bob');
    await gone;
    await tab.collection('tasks').create({ id: 'b' });
    await world.settle();
    expect(world.server.row('tasks', 'b')).to.not.equal(null);
  });

  it('passes the lead on when the page is hidden and shown again at once', async () => {
    const device = world.device();
    let change: (what: 'hidden' | 'shown') => void = () => {};
    const network = {
      ...device.network,
      onChange: (call: typeof change) => ((change = call), () => {}),
    };
    const tab = world.tab({ device, ports: { network } });
    await tab.ready;
    await world.settle();
    const changes: boolean[] = [];
    tab.on('leader', ({ leader }) => changes.push(leader));
    change('hidden');
    change('shown');
    await world.settle();
    expect(changes).to.deep.equal([false, true]);
    change('hidden');
    await world.settle();
    await tab.collection('tasks').create({ id: 'a' });
    // Whoever asks while nobody else leads is answered.
    expect(await tab.flush()).to.include({ success: true, pushed: 1 });
  });

  it('says at once that there is no such storage, and asks no more', async () => {
    const none: Storage = {
      ...indexedDBStorage('none'),
      open: () => Promise.reject(new SyncError('unavailable', 'There is none.')),
    };
    const tab = world.tab({ device: world.device(none) });
    const result = await tab.flush();
    expect(result.errors.map(({ code }) => code)).to.deep.equal(['unavailable']);
    expect(tab.collection('tasks').query().get()).to.deep.equal([]);
    expect(tab.getStatus()).to.include({ storage: 'degraded', status: 'error' });
    expect(await tab.ready.catch((error: SyncError) => error.code)).to.equal('unavailable');
  });
});
