import { expect } from 'chai';
import type { Row, SyncEngine, SyncError } from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task extends Row {
  title: string;
}

describe('createMany', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');
  const code = (write: Promise<unknown>) => write.then(String, (error: SyncError) => error.code);

  it('shows all rows at once, and says their ids when they are on disk', async () => {
    const device = world.device();
    device.online = false;
    const engine = world.tab({ device });
    const write = tasks(engine).createMany([{ id: 'a', title: 'One' }, { title: 'Two' }]);
    expect(tasks(engine).query().get()).to.have.length(2);
    const [a, b] = await write;
    expect(a).to.equal('a');
    expect(tasks(engine).get(b!)).to.deep.equal({ id: b, title: 'Two' });
    expect(engine.getStatus()).to.include({ pending: 2 });
  });

  it('writes none where the id of one is taken', async () => {
    const engine = world.tab();
    await tasks(engine).create({ id: 'b', title: 'There' });
    const write = tasks(engine).createMany([
      { id: 'a', title: 'One' },
      { id: 'b', title: 'Two' },
    ]);
    const later = tasks(engine).create({ id: 'c', title: 'Three' });
    expect(await code(write)).to.equal('already-exists');
    expect(await code(write.synced)).to.equal('already-exists');
    expect(tasks(engine).get('a')).to.equal(undefined);
    expect(tasks(engine).get('b')).to.deep.equal({ id: 'b', title: 'There' });
    expect(await later).to.equal('c');
    await world.settle();
    expect([...world.server.rows.keys()].sort()).to.deep.equal(['tasks/b', 'tasks/c']);
  });

  it('writes none where one is invalid or two have the same id', async () => {
    const engine = world.tab();
    const good = { id: 'a', title: 'One' };
    expect(await code(tasks(engine).createMany([good, { id: '/', title: 'Two' }]))).to.equal(
      'invalid',
    );
    expect(await code(tasks(engine).createMany([good, good]))).to.equal('invalid');
    expect(tasks(engine).query().get()).to.deep.equal([]);
  });

  it('resolves `synced` when the server has accepted all, and not before', async () => {
    const device = world.device();
    device.online = false;
    const engine = world.tab({ device });
    const write = tasks(engine).createMany([
      { id: 'a', title: 'One' },
      { id: 'b', title: 'Two' },
    ]);
    let synced = false;
    void write.synced.then(() => (synced = true));
    await write;
    await tasks(engine).delete('a'); // One of them need not be sent any more.
    await world.settle();
    expect(synced).to.equal(false);
    device.online = true;
    await write.synced;
    expect(world.server.row('tasks', 'b')).to.deep.equal({ title: 'Two' });
  });

  it('rejects `synced` with the first that the server refuses', async () => {
    const engine = world.tab();
    world.server.refuse = ({ key }) => key === 'b';
    const write = tasks(engine).createMany([
      { id: 'a', title: 'One' },
      { id: 'b', title: 'Two' },
    ]);
    await write;
    expect(await code(write.synced)).to.equal('rejected');
    expect(engine.failed().map(({ key }) => key)).to.deep.equal(['b']);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'One' });
  });

  it('takes no rows, too', async () => {
    const write = tasks(world.tab()).createMany([]);
    expect(await write).to.deep.equal([]);
    await write.synced;
  });
});
