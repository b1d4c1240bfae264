import { expect } from 'chai';
import {
  bytelystTransport,
  type Row,
  type SyncEngine,
  type Transport,
} from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task extends Row {
  n: number;
}

const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');

describe('a server that contradicts itself', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const open = async (options: Parameters<World['tab']>[0] = {}) => {
    const engine = world.tab({ entities: { tasks: {} }, ...options });
    await engine.ready;
    await world.settle();
    return engine;
  };

  /** How often it is asked within some real ms; then nothing is asked any more. */
  const asked = async (engine: SyncEngine, what: string) => {
    const before = world.server.requests.length;
    for (let i = 0; i < 100; i++) await new Promise((done) => setTimeout(done, 1));
    engine.setOnline(false);
    return world.server.requests.slice(before).filter((request) => request.includes(what)).length;
  };

  it('is believed when it has a row in an older version than it told once', async () => {
    world.server.write('tasks', 'a', { n: 1 });
    world.server.write('tasks', 'a', { n: 2 });
    const engine = await open();
    world.server.rows.get('tasks/a')!.version = 1;
    await tasks(engine).update('a', { n: 3 });
    expect(await asked(engine, 'push')).to.be.below(5);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ n: 3 });
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('is not asked without a pause about a row that it has forgotten', async () => {
    world.server.write('tasks', 'a', { n: 1 });
    const engine = await open();
    world.server.rows.delete('tasks/a');
    await tasks(engine).update('a', { n: 2 });
    expect(await asked(engine, 'push')).to.be.below(5);
    expect(engine.failed().map(({ problem }) => problem?.code)).to.deep.equal(['not-found']);
  });

  it('is not asked without a pause when each answer tells another row', async () => {
    world.server.write('tasks', 'a', { n: 0 });
    const engine = await open();
    let version = 1;
    world.server.answer = ({ id, key }) =>
      key === 'a'
        ? { id, outcome: 'conflict', row: { version: ++version, value: { n: 0 } } }
        : undefined;
    await tasks(engine).update('a', { n: 2 });
    expect(await asked(engine, 'push')).to.be.below(6);
    engine.setOnline(true);
    await tasks(engine).create({ id: 'b', n: 2 });
    await world.pass(600_000);
    expect(version).to.be.within(5, 60);
    expect(world.server.row('tasks', 'b'), 'the others go on').to.deep.equal({ n: 2 });
    expect(engine.getStatus()).to.deep.include({ status: 'error', pending: 1 });
    world.server.answer = () => undefined;
    await world.pass(120_000);
    expect(engine.getStatus()).to.include({ status: 'idle', pending: 0, lastError: null });
  });

  it('is not asked without a pause when its answers leave out what was sent', async () => {
    let pushes = 0;
    const transport: Transport = {
      ...bytelystTransport({ url: '/v1' }),
      push: async () => (pushes++, []),
    };
    const engine = await open({ transport });
    await tasks(engine).create({ id: 'a', n: 1 });
    await world.settle();
    expect(engine.getStatus()).to.include({ pending: 1, status: 'error' });
    expect(engine.getStatus().lastError?.code).to.equal('bad-answer');
    await asked(engine, 'push');
    expect(pushes).to.be.below(5);
  });

  it('is not believed when it accepted a change at a version that is none', async () => {
    world.server.write('tasks', 'a', { n: 1 });
    world.server.write('tasks', 'a', { n: 2 });
    const engine = await open();
    for (const version of [0, -3, 1.5, 2 ** 53, 1]) {
      world.server.answer = ({ id }) => ({ id, outcome: 'applied', version });
      const write = tasks(engine).update('a', { n: 3 });
      await write;
      await world.pass(5_000);
      expect(tasks(engine).get('a')?.n, String(version)).to.equal(3);
      expect(engine.getStatus().pending).to.be.above(0);
      expect(engine.getStatus().lastError?.code).to.equal('bad-answer');
    }
    world.server.answer = () => undefined;
    await world.pass(120_000);
    expect(engine.getStatus()).to.include({ status: 'idle', pending: 0 });
    expect(world.server.row('tasks', 'a')).to.deep.equal({ n: 3 });
  });
});
