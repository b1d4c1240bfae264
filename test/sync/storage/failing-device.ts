/** What an app is promised on a device that fails: run for each kind of storage. */
import { expect } from 'chai';
import type { Storage, SyncEngine } from '../../../src/sync/index.js';
import { World, type Device } from '../world/world.js';
import type { Fault, Subject } from './subject.js';

export function describeEngine(kind: string, make: () => Subject): void {
  describe(`an engine on a device that fails, with ${kind}`, function () {
    this.timeout(120_000);
    for (const fault of ['crash', 'hiccup'] as Fault[])
      it(`loses nothing it acknowledged after a ${fault} at any operation`, async () => {
        for (let after = 0; ; after++) {
          const subject = make();
          const world = new World();
          try {
            const visits = new Visits(world, subject.storage);
            subject.inject(fault, after);
            await visits.first();
            const done = subject.heal() <= after;
            await visits.second();
            if (done) return;
          } finally {
            await world.end();
            await subject.storage.destroy();
          }
        }
      });
  });
}

/** Two visits of an app to one device: the storage fails during the first, all is well in the next. */
class Visits {
  /** What was acknowledged, by id: the title, or null when it was deleted. */
  readonly #acknowledged = new Map<string, string | null>();
  /** What may or may not have happened: its promise rejected. */
  readonly #open = new Set<string>();
  readonly #device: Device;

  constructor(
    private readonly world: World,
    storage: Storage,
  ) {
    this.#device = world.device(storage);
    world.server.write('tasks', 'theirs', { title: 'Theirs' });
  }

  async first(): Promise<void> {
    const engine = this.world.tab({ device: this.#device });
    await engine.ready.catch(() => {});
    await this.#write('a', 'A', () => engine.push('tasks', { id: 'a', title: 'A' }, 'create'));
    await this.world.settle();
    this.#device.online = false;
    await this.#write('b', 'B', () => engine.push('tasks', { id: 'b', title: 'B' }, 'create'));
    await this.#write('a', 'AA', () => engine.push('tasks', { id: 'a', title: 'AA' }, 'update'));
    this.#device.online = true;
    await this.world.settle();
    await this.#write('b', null, () => engine.delete('tasks', 'b'));
    await this.world.settle();
    await engine.close();
  }

  async #write(id: string, title: string | null, write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
      this.#acknowledged.set(id, title);
      this.#open.delete(id);
    } catch {
      this.#open.add(id);
    }
  }

  /** Nothing is lost and nothing comes twice; this device and the server agree. */
  async second(): Promise<void> {
    const { world } = this;
    const engine = world.tab({ device: this.#device });
    await engine.ready;
    await engine.fullSync();
    // What was put off after a failure is tried again.
    for (let i = 0; i < 5 && engine.getStatus().pending; i++) await world.pass(2_000);
    expect(engine.getStatus()).to.deep.include({ status: 'idle', pending: 0, storage: 'ok' });
    expect(titles(engine).get('theirs')).to.equal('Theirs');
    for (const [id, title] of this.#acknowledged) {
      if (this.#open.has(id)) continue;
      expect(titles(engine).get(id) ?? null, id).to.equal(title);
    }
    for (const id of ['a', 'b'])
      expect(titles(engine).get(id)).to.equal(world.server.row('tasks', id)?.['title']);
    const creates = world.server.applied.filter((what) => what.startsWith('create'));
    expect(creates).to.deep.equal([...new Set(creates)]);
  }
}

function titles(engine: SyncEngine): Map<string, unknown> {
  const rows = engine.collection('tasks').query().get();
  return new Map(rows.map(({ id, title }) => [id, title]));
}
