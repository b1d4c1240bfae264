import { expect } from 'chai';
import type { SyncEngine } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

describe('forgetting what was only appended', () => {
  let world: World;
  let device: Device;
  beforeEach(() => {
    world = new World();
    device = world.device();
  });
  afterEach(() => world.end());

  const open = async (): Promise<SyncEngine> => {
    const tab = world.tab({ device });
    await tab.ready;
    await world.settle();
    return tab;
  };
  const arrived = () => [...world.server.events.keys()];
  const shown = (tab: SyncEngine) => tab.collection('exposures').query().get().length;

  it('leaves nothing in any tab, nor on the next page', async () => {
    const [tab, other] = [await open(), await open()];
    await tab.collection('exposures').create({ id: 'e1' });
    await world.settle();
    device.online = false;
    await other.collection('exposures').create({ id: 'e2' });
    await tab.collection('tasks').create({ id: 'a' });
    await world.settle();
    await tab.forget(['exposures', 'conversions']);
    await world.settle();
    expect([shown(tab), shown(other)]).to.deep.equal([0, 0]);
    expect(other.getQueueLength()).to.equal(1);
    await Promise.all([tab.close(), other.close()]);

    device.online = true;
    const next = await open();
    expect(shown(next)).to.equal(0);
    expect(next.collection('tasks').get('a')).to.deep.equal({ id: 'a' });
    expect(arrived()).to.deep.equal(['e1']);
  });

  it('does not send again what was sent and has no answer', async () => {
    const tab = await open();
    world.faults.push('drop-response');
    await tab.collection('conversions').create({ id: 'c1' });
    await world.settle();
    expect(arrived()).to.deep.equal(['c1']);
    world.server.events.clear();
    await tab.forget(['conversions']);
    await world.pass(120_000);
    expect(arrived()).to.deep.equal([]);
    expect(tab.getStatus()).to.include({ status: 'idle', pending: 0, failed: 0 });
  });

  it('takes an answer that comes afterwards for no news', async () => {
    let answer = (): void => {};
    const network: Device['network'] = {
      ...device.network,
      fetch: async (url, init) => {
        const response = await device.network.fetch(url, init);
        if (url.includes('append')) await new Promise<void>((resolve) => (answer = resolve));
        return response;
      },
    };
    const tab = world.tab({ device, ports: { network } });
    await tab.ready;
    await tab.collection('conversions').create({ id: 'c1' });
    while (!arrived().length) await new Promise((resolve) => setTimeout(resolve, 2));
    await tab.forget(['conversions']);
    answer();
    await world.settle();
    expect(tab.getStatus()).to.include({ status: 'idle', pending: 0, lastError: null });
  });

  it('offers nothing of it to a server that was restored', async () => {
    world.server.onDisk = false;
    const empty = world.server.backup();
    const tab = await open();
    await tab.collection('exposures').create({ id: 'e1' });
    await world.settle();
    await tab.forget(['exposures']);
    world.server.restore(empty);
    world.clock.set(world.clock.now() + 7_200_000);
    await world.pass(140_000);
    expect(arrived()).to.deep.equal([]);
    expect(tab.getStatus()).to.include({ pending: 0 });
  });

  it('takes the same rows again', async () => {
    const tab = await open();
    await tab.collection('exposures').create({ id: 'e1' });
    await world.settle();
    await tab.forget(['exposures']);
    await tab.collection('exposures').create({ id: 'e1' });
    await world.settle();
    expect(shown(tab)).to.equal(1);
    expect(tab.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
  });

  it('refuses entities that are not only appended, and knows nothing of those it has not', async () => {
    const tab = await open();
    const refused = await tab.forget(['tasks']).catch((error: unknown) => error);
    expect(refused).to.have.property('code', 'invalid');
    await tab.forget(['identifies']);
  });
});
