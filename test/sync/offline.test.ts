import { expect } from 'chai';
import { SyncError, type Row, type SyncEngine } from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task extends Row {
  title: string;
  done?: boolean;
  note?: string;
}

describe('working offline', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');

  it('shows a write at once and acknowledges it when it is on disk', async () => {
    const device = world.device();
    device.online = false;
    const engine = world.tab({ device });
    const write = tasks(engine).create({ id: 'a', title: 'Write' });
    expect(tasks(engine).get('a')).to.deep.equal({ id: 'a', title: 'Write' });
    expect(await write).to.equal('a');
    expect((await device.storage.open()).load()).to.be.instanceOf(Promise);
    expect(engine.getStatus()).to.include({ status: 'offline', pending: 1 });
  });

  it('writes what an update says, also where it says what a refused write would have said', async () => {
    const engine = world.tab();
    await engine.ready;
    const first = tasks(engine).create({ id: 'a', title: 'Write' });
    const taken = tasks(engine).create({ id: 'a', title: 'Again', note: 'Same' });
    const update = tasks(engine).update('a', { note: 'Same' });
    await Promise.all([first, update]);
    expect(await taken.catch((error: SyncError) => error.code)).to.equal('already-exists');
    expect(tasks(engine).get('a')).to.deep.equal({ id: 'a', title: 'Write', note: 'Same' });
  });

  it('keeps what was written offline over a reload and sends it when the network is back', async () => {
    const device = world.device();
    device.online = false;
    const before = world.tab({ device });
    await tasks(before).create({ id: 'a', title: 'One' });
    await tasks(before).create({ id: 'b', title: 'Two' });
    await before.close();

    const after = world.tab({ device });
    await after.ready;
    expect(tasks(after).query().get()).to.have.length(2);
    expect(after.getStatus()).to.include({ status: 'offline', pending: 2 });

    device.online = true;
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'One' });
    expect(world.server.row('tasks', 'b')).to.deep.equal({ title: 'Two' });
    expect(after.getStatus()).to.include({ status: 'idle', pending: 0 });
  });

  it('resolves `synced` when the server has accepted the write', async () => {
    const engine = world.tab();
    const write = tasks(engine).create({ title: 'Write' });
    const id = await write;
    let synced = false;
    void write.synced.then(() => (synced = true));
    await world.settle();
    expect(synced).to.equal(true);
    expect(tasks(engine).isPending(id)).to.equal(false);
  });

  it('sends one create for a create and the updates that followed it offline', async () => {
    const device = world.device();
    device.online = false;
    const engine = world.tab({ device });
    const id = await tasks(engine).create({ title: 'Draft' });
    await tasks(engine).update(id, { title: 'Final' });
    await tasks(engine).update(id, { done: true });
    expect(engine.getQueueLength()).to.equal(1);
    device.online = true;
    await world.settle();
    expect(world.server.applied).to.deep.equal([`create ${id}`]);
    expect(world.server.row('tasks', id)).to.deep.equal({ title: 'Final', done: true });
  });

  it('sends nothing for a row that was created and deleted offline', async () => {
    const device = world.device();
    device.online = false;
    const engine = world.tab({ device });
    const id = await tasks(engine).create({ title: 'Oops' });
    await tasks(engine).delete(id);
    expect(engine.getQueueLength()).to.equal(0);
    device.online = true;
    await world.settle();
    expect(world.server.applied).to.deep.equal([]);
  });

  it('refuses an update of a row that is not there, and says so', async () => {
    const engine = world.tab();
    await engine.ready;
    const error = await tasks(engine)
      .update('ghost', { title: 'x' })
      .catch((e: unknown) => e);
    expect(error).to.be.instanceOf(SyncError).with.property('code', 'not-found');
    expect(tasks(engine).get('ghost')).to.equal(undefined);
  });

  it('refuses a second row with the same id and keeps the first', async () => {
    const engine = world.tab();
    await tasks(engine).create({ id: 'a', title: 'First' });
    const error = await tasks(engine)
      .create({ id: 'a', title: 'Second' })
      .catch((e: unknown) => e);
    expect(error).to.have.property('code', 'already-exists');
    expect(tasks(engine).get('a')).to.deep.equal({ id: 'a', title: 'First' });
  });

  for (const [what, row] of [
    ['a function', { title: () => 'x' }],
    ['NaN', { title: NaN }],
    ['a member called __proto__', JSON.parse('{"__proto__": 1}') as object],
    ['an id with a slash', { id: 'a/b', title: 'x' }],
    ['more than 64 KB', { title: 'x'.repeat(70_000) }],
  ] as const)
    it(`refuses ${what} in a row, with a typed error`, async () => {
      const engine = world.tab();
      const error = await tasks(engine)
        .create(row as unknown as Task)
        .catch((e: unknown) => e);
      expect(error).to.be.instanceOf(SyncError).with.property('code', 'invalid');
      expect(engine.getQueueLength()).to.equal(0);
    });

  it('does not write what the app changes in its object afterwards', async () => {
    const engine = world.tab();
    const task = { id: 'a', title: 'Mine', tags: ['x'] };
    const write = tasks(engine).create(task);
    task.tags.push('y');
    await write;
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Mine', tags: ['x'] });
  });

  it('rejects writes after it was closed', async () => {
    const engine = world.tab();
    await engine.close();
    const error = await tasks(engine)
      .create({ title: 'Late' })
      .catch((e: unknown) => e);
    expect(error).to.have.property('code', 'closed');
  });
});
