import { expect } from 'chai';
import { problem } from '../../src/protocol/index.js';
import { World } from './world/world.js';

describe('a session that the server does not accept', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const refuse = (code: 'unauthenticated' | 'other-user', times = 1) => {
    for (let i = 0; i < times; i++) {
      const said = problem(code);
      world.server.nextAnswers.push(Response.json(said, { status: said.status }));
    }
  };

  it('pauses when the unsent work is another user’s, and makes no dead letter of it', async () => {
    let asked = 0;
    const tab = world.tab({
      onAuthRequired: () => new Promise<void>(() => asked++),
    });
    await tab.ready;
    await world.settle();
    refuse('other-user');
    const write = tab.collection('tasks').create({ id: 'anns' });
    await write;
    await world.pass(60_000);
    expect(asked).to.equal(1);
    expect(tab.getStatus()).to.include({ status: 'paused', pending: 1, failed: 0 });
    expect(tab.getStatus().lastError?.code).to.equal('auth');

    expect((await tab.flush()).success).to.equal(true);
    await write.synced;
    expect(world.server.applied).to.deep.equal(['create anns']);
  });

  it('is not asked for over and over when the app says at once that it is there', async () => {
    const tab = world.tab({ onAuthRequired: () => {} });
    await tab.ready;
    await world.settle();
    refuse('unauthenticated', 1_000);
    const before = world.server.requests.length;
    await tab.collection('tasks').create({ id: 'a' });
    await world.pass(10_000);
    expect(world.server.requests.length - before).to.be.within(2, 60);
    world.server.nextAnswers.length = 0;
    await world.pass(120_000);
    expect(world.server.applied).to.deep.equal(['create a']);
  });

  it('is asked for again, later and later, when the app could not get another', async () => {
    let asked = 0;
    const tab = world.tab({
      onAuthRequired: async () => {
        if (++asked < 4) throw new TypeError('Failed to fetch');
      },
    });
    await tab.ready;
    await world.settle();
    refuse('unauthenticated');
    await tab.collection('tasks').create({ id: 'a' });
    await world.pass(600_000);
    expect(asked).to.equal(4);
    expect(world.server.applied).to.deep.equal(['create a']);
  });

  it('is asked for again at once when the network is back', async () => {
    let asked = 0;
    let reachable = false;
    const device = world.device();
    const tab = world.tab({
      device,
      onAuthRequired: async () => {
        asked++;
        if (!reachable) throw new TypeError('Failed to fetch');
      },
    });
    await tab.ready;
    await world.settle();
    refuse('unauthenticated');
    await tab.collection('tasks').create({ id: 'a' });
    await world.settle();
    expect(asked).to.equal(1);

    device.online = false;
    await world.settle();
    reachable = true;
    device.online = true;
    await world.settle();
    expect(asked).to.equal(2);
    expect(world.server.applied).to.deep.equal(['create a']);
  });

  it('is asked for no more once somebody has synchronised or closed', async () => {
    let asked = 0;
    const tab = world.tab({
      onAuthRequired: async () => {
        asked++;
        throw new Error('Cancelled');
      },
    });
    await tab.ready;
    await world.settle();
    refuse('unauthenticated');
    await tab.collection('tasks').create({ id: 'a' });
    await world.settle();
    expect((await tab.flush()).success).to.equal(true);
    const before = asked;
    await world.pass(600_000);
    expect(asked).to.equal(before);
  });
});
