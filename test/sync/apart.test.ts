import { expect } from 'chai';
import {
  encryptedStorage,
  keyValueStorage,
  memoryStorage,
  mmkvStorage,
  type Mmkv,
  type Storage,
} from '../../src/sync/index.js';
import { mapKeyValue } from './storage/subject.js';
import { World } from './world/world.js';

/** An instance of react-native-mmkv: a file by its id. */
function mmkv(id?: string): Mmkv {
  const file = new Map<string, string>();
  const instance = {
    ...(id !== undefined && { id }),
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
    'on two instances of MMKV that tell no id': () => [mmkvStorage(mmkv()), mmkvStorage(mmkv())],
    'on two instances of MMKV, encrypted': () => {
      const key = new Uint8Array(32);
      const sealed = (id: string) => encryptedStorage(mmkvStorage(mmkv(id)), { key });
      return [sealed('one'), sealed('two')];
    },
    'in two stores': () => {
      const stored = (store: string) => keyValueStorage(mapKeyValue(), { name: 'n', store });
      return [stored('one'), stored('two')];
    },
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

  const [memory, instance, nameless] = [memoryStorage(), mmkv('one'), mmkv()];
  const shared: Record<string, () => Storage> = {
    'of one memory': () => memory,
    'of one instance of MMKV': () => mmkvStorage(instance),
    'of one instance of MMKV that tells no id': () => mmkvStorage(nameless),
  };
  for (const [name, storage] of Object.entries(shared))
    it(`${name} are two tabs of one database`, async () => {
      const device = world.device();
      const tabs = [1, 2].map(() => world.tab({ device, storage: storage() }));
      await Promise.all(tabs.map(({ ready }) => ready));
      await world.settle();
      await tabs[0]!.push('tasks', { id: 'a' }, 'create');
      await world.settle();
      expect(tabs[1]!.collection('tasks').get('a')).to.deep.equal({ id: 'a' });
      expect(tabs.filter((tab) => tab.getStatus().leader)).to.have.length(1);
    });
});
