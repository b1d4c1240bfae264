import { expect } from 'chai';
import { bytelystTransport, type Network, type SyncEngine } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

type Change = Parameters<Parameters<Network['onChange']>[0]>[0];

/** A page whose ordinary requests never get through, and end with it. */
class Page {
  readonly lastWords: RequestInit[] = [];
  tell: (change: Change) => void = () => {};
  readonly network: Network;

  constructor(device: Device, requests: 'stall' | 'pass' = 'stall') {
    this.network = {
      ...device.network,
      onChange: (callback) => {
        this.tell = callback;
        return device.network.onChange(callback);
      },
      fetch: (url, init = {}) => {
        if (init.keepalive) this.lastWords.push(init);
        else if (requests === 'stall')
          return new Promise((_, reject) => {
            const end = () => reject(init.signal!.reason as Error);
            init.signal?.addEventListener('abort', end, { once: true });
          });
        return device.network.fetch(url, init);
      },
    };
  }
}

describe('leaving a page with events that wait', () => {
  let world: World;
  let device: Device;
  beforeEach(() => {
    world = new World();
    device = world.device();
  });
  afterEach(() => world.end());

  const open = async (page?: Page): Promise<SyncEngine> => {
    const tab = world.tab({ device, ...(page && { ports: { network: page.network } }) });
    await tab.ready;
    return tab;
  };
  const record = async (tab: SyncEngine, ...ids: string[]) => {
    for (const id of ids)
      await tab.collection(id.startsWith('e') ? 'exposures' : 'conversions').create({ id });
    await settled();
  };
  /** Requests that stall never settle; a few turns are enough for the rest. */
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
  const arrived = () => [...world.server.events.keys()].sort();
  const countsOf = (id: string) =>
    world.server.requests.filter((request) => request.includes(id)).length;

  for (const change of ['hidden', 'background'] as const)
    it(`sends them by a request that outlives it (${change}), and from the next page what has no answer`, async () => {
      const page = new Page(device);
      const tab = await open(page);
      await record(tab, 'e1', 'c1');
      expect(arrived()).to.deep.equal([]);
      page.tell(change);
      await settled();
      expect(arrived()).to.deep.equal(['c1', 'e1']);
      expect(page.lastWords).to.have.length(1);
      // Nobody has heard the answer.
      expect(tab.getQueueLength()).to.equal(2);
      await tab.close();

      const next = await open();
      await world.settle();
      expect(next.getStatus()).to.include({ pending: 0, failed: 0 });
      expect(arrived()).to.deep.equal(['c1', 'e1']);
    });

  it('goes on leading in the background, and lets another lead when it is put away', async () => {
    const page = new Page(device);
    const tab = await open(page);
    await settled();
    page.tell('background');
    expect(tab.getStatus().leader).to.equal(true);
    page.tell('hidden');
    expect(tab.getStatus().leader).to.equal(false);
  });

  it('sends them from a page that does not lead, whoever wrote them', async () => {
    const leader = await open(new Page(device));
    await settled();
    const page = new Page(device);
    const follower = await open(page);
    await record(leader, 'e1');
    await record(follower, 'e2');
    page.tell('hidden');
    await settled();
    expect(arrived()).to.deep.equal(['e1', 'e2']);
  });

  it('says so once: a page that ends is put into the background and away', async () => {
    const page = new Page(device);
    const tab = await open(page);
    await record(tab, 'e1');
    page.tell('hidden');
    page.tell('background');
    await settled();
    expect(page.lastWords).to.have.length(1);
    await record(tab, 'e2');
    page.tell('background');
    await settled();
    expect(page.lastWords).to.have.length(2);
  });

  it('sends as many as browsers take, the oldest first; the rest goes from the next page', async () => {
    const page = new Page(device);
    const tab = await open(page);
    const ids = Array.from({ length: 800 }, (_, i) => `e${String(i).padStart(3, '0')}`);
    const note = 'ä'.repeat(50);
    await tab.collection('exposures').createMany(ids.map((id) => ({ id, note })));
    page.tell('hidden');
    await settled();
    const [body] = page.lastWords.map(({ body }) => new TextEncoder().encode(body as string));
    expect(body!.length).to.be.within(50_000, 65_536);
    const there = arrived();
    expect(there).to.deep.equal(ids.slice(0, there.length));
    await tab.close();
    await open();
    await world.settle();
    expect(arrived()).to.deep.equal(ids);
  });

  it('takes no more events into one request than the server does', async () => {
    const page = new Page(device);
    const tab = await open(page);
    const ids = Array.from({ length: 600 }, (_, i) => `c${i}`);
    await tab.collection('conversions').createMany(ids.map((id) => ({ id })));
    page.tell('hidden');
    await settled();
    expect(arrived()).to.have.length(500);
  });

  it('leaves rows alone: they are not known by what they say', async () => {
    const page = new Page(device);
    const tab = await open(page);
    await tab.collection('tasks').create({ id: 'a' });
    page.tell('hidden');
    await settled();
    expect(page.lastWords).to.deep.equal([]);
    expect(countsOf('/sync/push')).to.equal(0);
  });

  it('asks for the token that the transport has', async () => {
    const page = new Page(device);
    const transport = bytelystTransport({ url: '/v1', token: async () => 'bl_write_x' });
    const tab = world.tab({ device, transport, ports: { network: page.network } });
    await record(tab, 'e1');
    page.tell('hidden');
    await settled();
    expect(page.lastWords[0]?.headers).to.include({ authorization: 'Bearer bl_write_x' });
  });

  it('is silent where the server wants patience with events, whatever is wrong with rows', async () => {
    const page = new Page(device, 'pass');
    const tab = await open(page);
    await world.settle();
    world.faults.push('drop-request');
    await tab.collection('tasks').create({ id: 'a' });
    await settled();
    const headers = { 'retry-after': '60' };
    world.server.nextAnswers.push(Response.json({}, { status: 503, headers }));
    await record(tab, 'e1');
    expect(tab.getStatus().lastError).to.have.property('code', 'offline');
    page.tell('background');
    await settled();
    expect(page.lastWords).to.deep.equal([]);
  });

  it('is silent without a network, without a session, and where the server wants patience', async () => {
    for (const trouble of ['offline', 401, 503]) {
      world = new World();
      device = world.device();
      const page = new Page(device, 'pass');
      const tab = await open(page);
      await world.settle();
      if (trouble === 'offline') device.online = false;
      else {
        const headers = { 'retry-after': '60' };
        world.server.nextAnswers.push(
          Response.json({ code: 'busy', title: 'Later' }, { status: trouble as number, headers }),
        );
      }
      await record(tab, 'e1');
      page.tell('hidden');
      await settled();
      expect(page.lastWords, String(trouble)).to.deep.equal([]);
      expect(tab.getQueueLength()).to.equal(1);
      await world.end();
    }
  });
});
