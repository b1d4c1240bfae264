import { expect } from 'chai';
import { z } from 'zod';
import type { EntityConfig, SyncError } from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task {
  id: string;
  title?: string;
  due?: string;
  likes?: number;
}

describe('a member that is updated to undefined', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
    world.server.write('tasks', 'a', { title: 'A', due: 'today', likes: 1 });
  });
  afterEach(() => world.end());

  const open = async (tasks: EntityConfig = {}, device = world.device()) => {
    const tab = world.tab({ device, entities: { tasks } });
    await tab.ready;
    await world.settle();
    return { tab, device, rows: tab.collection<Task>('tasks') };
  };

  it('is removed here, on the server and on every other device', async () => {
    const [here, there] = [await open(), await open()];
    const write = here.rows.update('a', { due: undefined });
    expect(here.rows.get('a')).to.deep.equal({ id: 'a', title: 'A', likes: 1 });
    await write.synced;
    await world.settle();
    expect(here.rows.get('a')).to.deep.equal({ id: 'a', title: 'A', likes: 1 });
    expect(there.rows.get('a')).to.deep.equal({ id: 'a', title: 'A', likes: 1 });
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'A', likes: 1 });
    expect(here.rows.query({ where: { due: { $exists: false } } }).get()).to.have.length(1);
  });

  it('is nothing to do where there is none, and other members are changed all the same', async () => {
    const { rows } = await open();
    await rows.update('a', { due: undefined }).synced;
    await rows.update('a', { due: undefined, title: 'B' }).synced;
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'B', likes: 1 });
  });

  it('may be given again, and removed from a row that was never sent', async () => {
    const { device, tab, rows } = await open();
    device.online = false;
    await rows.create({ id: 'b', title: 'B', due: 'today' });
    await rows.update('b', { due: undefined });
    await rows.update('a', { due: undefined });
    await rows.update('a', { due: 'tomorrow', likes: undefined });
    expect(tab.getQueueLength()).to.equal(2);
    device.online = true;
    await world.settle();
    expect(world.server.row('tasks', 'b')).to.deep.equal({ title: 'B' });
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'A', due: 'tomorrow' });
  });

  it('is removed when it was written before the database was open, and after a reload', async () => {
    const { device, tab } = await open();
    await tab.close();
    device.online = false;
    const early = world.tab({ device, entities: { tasks: {} } });
    await early.collection<Task>('tasks').update('a', { due: undefined, title: 'B' });
    await early.close();
    const { rows } = await open({}, device);
    expect(rows.get('a')).to.deep.equal({ id: 'a', title: 'B', likes: 1 });
    device.online = true;
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'B', likes: 1 });
  });

  it('leaves what others changed meanwhile as it is', async () => {
    const { device, rows } = await open({ fields: { likes: 'counter' } });
    device.online = false;
    await rows.update('a', { due: undefined, likes: 2 });
    world.server.write('tasks', 'a', { title: 'Theirs', due: 'today', likes: 5, note: 'N' });
    device.online = true;
    await world.settle();
    const row = { title: 'Theirs', likes: 6, note: 'N' };
    expect(world.server.row('tasks', 'a')).to.deep.equal(row);
    expect(rows.get('a')).to.deep.equal({ id: 'a', ...row });
  });

  it('leaves what another tab has just written as it is', async () => {
    const { device, rows } = await open();
    const { rows: others } = await open({}, device);
    device.online = false;
    await Promise.all([
      others.update('a', { title: 'B' }),
      rows.update('a', { due: undefined }),
      others.update('a', { likes: 7 }),
    ]);
    device.online = true;
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'B', likes: 7 });
  });

  it('is in dispute where somebody else changed it', async () => {
    for (const [conflictStrategy, due] of [
      ['merge', undefined],
      ['server-wins', 'theirs'],
    ] as const) {
      const { device, tab, rows } = await open({ conflictStrategy });
      device.online = false;
      await rows.update('a', { due: undefined });
      world.server.write('tasks', 'a', { title: 'A', due: 'theirs' });
      device.online = true;
      await world.settle();
      expect(world.server.row('tasks', 'a')?.due).to.equal(due);
      expect(rows.get('a')?.due).to.equal(due);
      await tab.close();
    }
  });

  it('never brings back a row that somebody else deleted', async () => {
    const { device, tab, rows } = await open();
    device.online = false;
    const { synced } = rows.update('a', { due: undefined });
    synced.catch(() => {});
    await world.settle();
    world.server.write('tasks', 'a', null);
    device.online = true;
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.equal(null);
    expect(tab.failed()).to.have.length(1);
  });

  it('arrives once, though its answer was lost', async () => {
    const { rows } = await open();
    world.loseAnswers = 1;
    await rows.update('a', { due: undefined });
    await world.pass(5_000);
    expect(world.server.applied).to.have.length(1);
    expect(rows.get('a')).to.deep.equal({ id: 'a', title: 'A', likes: 1 });
  });

  describe('with a schema', () => {
    const schema = z.object({
      id: z.string(),
      title: z.string(),
      due: z.string().optional(),
      status: z.enum(['open', 'done']).default('open'),
    });
    const typed = async () => {
      world.server.write('tasks', 'a', { title: 'A', due: 'today', status: 'done' });
      const tab = world.tab({ entities: { tasks: { schema } } });
      await tab.ready;
      await world.settle();
      return tab.collection<z.infer<typeof schema>>('tasks');
    };

    it('is removed where the schema lets it be absent', async () => {
      const tasks = await typed();
      await tasks.update('a', { due: undefined }).synced;
      expect(tasks.get('a')).to.deep.equal({ id: 'a', title: 'A', status: 'done' });
    });

    it('goes back to its default where it has one', async () => {
      const tasks = await typed();
      await tasks.update('a', { status: undefined } as object).synced;
      expect(tasks.get('a')).to.include({ status: 'open' });
      expect(world.server.row('tasks', 'a')).to.include({ status: 'open' });
    });

    it('is refused where the schema wants it', async () => {
      const tasks = await typed();
      // @ts-expect-error A title can't be absent.
      const error = await tasks.update('a', { title: undefined }).catch((e: SyncError) => e);
      expect(error).to.have.property('code', 'invalid');
      expect(tasks.get('a')).to.include({ title: 'A' });
    });
  });
});
