import { expect } from 'chai';
import type { EntityConfig, WireMutation } from '../../src/sync/index.js';
import { problem, type PushResult } from '../../src/protocol/index.js';
import { World } from './world/world.js';

describe('the outbox', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const offline = async (entities: Record<string, EntityConfig>) => {
    const device = world.device();
    device.online = false;
    const tab = world.tab({ device, entities });
    await tab.ready;
    return { device, tab };
  };

  /** Requests as the keys that each one pushed. */
  const pushed = () => {
    const batches: string[][] = [];
    world.server.onPush = (mutations) => batches.push(mutations.map((m) => `${m.op} ${m.key}`));
    return batches;
  };

  it('joins writes only as far as the server takes them, in bytes', async () => {
    // Several devices have made it larger than a row may be.
    world.server.write('tasks', 'a', { text: 'x'.repeat(100_000) });
    const { device, tab } = await offline({ tasks: {} });
    device.online = true;
    await tab.pull();
    device.online = false;
    const notes = tab.collection('tasks');
    await notes.update('a', { one: '漢'.repeat(13_000) });
    await notes.update('a', { two: '字'.repeat(7_900) });
    await notes.update('a', { three: '字'.repeat(7_900) });
    device.online = true;
    await world.settle();
    expect(tab.getStatus()).to.include({ pending: 0, failed: 0 });
    expect(world.server.row('tasks', 'a')).to.have.all.keys('text', 'one', 'two', 'three');
  });

  it('sends without a group what the app’s `group` function throws on, and says so once', async () => {
    const group = () => {
      throw new Error('No such account.');
    };
    const { device, tab } = await offline({ tasks: { group } });
    const codes: string[] = [];
    tab.on('error', ({ code }) => void codes.push(code));
    await tab.collection('tasks').create({ id: 'a' });
    await tab.collection('tasks').create({ id: 'b' });
    device.online = true;
    await world.settle();
    expect(world.server.rows.size).to.equal(2);
    expect(tab.getStatus()).to.include({ status: 'idle', pending: 0 });
    expect(codes.filter((code) => code === 'invalid')).to.have.length(1);
  });

  describe('with `dependsOn`', () => {
    const entities = { projects: {}, tasks: { dependsOn: { project: 'projects' } } };

    it('creates the parent first, also when the child was written first', async () => {
      const { device, tab } = await offline(entities);
      await tab.collection('tasks').create({ id: 't', title: 'One' });
      await tab.collection('projects').create({ id: 'p' });
      await tab.collection('tasks').update('t', { project: 'p' });
      const batches = pushed();
      device.online = true;
      await world.settle();
      expect(batches).to.deep.equal([['create p'], ['create t']]);
      expect(world.server.row('tasks', 't')).to.deep.equal({ title: 'One', project: 'p' });
    });

    it('creates the parent first, also when both are of one group', async () => {
      const { device, tab } = await offline({
        projects: { group: () => 'one' },
        tasks: { group: () => 'one', dependsOn: { project: 'projects' } },
      });
      await tab.collection('tasks').create({ id: 't', project: 'p' });
      await tab.collection('projects').create({ id: 'p' });
      await tab.collection('tasks').create({ id: 'u', project: 'p' });
      const batches = pushed();
      device.online = true;
      await world.settle();
      expect(batches).to.deep.equal([['create p'], ['create t'], ['create u']]);
    });

    it('deletes the parent after its children', async () => {
      const { device, tab } = await offline(entities);
      device.online = true;
      await tab.collection('projects').create({ id: 'p' });
      await tab.collection('tasks').create({ id: 't', project: 'p' });
      await world.settle();
      device.online = false;
      await tab.collection('tasks').delete('t');
      await tab.collection('projects').delete('p');
      const batches = pushed();
      device.online = true;
      await world.settle();
      expect(batches).to.deep.equal([['delete t'], ['delete p']]);
    });

    it('deletes the parent after its children, also when it was deleted first', async () => {
      const { device, tab } = await offline({
        projects: { group: () => 'one' },
        tasks: { group: () => 'one', dependsOn: { project: 'projects' } },
      });
      device.online = true;
      for (const id of ['p', 'q']) await tab.collection('projects').create({ id });
      for (const id of ['t', 'u']) await tab.collection('tasks').create({ id, project: 'p' });
      await world.settle();
      device.online = false;
      await tab.collection('projects').delete('p');
      await tab.collection('tasks').delete('t');
      await tab.collection('tasks').update('u', { project: 'q' });
      const batches = pushed();
      device.online = true;
      await world.settle();
      expect(batches).to.deep.equal([['delete t'], ['update u'], ['delete p']]);
    });

    it('deletes rows that depend on each other', async () => {
      const { device, tab } = await offline({ tasks: { dependsOn: { next: 'tasks' } } });
      device.online = true;
      await tab.collection('tasks').createMany([
        { id: 'a', next: 'b' },
        { id: 'b', next: 'a' },
        { id: 'c', next: 'a' },
      ]);
      await world.settle();
      device.online = false;
      for (const id of ['a', 'b', 'c']) await tab.collection('tasks').delete(id);
      const batches = pushed();
      device.online = true;
      await world.settle();
      expect(batches.flat()[0]).to.equal('delete c');
      expect(tab.getStatus().pending).to.equal(0);
    });

    it('sends other rows beside a chain that is longer than the stack is deep', async () => {
      const { device, tab } = await offline({ notes: {}, tasks: { dependsOn: { next: 'tasks' } } });
      const chain = Array.from({ length: 12_000 }, (_, i) => ({ id: `n${i}`, next: `n${i + 1}` }));
      await tab.collection('tasks').createMany(chain);
      await tab.collection('notes').create({ id: 'other' });
      const batches = pushed();
      device.online = true;
      while (batches.length < 3) await new Promise((done) => setTimeout(done));
      device.online = false;
      expect(batches.slice(0, 3)).to.deep.equal([
        ['create n11999', 'create other'],
        ['create n11998'],
        ['create n11997'],
      ]);
    });

    it('creates a parent anew before the child when it was deleted in between', async () => {
      const { device, tab } = await offline(entities);
      device.online = true;
      await tab.collection('projects').create({ id: 'p' });
      await world.settle();
      world.faults.push('drop-request');
      await tab.collection('projects').delete('p');
      await world.settle();
      await tab.collection('projects').create({ id: 'p', name: 'Anew' });
      await tab.collection('tasks').create({ id: 't', project: 'p' });
      const batches = pushed();
      await world.pass(60_000);
      expect(batches).to.deep.equal([['delete p'], ['create p'], ['create t']]);
    });

    it('keeps the child back while its parent is a dead letter, and nothing else', async () => {
      const { device, tab } = await offline(entities);
      world.server.refuse = ({ key }) => key === 'p';
      await tab.collection('projects').create({ id: 'p' });
      await tab.collection('tasks').create({ id: 't', project: 'p' });
      await tab.collection('tasks').create({ id: 'free' });
      device.online = true;
      await world.settle();
      expect(tab.getStatus()).to.include({ pending: 1, failed: 1 });
      expect(world.server.row('tasks', 'free')).to.deep.equal({});
      world.server.refuse = () => false;
      await tab.reprocessFailed();
      await world.settle();
      expect(tab.getStatus()).to.include({ pending: 0, failed: 0 });
      expect(world.server.row('tasks', 't')).to.deep.equal({ project: 'p' });
    });

    for (const how of ['is given up', 'is deleted', 'is made by somebody else'] as const)
      it(`sends the child at once when its parent, a dead letter, ${how}`, async () => {
        const { device, tab } = await offline(entities);
        world.server.refuse = ({ key }) => key === 'p';
        await tab.collection('projects').create({ id: 'p' });
        await tab.collection('tasks').create({ id: 't', project: 'p' });
        device.online = true;
        await world.settle();
        expect(tab.getStatus()).to.include({ pending: 1, failed: 1 });
        if (how === 'is given up') await tab.discard(tab.failed()[0]!.id);
        else if (how === 'is deleted') await tab.collection('projects').delete('p');
        else world.server.write('projects', 'p', { name: 'Theirs' });
        await world.settle();
        expect(tab.getStatus().pending).to.equal(0);
        expect(world.server.row('tasks', 't')).to.deep.equal({ project: 'p' });
      });

    it('reports no failure of a child that waits for a dead letter since', async () => {
      const { device, tab } = await offline(entities);
      await tab.collection('tasks').create({ id: 't', project: 'p' });
      world.server.answer = ({ id, key }) =>
        key === 't' ? { id, outcome: 'rejected', problem: problem('unavailable') } : undefined;
      world.server.refuse = ({ key }) => key === 'p';
      device.online = true;
      await world.settle();
      expect(tab.getStatus()).to.include({ status: 'error', pending: 1 });
      world.server.answer = () => undefined;
      await tab.collection('projects').create({ id: 'p' });
      await world.pass(60_000);
      expect(tab.getStatus()).to.include({ status: 'idle', pending: 1, failed: 1 });
    });

    it('sends two rows that depend on each other, rather than neither', async () => {
      const { device, tab } = await offline({ tasks: { dependsOn: { next: 'tasks' } } });
      await tab.collection('tasks').create({ id: 'a', next: 'b' });
      await tab.collection('tasks').create({ id: 'b', next: 'a' });
      await tab.collection('tasks').create({ id: 'self', next: 'self' });
      device.online = true;
      await world.settle();
      expect(tab.getStatus().pending).to.equal(0);
    });
  });

  it('sends the writes of a group one after the other, and other rows beside them', async () => {
    const { device, tab } = await offline({ tasks: { group: 'list' } });
    const tasks = tab.collection('tasks');
    for (const id of ['a', 'b', 'c']) await tasks.create({ id, list: 'one' });
    await tasks.create({ id: 'other', list: 'two' });
    const batches = pushed();
    device.online = true;
    await world.settle();
    expect(batches).to.deep.equal([['create a', 'create other'], ['create b'], ['create c']]);
  });

  it('goes on with other rows while the server puts one off, and comes back to it', async () => {
    const { device, tab } = await offline({ tasks: {} });
    await tab.collection('tasks').create({ id: 'slow' });
    await tab.collection('tasks').create({ id: 'a' });
    let busy = true;
    world.server.answer = (mutation): PushResult | undefined =>
      busy && mutation.key === 'slow'
        ? { id: mutation.id, outcome: 'rejected', problem: problem('unavailable') }
        : undefined;
    device.online = true;
    await world.settle();
    await tab.collection('tasks').create({ id: 'b' });
    await world.settle();
    expect(world.server.applied).to.deep.equal(['create a', 'create b']);
    expect(tab.getStatus()).to.deep.include({ pending: 1, status: 'error' });
    busy = false;
    await world.pass(60_000);
    expect(world.server.applied).to.deep.equal(['create a', 'create b', 'create slow']);
    expect(tab.getStatus()).to.deep.include({ pending: 0, status: 'idle', lastError: null });
  });

  it('finds the write that brings the server down, and sends the others', async () => {
    const { device, tab } = await offline({ tasks: {} });
    for (const id of ['a', 'b', 'poison', 'c', 'd']) await tab.collection('tasks').create({ id });
    const poisoned = (mutations: WireMutation[]) => mutations.some(({ key }) => key === 'poison');
    world.server.onPush = (mutations) => {
      if (poisoned(mutations))
        world.server.nextAnswers.push(Response.json(problem('internal'), { status: 500 }));
    };
    device.online = true;
    await world.pass(120_000);
    expect(world.server.applied.slice().sort()).to.deep.equal([
      'create a',
      'create b',
      'create c',
      'create d',
    ]);
    expect(tab.getStatus().pending).to.equal(1);
  });
});
