import { expect } from 'chai';
import { memoryStorage, type Storage } from '../../src/sync/index.js';
import { World } from './world/world.js';

/** A storage with a database for each user. */
function storageForUsers(): Storage {
  const users = new Map<string, Storage>();
  return {
    ...memoryStorage(),
    forUser(user) {
      if (!users.has(user)) users.set(user, memoryStorage());
      return users.get(user)!;
    },
  };
}

describe('users of one device', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  it('never see each other’s rows nor send each other’s work', async () => {
    const device = world.device(storageForUsers());
    const tab = world.tab({ device, user: 'ann' });
    await tab.ready;
    device.online = false;
    await tab.collection('tasks').create({ id: 'anns' });
    const seen: number[] = [];
    tab
      .collection('tasks')
      .query()
      .subscribe((rows) => seen.push(rows.length));

    expect(await tab.setUser('bob')).to.deep.equal({ unsent: 1 });
    expect(tab.collection('tasks').query().get()).to.deep.equal([]);
    expect(tab.getQueueLength()).to.equal(0);
    device.online = true;
    await tab.collection('tasks').create({ id: 'bobs' });
    await world.settle();
    expect(world.server.applied).to.deep.equal(['create bobs']);

    device.online = false;
    await tab.setUser('ann');
    expect(
      tab
        .collection('tasks')
        .query()
        .get()
        .map(({ id }) => id),
    ).to.deep.equal(['anns']);
    device.online = true;
    await world.settle();
    expect(world.server.applied).to.deep.equal(['create bobs', 'create anns']);
    await world.settle();
    expect(seen.slice(0, 2)).to.deep.equal([1, 0]);
  });

  it('keep what is written between signing out and in', async () => {
    const device = world.device(storageForUsers());
    const tab = world.tab({ device, user: 'ann' });
    await tab.ready;
    const switched = tab.setUser('bob');
    const write = tab.collection('tasks').create({ id: 'early' });
    await switched;
    await write;
    await world.settle();
    expect(tab.collection('tasks').get('early')).to.deep.equal({ id: 'early' });
    await tab.setUser('ann');
    await tab.setUser('bob');
    expect(tab.collection('tasks').get('early')).to.deep.equal({ id: 'early' });
  });

  it('are told when a storage can’t keep them apart', () => {
    const { forUser: _, ...plain } = memoryStorage();
    expect(() => world.tab({ device: world.device(plain), user: 'ann' })).to.throw(/one user only/);
  });
});
