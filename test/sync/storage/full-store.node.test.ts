import { expect } from 'chai';
import { keyValueStorage, type SyncEngine, type SyncError } from '../../../src/sync/index.js';
import { World } from '../world/world.js';

/** A store of texts with so much room, in characters. */
class Store {
  readonly texts = new Map<string, string>();
  constructor(readonly room: number) {}

  used(): number {
    return [...this.texts].reduce((sum, [key, text]) => sum + key.length + text.length, 0);
  }
  getItem(key: string) {
    return this.texts.get(key);
  }
  setItem(key: string, text: string) {
    const known = this.texts.get(key);
    const more = text.length + key.length - (known === undefined ? 0 : known.length + key.length);
    if (this.used() + more > this.room) throw new DOMException('Full.', 'QuotaExceededError');
    this.texts.set(key, text);
  }
  removeItem(key: string) {
    this.texts.delete(key);
  }
  keys() {
    return [...this.texts.keys()];
  }
}

describe('a store that our own log has filled', () => {
  const text = (i: number, length: number) => `${i} `.padEnd(length, 'x');

  function open(world: World, store: Store) {
    const device = world.device(keyValueStorage(store, { name: 'n' }));
    return world.tab({ device, entities: { tasks: {} } });
  }
  const notes = (engine: SyncEngine) => engine.collection<{ id: string; text: string }>('tasks');

  it('keeps no more of the log than is worth it, however few its changes', async () => {
    const world = new World();
    const store = new Store(5_200_000);
    const engine = open(world, store);
    await notes(engine).create({ id: 'a', text: '' });
    for (let i = 0; i < 40; i++) {
      await notes(engine).update('a', { text: text(i, 50_000) });
      await world.pass(5_000);
    }
    expect(store.used()).to.be.lessThan(600_000);
  });

  it('makes room by itself: nobody’s write is refused', async () => {
    const world = new World();
    const store = new Store(1_000_000);
    const engine = open(world, store);
    let quotas = 0;
    engine.on('quota', () => quotas++);
    for (let i = 0; i < 12; i++) await notes(engine).create({ id: `k${i}`, text: text(i, 40_000) });
    await world.pass(5_000);
    for (let i = 0; i < 60; i++) {
      await notes(engine).update(`k${i % 12}`, { text: text(i, 30_000) });
      await world.settle();
    }
    expect(quotas).to.equal(0);
    await engine.close();

    const again = open(world, store);
    await again.ready;
    expect(notes(again).query().get()).to.have.length(12);
    for (let i = 48; i < 60; i++)
      expect(notes(again).get(`k${i % 12}`)!.text).to.equal(text(i, 30_000));
  });

  it('still refuses what there is no room for, and takes it when there is', async () => {
    const world = new World();
    const store = new Store(300_000);
    const engine = open(world, store);
    const written: string[] = [];
    let refused = '';
    for (let i = 0; i < 20 && !refused; i++)
      await notes(engine)
        .create({ id: `k${i}`, text: text(i, 40_000) })
        .then(
          (id) => written.push(id),
          (error: SyncError) => (refused = error.code),
        );
    expect(refused).to.equal('quota');
    await world.settle();
    for (const id of written) await notes(engine).delete(id);
    await world.pass(60_000);
    await notes(engine).create({ id: 'z', text: text(0, 40_000) });
    await world.settle();
    await engine.close();

    const again = open(world, store);
    await again.ready;
    expect(notes(again).query().get()).to.deep.equal([{ id: 'z', text: text(0, 40_000) }]);
  });

  it('loses nothing where the device stops at any moment of making room', async () => {
    for (let stop = 1; stop <= 8; stop++) {
      const world = new World();
      const store = new Store(1_000_000);
      const engine = open(world, store);
      for (let i = 0; i < 12; i++)
        await notes(engine).create({ id: `k${i}`, text: text(i, 40_000) });
      await world.pass(5_000);
      const known = new Map<string, string>();
      // The device stops at the `stop`-th change of the store from the first refusal on.
      let left = Infinity;
      let copy: Map<string, string> | undefined;
      const touched = () => {
        if (--left === 0) copy = new Map(store.texts);
      };
      const { setItem, removeItem } = store;
      store.setItem = (key, value) => {
        try {
          setItem.call(store, key, value);
        } catch (error) {
          if (left === Infinity) left = stop;
          throw error;
        }
        touched();
      };
      store.removeItem = (key) => {
        removeItem.call(store, key);
        touched();
      };
      for (let i = 0; i < 20 && !copy; i++) {
        const id = `k${i % 12}`;
        await notes(engine).update(id, { text: text(i, 30_000) });
        if (copy) known.delete(id);
        else known.set(id, text(i, 30_000));
        await world.settle();
      }
      await engine.close();
      expect(copy, `stopped at ${stop}`).to.not.equal(undefined);

      const after = new Store(1_000_000);
      for (const [key, value] of copy!) after.texts.set(key, value);
      const again = open(new World(), after);
      await again.ready;
      const rows = notes(again).query().get();
      expect(new Set(rows.map(({ id }) => id)).size).to.equal(12);
      for (const [id, value] of known)
        expect(notes(again).get(id)!.text, `${id}, stopped at ${stop}`).to.equal(value);
      await again.close();
    }
  }).timeout(30_000);
});
