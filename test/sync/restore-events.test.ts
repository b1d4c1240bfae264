import { expect } from 'chai';
import type { SyncEngineConfig } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

const HOUR = 3_600_000;
const ALL: SyncEngineConfig['entities'] = {
  tasks: {},
  exposures: { append: 'keep' },
  conversions: { append: 'forget' },
};
const { tasks: _, ...EVENTS } = ALL;

/** A server whose database reaches the disk only with a backup, and goes back to it. */
describe('events of a server that was restored from a backup', () => {
  let world: World;
  let device: Device;
  beforeEach(() => {
    world = new World();
    world.server.onDisk = false;
    device = world.device();
  });
  afterEach(() => world.end());

  const open = async (entities: SyncEngineConfig['entities']) => {
    const tab = world.tab({ device, entities });
    await tab.ready;
    await world.settle();
    return tab;
  };
  type Tab = Awaited<ReturnType<typeof open>>;

  const record = async (tab: Tab, ...ids: string[]) => {
    for (const id of ids) {
      const write = tab.collection(id.startsWith('e') ? 'exposures' : 'conversions').create({ id });
      await write;
      await world.settle();
      await write.synced;
    }
  };
  /** The machine slept; then a poll comes round. */
  const later = async (ms: number) => {
    world.clock.set(world.clock.now() + ms);
    await world.pass(70_000);
  };
  const arrived = () => [...world.server.events.keys()].sort();
  const requests = () => world.server.requests.splice(0);

  for (const [title, entities] of Object.entries({
    'beside rows': ALL,
    'of an engine that only sends': EVENTS,
  })) {
    it(`come back, ${title}, and nobody waited for them meanwhile`, async () => {
      let tab = await open(entities);
      await record(tab, 'e1', 'c1');
      const backup = world.server.backup();
      await record(tab, 'e2', 'c2');
      expect(tab.getStatus()).to.include({ pending: 0, status: 'idle' });
      expect(tab.collection('conversions').query().get()).to.deep.equal([]);
      world.server.restore(backup);
      expect(arrived()).to.deep.equal(['c1', 'e1']);
      // They come from the disk of the next page.
      await tab.close();
      tab = await open(entities);
      await world.pass(140_000);
      expect(arrived()).to.deep.equal(['c1', 'c2', 'e1', 'e2']);
      expect(tab.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
      expect(tab.collection('exposures').query().get()).to.have.length(2);
      expect(tab.collection('conversions').query().get()).to.deep.equal([]);
    });

    it(`come back once more when it is restored again, ${title}`, async () => {
      const empty = world.server.backup();
      const tab = await open(entities);
      await record(tab, 'e1', 'c1');
      for (let i = 0; i < 3; i++) {
        world.server.restore(empty);
        await later(2 * HOUR);
        expect(arrived()).to.deep.equal(['c1', 'e1']);
      }
    });

    it(`are let go once the server is sure of them, ${title}`, async () => {
      const empty = world.server.backup();
      const tab = await open(entities);
      await record(tab, 'e1', 'c1');
      world.server.backup();
      await later(2 * HOUR);
      world.server.restore(empty);
      await later(2 * HOUR);
      expect(arrived()).to.deep.equal([]);
      expect(tab.getStatus()).to.include({ pending: 0, failed: 0 });
    });
  }

  for (const id of ['e1', 'c1'])
    it(`end without a trace when the server takes them no more: ${id}`, async () => {
      const tab = await open(EVENTS);
      await record(tab, id);
      world.server.refuseEvents = true;
      world.server.restore();
      await later(2 * HOUR);
      expect(arrived()).to.deep.equal([]);
      expect(tab.getStatus()).to.include({ pending: 0, failed: 0 });
      // One that was never accepted is a dead letter.
      await tab.collection('conversions').create({ id: 'c9' });
      await world.settle();
      expect(tab.getStatus()).to.include({ failed: 1 });
    });

  it('cost a question when the next page opens, and then one an hour, while some are kept', async () => {
    let tab = await open(EVENTS);
    await later(2 * HOUR);
    expect(requests()).to.deep.equal([]);
    await record(tab, 'c1');
    await later(HOUR / 2);
    expect(requests()).to.deep.equal(['POST /sync/append']);
    await tab.close();
    tab = await open(EVENTS);
    expect(requests()).to.deep.equal(['POST /sync/append']);
    await later(HOUR / 2);
    expect(requests()).to.deep.equal([]);
    world.server.backup();
    await later(HOUR);
    expect(requests()).to.deep.equal(['POST /sync/append']);
    await later(3 * HOUR);
    expect(requests()).to.deep.equal([]);
    await tab.close();
  });

  it('are not kept where the server is sure at once', async () => {
    world.server.onDisk = true;
    const empty = world.server.backup();
    const tab = await open(EVENTS);
    await record(tab, 'c1');
    await later(3 * HOUR);
    expect(requests()).to.deep.equal(['POST /sync/append']);
    world.server.restore(empty);
    await record(tab, 'c2');
    await later(3 * HOUR);
    expect(arrived()).to.deep.equal(['c2']);
  });
});
