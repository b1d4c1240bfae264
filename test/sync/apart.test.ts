import { expect } from 'chai';
import { memoryStorage, mmkvStorage, type Mmkv, type Storage } from '../../src/sync/index.js';
import { World } from './world/world.js';

/** An instance of react-native-mmkv: a file by its id. */
function mmkv(id: string): Mmkv {
  const file = new Map<string, string>();
  const instance = {
    id,
    getString: (key: string) => file.get(key),
    set: (key: string, value: string) => void file.set(key, value),
    getAllKeys: () => [...file.keys()],
    remove: (key: string) => file.delete(key),
  };
  return instance;
}

/** In one browser, app or process: what they share beyond the disk are names. */
describe('two storages', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const kinds: Record<string, () => [Storage, Storage]> = {
    'in memory': () => [memoryStorage(), memoryStorage()],
    'in memory, of a user each': () => [
      memoryStorage().forUser!('ann'),
      memoryStorage().forUser!('ann'),
    ],
    'in memory, of two users': () => {
      const { forUser } = memoryStorage();
      return [forUser!('ann'), forUser!('bob')];
    },
    'on two instances of MMKV': () => [mmkvStorage(mmkv('ann')), mmkvStorage(mmkv('bob'))],
    'on two instances of MMKV, of one user': () => [
      mmkvStorage(mmkv('one')).forUser!('ann'),
      mmkvStorage(mmkv('two')).forUser!('ann'),
    ],
  };
  for (const [name, storages] of Object.entries(kinds))
    it(`${name} are two databases, each with a leader of its own`, async () => {
      const device = world.device();
      const [ann, bob] = storages().map((storage) => world.tab({ device, storage }));
      await Promise.all([ann!.ready, bob!.ready]);
      await world.settle();
      device.online = false;
      await ann!.push('tasks', { id: 'anns' }, 'create');
      await bob!.push('tasks', { id: 'bobs' }, 'create');
      await world.settle();
      const rows = [ann!, bob!].map((tab) => tab.collection('tasks').query().get());
      expect(rows).to.deep.equal([[{ id: 'anns' }], [{ id: 'bobs' }]]);
      expect(ann!.getStatus()).to.include({ leader: true, pending: 1 });
      expect(bob!.getStatus()).to.include({ leader: true, pending: 1 });

      await ann!.destroy();
      device.online = true;
      expect(await bob!.flush()).to.include({ success: true, pushed: 1 });
      expect(bob!.getStatus()).to.include({ pending: 0, storage: 'ok' });
      expect(world.server.applied).to.deep.equal(['create bobs']);
    });

  it('of one memory are two tabs of one database', async () => {
    const storage = memoryStorage();
    const device = world.device(storage);
    const tabs = [world.tab({ device }), world.tab({ device, storage })];
    await Promise.all(tabs.map(({ ready }) => ready));
    await world.settle();
    await tabs[0]!.push('tasks', { id: 'a' }, 'create');
    await world.settle();
    expect(tabs[1]!.collection('tasks').get('a')).to.deep.equal({ id: 'a' });
    expect(tabs.filter((tab) => tab.getStatus().leader)).to.have.length(1);
  });
});
