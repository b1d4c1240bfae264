import { expect } from 'chai';
import type { Clock, Ports, SyncEngine } from '../../src/sync/index.js';
import { World } from './world/world.js';

/** The clock of a tab that the browser can freeze: no timer runs then, but messages arrive. */
class Freezer {
  #frozen = false;
  #missed: (() => void)[] = [];

  constructor(private readonly world: World) {}

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    for (const call of this.#missed.splice(0)) call();
  }

  get ports(): Partial<Ports> {
    const { clock } = this.world;
    const after: Clock['after'] = (ms, callback) =>
      clock.after(ms, () => {
        if (this.#frozen) this.#missed.push(callback);
        else callback();
      });
    return { clock: { now: () => clock.now(), after } };
  }
}

describe('the tab that talks to the server', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const leaders = (tabs: SyncEngine[]) => tabs.filter((tab) => tab.getStatus().leader).length;

  it('is replaced when it has frozen, and steps back when it wakes', async () => {
    const device = world.device();
    const freezer = new Freezer(world);
    const frozen = world.tab({ device, ports: freezer.ports });
    await frozen.ready;
    await world.settle();
    const other = world.tab({ device });
    await other.ready;
    await world.settle();
    expect(frozen.getStatus().leader).to.equal(true);

    freezer.freeze();
    await other.collection('tasks').create({ id: 'a' });
    await world.pass(25_000);
    expect(other.getStatus().leader).to.equal(true);
    expect(world.server.applied).to.deep.equal(['create a']);

    freezer.thaw();
    await world.settle();
    expect(frozen.getStatus().leader).to.equal(false);
    await frozen.collection('tasks').create({ id: 'b' });
    await world.settle();
    expect(world.server.applied).to.deep.equal(['create a', 'create b']);
  });

  for (const locks of ['with', 'without'])
    it(`is replaced when it has frozen but still gets messages, ${locks} Web Locks`, async () => {
      const device = world.device();
      const freezer = new Freezer(world);
      const ports = locks === 'without' ? { locks: undefined } : {};
      const frozen = world.tab({ device, ports: { ...freezer.ports, ...ports } });
      await frozen.ready;
      await world.pass(2_000);
      freezer.freeze();
      const other = world.tab({ device, ports });
      await other.ready;
      for (let i = 0; i < 5; i++) {
        await world.pass(5_000);
        await other.collection('tasks').create({ id: `t${i}` });
      }
      expect(leaders([frozen, other])).to.equal(1);
      expect(other.getStatus().leader).to.equal(true);
      await world.settle();
      expect(world.server.applied).to.have.length(5);
    });

  it('is not replaced as long as it answers, even if its timers are slowed down', async () => {
    const device = world.device();
    const slow: Clock = {
      now: () => world.clock.now(),
      // Hidden for long: what a timer sets off by a timer waits a minute, all others a second.
      after: (ms, callback) => world.clock.after(Math.max(ms, ms ? 60_000 : 1_000), callback),
    };
    const first = world.tab({ device, ports: { clock: slow } });
    await first.ready;
    await world.settle();
    const second = world.tab({ device });
    await second.ready;
    await world.pass(180_000);
    expect(first.getStatus().leader).to.equal(true);
    expect(second.getStatus().leader).to.equal(false);
  });

  it('is one of them without Web Locks too', async () => {
    const device = world.device();
    const ports = { locks: undefined };
    const tabs = [1, 2, 3].map(() => world.tab({ device, ports }));
    await Promise.all(tabs.map((tab) => tab.ready));
    await world.pass(5_000);
    expect(leaders(tabs)).to.equal(1);

    const leader = tabs.find((tab) => tab.getStatus().leader)!;
    await leader.close();
    await world.pass(25_000);
    const rest = tabs.filter((tab) => tab !== leader);
    expect(leaders(rest)).to.equal(1);
    await rest[0]!.collection('tasks').create({ id: 'a' });
    await world.pass(1_000);
    expect(world.server.applied).to.deep.equal(['create a']);
  });

  it('is one of thirty that open at once, and every write of each arrives once', async () => {
    const device = world.device();
    const tabs = Array.from({ length: 30 }, () => world.tab({ device }));
    const writes = tabs.map((tab, i) => tab.collection('tasks').create({ id: `t${i}` }));
    await Promise.all(writes);
    await world.pass(1_000);
    expect(leaders(tabs)).to.equal(1);
    expect(new Set(world.server.applied).size).to.equal(30);
    expect(world.server.applied).to.have.length(30);
    for (const tab of tabs) expect(tab.collection('tasks').query().get()).to.have.length(30);
  });

  it('lets another lead when its page is put away, and stands again when it is back', async () => {
    const device = world.device();
    let change: (what: 'hidden' | 'shown') => void = () => {};
    const network = {
      ...device.network,
      onChange: (call: typeof change) => ((change = call), () => {}),
    };
    const page = world.tab({ device, ports: { network } });
    await page.ready;
    await world.settle();
    const other = world.tab({ device });
    await other.ready;
    change('hidden');
    await world.settle();
    expect([page, other].map((tab) => tab.getStatus().leader)).to.deep.equal([false, true]);

    await other.collection('tasks').create({ id: 'a' });
    await other.close();
    change('shown');
    await world.settle();
    expect(page.getStatus().leader).to.equal(true);
    expect(page.collection('tasks').get('a')).to.deep.equal({ id: 'a' });
  });
});
