import { expect } from 'chai';
import type {
  SyncEngine,
  SyncEngineConfig,
  RestTransportOptions,
} from '../../../src/sync/index.js';
import { all, device, settle, storage, tasks } from './device.js';
import { RestServer, type Dialect } from './server.js';

describe('a REST backend', () => {
  let server: RestServer;
  const engines: SyncEngine[] = [];

  const start = async (dialect: Dialect = {}) => (server = await new RestServer(dialect).start());
  const open = (
    options: Partial<SyncEngineConfig> & { rest?: Partial<RestTransportOptions> } = {},
  ) => {
    const engine = device(server, options);
    engines.push(engine);
    return engine;
  };

  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()));
    await server.stop();
  });

  it('gets what is created, changed and deleted, each by its method', async () => {
    await start();
    const engine = open();
    await tasks(engine).create({ id: 'a', title: 'One' });
    await tasks(engine).create({ id: 'b', title: 'Two' });
    await settle(engine);
    await tasks(engine).update('a', { done: true });
    await tasks(engine).delete('b');
    await settle(engine);
    expect(server.rows('tasks')).to.deep.equal([{ id: 'a', title: 'One', done: true }]);
    const changes = server.requests.filter(({ method }) => method !== 'GET');
    expect(changes.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
      'POST /tasks',
      'POST /tasks',
      'PATCH /tasks/a',
      'DELETE /tasks/b',
    ]);
    expect(changes[2]!.body).to.deep.equal({ done: true });
    expect(new Set(changes.map(({ headers }) => headers['idempotency-key'])).size).to.equal(4);
    expect(changes[2]!.headers['if-match']).to.equal('"v1"');
  });

  it('brings its changes page by page, and only what changed after that', async () => {
    await start();
    for (let i = 0; i < 7; i++) server.write('tasks', `t${i}`, { title: `${i}` });
    const engine = open({ rest: { entities: { tasks: { limit: 3 } } } });
    await settle(engine);
    expect(all(engine)).to.have.length(7);
    server.requests.length = 0;
    server.write('tasks', 't3', { title: 'Changed' });
    server.write('tasks', 't4', null);
    await settle(engine);
    expect(tasks(engine).get('t3')?.title).to.equal('Changed');
    expect(tasks(engine).get('t4')).to.equal(undefined);
    expect(server.requests).to.have.length(1);
    expect(server.requests[0]!.path).to.match(/^\/tasks\?since=7&limit=3$/);
  });

  it('keeps versions through a reload', async () => {
    await start();
    const disk = storage();
    const before = open({ storage: disk });
    await tasks(before).create({ id: 'a', title: 'One' });
    await settle(before);
    await before.close();
    const after = open({ storage: disk });
    await after.ready;
    await tasks(after).update('a', { title: 'Two' });
    await settle(after);
    expect(server.count('GET')).to.be.greaterThan(0);
    const patch = server.requests.find(({ method }) => method === 'PATCH');
    expect(patch!.headers['if-match']).to.equal('"v1"');
    expect(server.row('tasks', 'a')).to.deep.equal({ id: 'a', title: 'Two' });
  });
});
