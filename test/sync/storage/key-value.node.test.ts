import { expect } from 'chai';
import { keyValueStorage, type KeyValue } from '../../../src/sync/index.js';
import { World } from '../world/world.js';
import { mapKeyValue } from './subject.js';

describe('a key-value storage', () => {
  it('leaves the app’s own keys alone', async () => {
    const own = new Map([
      ['bytelyst-kv:', 'x'],
      ['bytelyst-kv:notes', 'x'],
      ['log:1', 'x'],
    ]);
    const map = new Map(own);
    const storage = keyValueStorage(mapKeyValue(map), { name: 'notes' });
    const disk = await storage.open();
    const { life } = await disk.load();
    await disk.commit({ life, rev: 0, folded: 0 }, { record: 'r' }, 'strict');
    disk.close();
    await storage.destroy();
    expect(map).to.deep.equal(own);
  });

  it('has a database for each name, though one may begin with another', async () => {
    const map = new Map<string, string>();
    const names = ['notes', 'notes:', 'notes:log', 'notes%3A'];
    for (const name of names) {
      const disk = await keyValueStorage(mapKeyValue(map), { name }).open();
      const { life } = await disk.load();
      await disk.commit({ life, rev: 0, folded: 0 }, { record: name }, 'strict');
      disk.close();
    }
    for (const name of names) {
      const disk = await keyValueStorage(mapKeyValue(map), { name }).open();
      expect((await disk.load()).log.map(({ text }) => text)).to.deep.equal([name]);
      disk.close();
    }
  });

  it('says that the store is full, loses nothing by it, and works again', async () => {
    const map = new Map<string, string>();
    let room = Infinity;
    const kv: KeyValue = {
      ...mapKeyValue(map),
      setItem(key, value) {
        if (value.length > room) throw new DOMException('Full.', 'QuotaExceededError');
        map.set(key, value);
      },
    };
    const world = new World();
    const device = world.device(keyValueStorage(kv, { name: 'n' }));
    device.online = false;
    const engine = world.tab({ device });
    await engine.push('tasks', { id: 'a', title: 'Before' }, 'create');
    await world.settle();
    room = 100;
    const error: unknown = await engine
      .push('tasks', { id: 'b', title: 'x'.repeat(100) }, 'create')
      .catch((e: unknown) => e);
    expect(error).to.have.property('code', 'quota');
    expect(engine.getStatus()).to.deep.include({ storage: 'degraded', pending: 1 });
    expect(engine.collection('tasks').get('b')).to.equal(undefined);
    room = Infinity;
    await engine.push('tasks', { id: 'c', title: 'After' }, 'create');
    expect(engine.getStatus()).to.deep.include({ storage: 'ok', pending: 2 });
    await world.end();
  });

  it('takes no space for pages that did not fit', async () => {
    const map = new Map<string, string>();
    let room = 3;
    const kv: KeyValue = {
      ...mapKeyValue(map),
      setItem(key, value) {
        if (key.includes(':page:') && room-- <= 0)
          throw new DOMException('Full.', 'QuotaExceededError');
        map.set(key, value);
      },
    };
    const disk = await keyValueStorage(kv, { name: 'n' }).open();
    const { life } = await disk.load();
    const pages = new Map(['a', 'b', 'c', 'd', 'e'].map((id) => [id, id]));
    const error: unknown = await disk
      .commit({ life, rev: 0, folded: 0 }, { pages }, 'strict')
      .catch((e: unknown) => e);
    expect(error).to.have.property('code', 'quota');
    expect([...map.keys()]).to.deep.equal(['bytelyst-kv:n:manifest']);
  });

  it('takes a write for written that was, though the store said otherwise', async () => {
    const map = new Map<string, string>();
    const kv: KeyValue = {
      ...mapKeyValue(map),
      setItem(key, value) {
        map.set(key, value);
        if (key.includes(':log:')) throw new Error('Timed out.');
      },
    };
    const disk = await keyValueStorage(kv, { name: 'n' }).open();
    const { life } = await disk.load();
    const answer = await disk.commit({ life, rev: 0, folded: 0 }, { record: 'r' }, 'strict');
    expect(answer).to.equal(1);
  });
});
