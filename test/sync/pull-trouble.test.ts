import { expect } from 'chai';
import { type PullLine, type PullPage } from '../../src/protocol/index.js';
import {
  SyncError,
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

describe('pulling from a server in trouble', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const open = async (options: Parameters<World['tab']>[0] = {}) => {
    const engine = world.tab({ entities: { tasks: {} }, ...options });
    await engine.ready;
    return engine;
  };

  /** Answers pulls as said, and counts them. */
  const answering = (lines: (cursor: string | null) => PullLine[]) => {
    const transport = {
      pulls: 0,
      push: async () => Promise.reject(new SyncError('offline', 'No.')),
      async *pull(cursor: string | null) {
        transport.pulls++;
        yield* lines(cursor);
      },
    } satisfies Transport & { pulls: number };
    return transport;
  };
  const end = (to: number, more = false, epoch = 'e') => ({
    ...{ cursor: `${epoch}:${to}`, to, more, epoch, durable: to },
  });
  const page = (from: number, to: number, rows: [string, number, number][]): PullPage => ({
    ...{ collection: 'tasks', from, to, removed: [], removedVersions: [] },
    keys: rows.map(([key]) => key),
    versions: rows.map(([, version]) => version),
    values: rows.map(([, , n]) => ({ n })),
  });
  const realTime = async () => {
    for (let i = 0; i < 100; i++) await new Promise((done) => setTimeout(done, 1));
  };

  it('waits when there is more to tell, but nothing is told', async () => {
    const transport = answering(() => [end(0, true)]);
    const engine = await open({ transport });
    await realTime();
    expect(transport.pulls).to.be.below(5);
    expect(engine.getStatus()).to.include({ status: 'error' });
    expect(engine.getStatus().lastError?.code).to.equal('bad-answer');
  });

  it('waits when every answer is from another life of the database', async () => {
    let life = 0;
    const transport = answering(() => [end(0, false, `e${++life}`)]);
    const engine = await open({ transport });
    await world.pass(60_000);
    await realTime();
    const before = transport.pulls;
    await realTime();
    expect(transport.pulls).to.equal(before);
    expect(before).to.be.below(60);
    expect(engine.getStatus().lastError?.code).to.equal('bad-answer');
  });

  it('waits when the server takes none of its own cursors', async () => {
    const transport = answering((cursor) =>
      cursor ? [{ reset: true, reason: 'cursor' }] : [end(1, true)],
    );
    await open({ transport });
    await realTime();
    expect(transport.pulls).to.be.below(20);
  });

  it('asks again for what was refused, less and less often', async () => {
    const engine = await open();
    await world.settle();
    world.server.forbidden.add('tasks');
    world.server.write('tasks', 'a', { n: 1 });
    await world.pass(300_000);
    expect(engine.getStatus().lastError?.code).to.equal('rejected');
    const asked = world.server.requests.filter((r) => r.includes('pull')).length;
    expect(asked).to.be.within(3, 20);
    world.server.forbidden.clear();
    await world.pass(600_000);
    expect(tasks(engine).query().get()).to.have.length(1);
    expect(engine.getStatus()).to.include({ status: 'idle', lastError: null });
  });

  it('takes a proxy’s bound for trouble that passes, not for a refusal', async () => {
    const engine = await open();
    await world.settle();
    world.server.nextAnswers.push(new Response('too large', { status: 413 }));
    world.server.write('tasks', 'a', { n: 1 });
    await world.settle();
    await world.pass(5_000);
    expect(tasks(engine).query().get()).to.have.length(1);
  });

  it('takes the last word on a row that is told twice in one stretch', async () => {
    const transport = answering((cursor) => {
      if (!cursor) return [page(0, 1, [['k', 1, 1]]), end(1)];
      if (cursor !== 'e:1') return [end(3)];
      return [page(1, 2, [['k', 2, 2], ['x', 2, 1]]), page(2, 3, [['x', 3, 2]]), end(3)]; // prettier-ignore
    });
    const engine = await open({ transport });
    await world.pass(120_000);
    expect(tasks(engine).get('x')?.n).to.equal(2);
    expect(tasks(engine).get('k')?.n).to.equal(2);
  });

  it('rebases once on a row that is told twice in one page', async () => {
    let twice = false;
    const transport = answering((cursor) => {
      if (!cursor) return [page(0, 1, [['k', 1, 1]]), end(1)];
      if (!twice || cursor !== 'e:1') return [end(Number(cursor.slice(2)))];
      return [page(1, 2, [['k', 2, 5], ['k', 3, 6]]), end(2)]; // prettier-ignore
    });
    const device = world.device();
    const entities = {
      parents: {},
      tasks: { fields: { n: 'counter' as const }, dependsOn: { p: 'parents' } },
    };
    const engine = await open({ transport, device, entities });
    await world.settle();
    device.online = false;
    await engine.collection('parents').create({ id: 'p' });
    await engine.collection('tasks').update('k', { n: 2, p: 'p' });
    twice = true;
    device.online = true;
    await world.pass(60_000);
    expect(tasks(engine).get('k')?.n).to.equal(7);
    expect(engine.exportPending()).to.have.length(2);
  });

  it('forgets a scope that is dropped before its first answer', async () => {
    world.server.write('tasks', 't', { n: 1 });
    const inner = bytelystTransport({ url: '/v1' });
    let held = Promise.resolve();
    const transport: Transport = {
      ...inner,
      async *pull(...args) {
        for await (const line of inner.pull(...args)) {
          await held;
          yield line;
        }
      },
    };
    const engine = await open({ entities: { tasks: { scope: [] } }, transport });
    await world.settle();
    let letGo!: () => void;
    held = new Promise((resolve) => (letGo = resolve));
    await engine.scopes.add('tasks', { n: 1 });
    await realTime();
    await engine.scopes.drop('tasks', { n: 1 });
    letGo();
    await world.pass(1_000);
    world.server.write('tasks', 't', { n: 1, newer: true });
    await world.pass(60_000);
    expect(tasks(engine).query().get()).to.deep.equal([]);
  });

  it('believes no version that is none', async () => {
    const engine = await open();
    await world.settle();
    const told = (version: number) =>
      new Response(
        [{ ...page(0, 1, [['a', version, 1]]) }, end(1)]
          .map((l) => `${JSON.stringify(l)}\n`)
          .join(''),
      );
    for (const version of [0, -5, 1.5, 2 ** 53]) {
      world.server.nextAnswers.push(told(version));
      await engine.pull();
      expect(tasks(engine).query().get()).to.deep.equal([]);
      expect(engine.getStatus().lastError?.code).to.equal('bad-answer');
    }
  });
});
