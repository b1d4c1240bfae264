import { expect } from 'chai';
import {
  memoryStorage,
  type SyncEngine,
  type SyncEngineConfig,
  type RestEntity,
  type RestTransportOptions,
} from '../../../src/sync/index.js';
import { all, device, settle, tasks, type Task } from './device.js';
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
    const disk = memoryStorage();
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

  const dialects: Record<string, { dialect: Dialect; entity?: RestEntity }> = {
    'ETags, bodies': { dialect: {} },
    'ETags, no bodies': { dialect: { bodies: false } },
    'weak ETags that If-Match never matches': { dialect: { versions: 'weak-etag' } },
    'a version member by If-Match': {
      dialect: { versions: 'member' },
      entity: { version: 'version' },
    },
    'a version member in the body, 409': {
      dialect: { versions: 'member', stale: 409 },
      entity: { version: 'version', precondition: 'body' },
    },
    'a time of change as the version': {
      dialect: { versions: 'updatedAt' },
      entity: { version: 'updatedAt' },
    },
    'versions required (428)': { dialect: { required: true, bodies: false } },
    'no versions at all': { dialect: { versions: 'none' } },
    'PUT of whole rows without versions': {
      dialect: { versions: 'none' },
      entity: { update: 'PUT' },
    },
    'PUT of whole rows': { dialect: {}, entity: { update: 'PUT' } },
    'whole listings': { dialect: { listing: 'all' } },
    'whole listings by links': {
      dialect: { listing: 'all', pages: 'link' },
      entity: { limit: 2 },
    },
    'whole listings cut without a way on': {
      dialect: { listing: 'all', pages: 'none' },
      entity: { limit: 2 },
    },
    'times of change, rows marked as deleted': {
      dialect: { listing: 'updatedAt', tombstones: 'rows' },
      entity: { updatedAt: 'updatedAt', deleted: 'deleted' },
    },
    'ids of the server': { dialect: { ids: 'server' }, entity: { ids: 'server' } },
    'ids of the server, told by Location': { dialect: { ids: 'server', bodies: false } },
    'conflicts told without the row': { dialect: { staleRow: false } },
    'conflicts told by 409 without the row': { dialect: { staleRow: false, stale: 409 } },
  };
  const shown = (row: object) => {
    const {
      version: _,
      updatedAt: _at,
      deleted: _deleted,
      ...rest
    } = row as Record<string, unknown>;
    return rest;
  };

  for (const [name, { dialect, entity = {} }] of Object.entries(dialects)) {
    describe(`with ${name}`, () => {
      it('keeps two devices and itself equal', async () => {
        await start(dialect);
        const rest = { entities: { tasks: entity } };
        const [one, two] = [open({ rest }), open({ rest })];
        for (let i = 0; i < 5; i++) await tasks(one).create({ title: `Task ${i}` });
        await settle(one, two);
        expect(all(two)).to.have.length(5);
        const [a, b, c] = all(two).map(({ id }) => id);
        await tasks(two).update(a!, { note: 'By two' });
        await tasks(one).update(b!, { done: true });
        await tasks(one).delete(c!);
        await settle(two, one, two);
        // Each has changed it once more, and once it was the other's turn.
        await tasks(one).update(a!, { title: 'By one' });
        await tasks(two).update(b!, { title: 'By two' });
        await settle(one, two, one);
        const expected = server.rows('tasks').map(shown);
        const byId = (x: object, y: object) => ((x as Task).id < (y as Task).id ? -1 : 1);
        expected.sort(byId);
        expect(all(one).map(shown)).to.deep.equal(expected);
        expect(all(two).map(shown)).to.deep.equal(expected);
        expect(expected).to.have.length(4);
        expect(expected.find(({ id }) => id === a)).to.include({ title: 'By one', note: 'By two' });
        expect(expected.find(({ id }) => id === b)).to.include({ title: 'By two', done: true });
        for (const engine of [one, two])
          expect(engine.getStatus()).to.include({ status: 'idle', failed: 0, conflicts: 0 });
      });

      it('removes a member on the backend and on the other device', async () => {
        await start(dialect);
        const rest = { entities: { tasks: entity } };
        const [one, two] = [open({ rest }), open({ rest })];
        await tasks(one).create({ title: 'Task', note: 'Gone' });
        await settle(one, two);
        const [{ id }] = all(two) as [Task];
        await tasks(two).update(id, { note: undefined, done: true });
        await settle(two, one);
        const expected = { id, title: 'Task', done: true };
        expect(server.rows('tasks').map(shown)).to.deep.equal([expected]);
        expect(all(one).map(shown)).to.deep.equal([expected]);
        expect(all(two).map(shown)).to.deep.equal([expected]);
      });

      it('merges what two devices changed at once', async () => {
        await start(dialect);
        const rest = { entities: { tasks: entity } };
        const [one, two] = [open({ rest }), open({ rest })];
        await tasks(one).create({ title: 'Task' });
        await settle(one, two);
        const [{ id }] = all(two) as [Task];
        for (const round of ['first', 'second']) {
          one.setOnline(false);
          two.setOnline(false);
          await tasks(one).update(id, { title: `One, ${round}` });
          await tasks(two).update(id, { note: `Two, ${round}` });
          one.setOnline(null);
          await settle(one);
          two.setOnline(null);
          await settle(two, one);
          const expected = { id, title: `One, ${round}`, note: `Two, ${round}` };
          expect(server.rows('tasks').map(shown)).to.deep.equal([expected]);
          expect(all(one).map(shown)).to.deep.equal([expected]);
          expect(all(two).map(shown)).to.deep.equal([expected]);
        }
      });
    });
  }
});
