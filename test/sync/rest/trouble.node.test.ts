import { expect } from 'chai';
import {
  memoryStorage,
  restTransport,
  SyncError,
  type RestTransportOptions,
  type SyncEngine,
  type SyncEngineConfig,
} from '../../../src/sync/index.js';
import { all, device, settle, tasks } from './device.js';
import { RestServer, type Dialect, type Fault } from './server.js';

describe('a REST backend in trouble', () => {
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
  /** An engine that knows row `a`, with nothing under way. */
  const withRow = async (options: Parameters<typeof open>[0] = {}) => {
    const engine = open(options);
    await tasks(engine).create({ id: 'a', title: 'One' });
    await settle(engine);
    server.requests.length = 0;
    return engine;
  };

  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()));
    await server.stop();
  });

  const passing: Record<string, Fault> = {
    'the request is lost': 'drop-request',
    'the answer is lost': 'drop-response',
    'the answer is cut off': 'truncate',
    'somebody else answers with a page of HTML': 'html',
    'the answer has the wrong content type': 'wrong-type',
    'the answer is 500': { status: 500 },
    'the answer is 500, after it took effect': { status: 500, after: true },
    'the answer is 502 with a page of HTML': { status: 502, body: '<h1>Bad Gateway</h1>' },
    'the answer is 404 with a page of HTML': { status: 404, body: '<h1>Not Found</h1>' },
    'the answer is 503': { status: 503 },
    'the answer is 408': { status: 408 },
    'the answer is 425': { status: 425 },
    'the answer is 429': { status: 429 },
    'the answer takes its time': { delay: 50 },
  };
  for (const [name, fault] of Object.entries(passing)) {
    it(`applies each change once when ${name}`, async () => {
      await start();
      const engine = open();
      await settle(engine);
      for (const change of [
        () => tasks(engine).create({ id: 'a', title: 'One' }),
        () => tasks(engine).update('a', { title: 'Two' }),
        () => tasks(engine).delete('a'),
      ]) {
        engine.setOnline(false);
        const write = change();
        await write;
        server.faults.push(fault);
        engine.setOnline(null);
        await settle(engine);
        await write.synced;
      }
      expect(server.effects).to.deep.equal(['POST tasks/a', 'PATCH tasks/a', 'DELETE tasks/a']);
      expect(engine.getStatus()).to.include({ status: 'idle', pending: 0, failed: 0 });
      expect(all(engine)).to.deep.equal([]);
    });
  }

  it('makes no second row of a create whose answer was lost, without Idempotency-Key too', async () => {
    await start({ idempotency: false, versions: 'member' });
    const engine = open();
    await settle(engine);
    server.faults.push('drop-response');
    await tasks(engine).create({ id: 'a', title: 'One' });
    await settle(engine);
    expect(server.effects).to.deep.equal(['POST tasks/a']);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  for (const [name, after] of [
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2_000).toUTCString()],
  ] as const) {
    it(`stays away as long as Retry-After says in ${name}`, async () => {
      await start();
      const engine = await withRow();
      server.faults.push({ status: 429, headers: { 'retry-after': after() } });
      const began = Date.now();
      await tasks(engine).update('a', { title: 'Two' });
      while (server.row('tasks', 'a')!.title !== 'Two') {
        await new Promise((done) => setTimeout(done, 20));
        void engine.flush();
      }
      expect(Date.now() - began).to.be.within(900, 5_000);
      expect(server.count('PATCH')).to.equal(2);
    });
  }

  it('makes a dead letter of what is refused for good, with the backend’s words', async () => {
    await start();
    const engine = open();
    server.refuse = ({ title }) => (title ? undefined : 'A task needs a title.');
    const bad = tasks(engine).create({ id: 'bad', title: '' });
    await tasks(engine).create({ id: 'good', title: 'Fine' });
    const error: unknown = await bad.synced.catch((e: unknown) => e);
    expect(error).to.be.instanceOf(SyncError).and.to.have.property('code', 'rejected');
    await settle(engine);
    const [letter] = engine.failed();
    expect(letter!.problem).to.include({ status: 422, detail: 'A task needs a title.' });
    expect(server.row('tasks', 'good')).to.include({ title: 'Fine' });
    await tasks(engine).update('bad', { title: 'Mended' });
    await settle(engine);
    expect(server.row('tasks', 'bad')).to.include({ title: 'Mended' });
    expect(engine.failed()).to.deep.equal([]);
  });

  for (const status of [400, 403, 405, 413, 415, 422])
    it(`takes ${status} as refused for good`, async () => {
      await start();
      const engine = await withRow();
      server.faults.push({ status });
      await tasks(engine).update('a', { title: 'Two' });
      await settle(engine);
      expect(engine.failed().map(({ problem }) => problem.status)).to.deep.equal([status]);
      expect(server.count('PATCH')).to.equal(1);
    });

  it('keeps what one row meets from the others', async () => {
    await start();
    const engine = open();
    await settle(engine);
    engine.setOnline(false);
    for (let i = 0; i < 12; i++) await tasks(engine).create({ id: `t${i}`, title: `${i}` });
    for (let i = 0; i < 4; i++) server.faults.push({ delay: 30 });
    server.faults.push({ status: 500 }, { status: 403 }, { status: 500 });
    engine.setOnline(null);
    await settle(engine);
    expect(server.rows('tasks')).to.have.length(11);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 1 });
    expect(server.widest).to.be.within(2, 4);
  });

  it('loses and repeats nothing when the network goes in the middle', async () => {
    await start();
    const engine = open();
    await settle(engine);
    engine.setOnline(false);
    for (let i = 0; i < 30; i++) await tasks(engine).create({ id: `t${i}`, title: `${i}` });
    const works: Fault = { delay: 0 };
    server.faults.push(works, works, works, works, works, 'drop-response', 'drop-request', works);
    server.faults.push('drop-request', 'drop-response');
    engine.setOnline(null);
    await settle(engine);
    expect(server.effects).to.have.length(30);
    expect(new Set(server.effects).size).to.equal(30);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('pauses when the session has ended, and goes on in a new one', async () => {
    await start();
    let asked = 0;
    let token = 'old';
    const engine = await withRow({
      rest: { headers: () => ({ authorization: `Bearer ${token}` }) },
      onAuthRequired: () => {
        asked++;
        token = 'new';
      },
    });
    server.faults.push({ status: 401 });
    await tasks(engine).update('a', { title: 'Two' });
    await settle(engine);
    expect(asked).to.equal(1);
    expect(server.row('tasks', 'a')).to.include({ title: 'Two' });
    const patches = server.requests.filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ headers }) => headers.authorization)).to.deep.equal([
      'Bearer old',
      'Bearer new',
    ]);
  });

  it('takes a row that is gone as deleted by somebody: a dead letter, nothing by accident', async () => {
    await start();
    const engine = await withRow();
    engine.setOnline(false);
    await tasks(engine).update('a', { title: 'Two' });
    server.write('tasks', 'a', null);
    engine.setOnline(null);
    await settle(engine);
    expect(engine.failed().map(({ problem }) => problem.code)).to.deep.equal(['not-found']);
    expect(server.row('tasks', 'a')).to.equal(undefined);
  });

  it('makes a row anew that somebody deleted, where the client wins', async () => {
    await start();
    const engine = await withRow({ entities: { tasks: { conflictStrategy: 'client-wins' } } });
    engine.setOnline(false);
    await tasks(engine).update('a', { title: 'Two' });
    server.write('tasks', 'a', null);
    engine.setOnline(null);
    await settle(engine);
    expect(server.row('tasks', 'a')).to.deep.equal({ id: 'a', title: 'Two' });
    expect(engine.failed()).to.deep.equal([]);
  });

  it('takes a row that is gone as deleted when it was to be deleted', async () => {
    await start();
    const engine = await withRow();
    engine.setOnline(false);
    await tasks(engine).delete('a');
    server.write('tasks', 'a', null);
    engine.setOnline(null);
    await settle(engine);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('asks a person when the row was changed here and there, where the strategy is manual', async () => {
    await start();
    const engine = await withRow({ entities: { tasks: { conflictStrategy: 'manual' } } });
    engine.setOnline(false);
    await tasks(engine).update('a', { title: 'Mine' });
    server.write('tasks', 'a', { title: 'Theirs' });
    engine.setOnline(null);
    await engine.fullSync();
    const [conflict] = engine.conflicts();
    expect(conflict).to.deep.include({
      base: { id: 'a', title: 'One' },
      local: { id: 'a', title: 'Mine' },
      remote: { id: 'a', title: 'Theirs' },
    });
    await engine.resolve(conflict!.id, { id: 'a', title: 'Both' } as { id: string });
    await settle(engine);
    expect(server.row('tasks', 'a')).to.deep.equal({ id: 'a', title: 'Both' });
  });

  it('does not go round in circles over a 409 that is no conflict', async () => {
    await start();
    const engine = await withRow();
    server.faults.push({ status: 409, body: { error: 'The project is archived.' } });
    await tasks(engine).update('a', { title: 'Two' });
    await settle(engine);
    expect(engine.failed()[0]!.problem).to.include({
      status: 409,
      detail: 'The project is archived.',
    });
    expect(server.count('PATCH')).to.equal(1);
    expect(tasks(engine).get('a')!.title, 'shown until somebody decides').to.equal('Two');
  });

  it('finds what was deleted without a trace when everything is listed anew', async () => {
    await start({ listing: 'updatedAt', tombstones: 'none' });
    server.write('tasks', 'a', { title: 'One' });
    server.write('tasks', 'b', { title: 'Two' });
    const entity = { updatedAt: 'updatedAt', relistMs: 30 };
    const engine = open({ rest: { entities: { tasks: entity } } });
    await settle(engine);
    expect(all(engine)).to.have.length(2);
    server.write('tasks', 'a', null);
    await new Promise((done) => setTimeout(done, 40));
    await tasks(engine).create({ id: 'c', title: 'Three' });
    await settle(engine);
    expect(all(engine).map(({ id }) => id)).to.deep.equal(['b', 'c']);
  });

  it('looks back far enough for a row that was committed late, whatever the clock here says', async () => {
    await start({ listing: 'updatedAt', tombstones: 'rows' });
    const entity = { updatedAt: 'updatedAt', deleted: 'deleted', overlapMs: 60_000 };
    const yesterday = { now: () => Date.now() - 86_400_000, after: timer };
    const tomorrow = { now: () => Date.now() + 86_400_000, after: timer };
    server.write('tasks', 'a', { title: 'One' });
    const devices = [yesterday, tomorrow].map((clock) =>
      open({ rest: { entities: { tasks: entity } }, ports: { clock } }),
    );
    await settle(...devices);
    server.write('tasks', 'late', { title: 'Late' }, Date.now() - 30_000);
    await settle(...devices);
    for (const engine of devices) expect(tasks(engine).get('late')?.title).to.equal('Late');
  });

  it('takes rows that are listed twice once', async () => {
    await start({ listing: 'updatedAt', tombstones: 'rows' });
    const entity = { updatedAt: 'updatedAt', deleted: 'deleted' };
    server.write('tasks', 'a', { title: 'One' });
    const engine = open({ rest: { entities: { tasks: entity } } });
    await settle(engine);
    const again = await engine.pull();
    expect(again).to.include({ success: true, pulled: 0 });
  });

  it('comes through pages full of rows of one moment', async () => {
    await start({ listing: 'updatedAt', tombstones: 'rows', pages: 'none' });
    const moment = Date.now() - 5_000;
    for (let i = 0; i < 9; i++) server.write('tasks', `t${i}`, { title: `${i}` }, moment);
    for (let i = 9; i < 14; i++) server.write('tasks', `t${i}`, { title: `${i}` }, moment + i);
    const entity = { updatedAt: 'updatedAt', deleted: 'deleted', limit: 2 };
    const engine = open({ rest: { entities: { tasks: entity } } });
    await settle(engine);
    expect(all(engine)).to.have.length(14);
  });

  it('begins anew when the backend no longer knows the cursor', async () => {
    await start();
    const engine = await withRow();
    server.write('tasks', 'b', { title: 'Two' });
    server.faults.push({ status: 410 });
    await settle(engine);
    expect(all(engine).map(({ id }) => id)).to.deep.equal(['a', 'b']);
  });

  it('begins anew when the link to the next page has expired', async () => {
    await start({ listing: 'all', pages: 'link' });
    for (let i = 0; i < 5; i++) server.write('tasks', `t${i}`, { title: `${i}` });
    server.faults.push({ delay: 0 }, { status: 400 });
    const engine = open({ rest: { entities: { tasks: { limit: 2 } } } });
    await settle(engine);
    expect(all(engine)).to.have.length(5);
  });

  it('goes on with the other collections when one is not to be had, until the next time', async () => {
    await start({ listing: 'all' });
    server.write('tasks', 'a', { title: 'One' });
    server.write('notes', 'n', { text: 'One' });
    const engine = open({ entities: { notes: {}, tasks: {} } });
    server.faults.push({ status: 403, body: { message: 'No notes for you.' } });
    const first = await engine.pull();
    expect(all(engine)).to.have.length(1);
    expect(first.errors[0]).to.include({ code: 'rejected' });
    expect(engine.collection('notes').query().get()).to.deep.equal([]);
    await engine.pull();
    expect(engine.collection('notes').query().get()).to.have.length(1);
    expect(engine.getStatus()).to.include({ status: 'idle', lastError: null });
  });

  it('comes to rest over two collections that are listed whole, of any length', async () => {
    await start({ listing: 'all', pages: 'link' });
    for (let i = 0; i < 25; i++) server.write('tasks', `t${i}`, { title: `${i}` });
    server.write('notes', 'n', { text: 'One' });
    const rest = { entities: { tasks: { limit: 2 }, notes: { limit: 2 } } };
    const engine = open({ entities: { tasks: {}, notes: {} }, rest });
    await settle(engine);
    expect(all(engine)).to.have.length(25);
    expect(engine.collection('notes').query().get()).to.have.length(1);
    server.requests.length = 0;
    server.write('tasks', 't9', null);
    await settle(engine);
    expect(all(engine)).to.have.length(24);
    expect(server.requests.length).to.be.lessThan(40);
  });

  it('takes the page that no link leads on from as the last, however full it is', async () => {
    await start({ listing: 'all', pages: 'link' });
    for (let i = 0; i < 9; i++) server.write('tasks', `t${i}`, { title: `${i}` });
    const engine = open({ rest: { entities: { tasks: { limit: 3 } } } });
    await settle(engine);
    expect(all(engine)).to.have.length(9);
    server.requests.length = 0;
    await settle(engine);
    expect(server.requests.map(({ path }) => path)).to.deep.equal([
      '/tasks?limit=3',
      '/tasks?limit=3&after=3',
      '/tasks?limit=3&after=6',
    ]);
  });

  it('never leaves the base URL, whatever an id or a link says', async () => {
    await start({ listing: 'all' });
    const engine = open({ rest: { baseUrl: `${server.url}/` } });
    server.write('tasks', 'a/b c?d=1#e', { title: 'Odd' });
    server.write('tasks', '..', { title: 'Up' });
    await settle(engine);
    server.requests.length = 0;
    for (const { id } of all(engine)) await tasks(engine).update(id, { done: true });
    await settle(engine);
    const paths = server.requests.map(({ method, path }) => `${method} ${path}`);
    expect(paths).to.include('PATCH /tasks/a%2Fb%20c%3Fd%3D1%23e');
    for (const path of paths) expect(path).to.match(/^[A-Z]+ \/tasks([/?]|$)/);
    expect(server.row('tasks', 'a/b c?d=1#e')).to.include({ done: true });
    expect(engine.failed().map(({ key }) => key)).to.deep.equal(['..']);

    const elsewhere = { items: [], next: 'https://elsewhere.example/steal?after=1' };
    server.faults.push({ status: 200, body: elsewhere });
    server.requests.length = 0;
    await engine.pull();
    expect(server.requests.map(({ path }) => path)).to.include('/tasks?after=1');
  });

  for (const endpoint of [
    '../admin',
    '/a/../b',
    'https://elsewhere.example',
    '//host/x',
    'a%2fb',
    '',
  ])
    it(`refuses the endpoint “${endpoint}”`, async () => {
      await start();
      const engine = open({ entities: { tasks: { endpoint } } });
      const { success, errors } = await engine.fullSync();
      expect(success).to.equal(false);
      expect(errors[0]).to.include({ code: 'invalid' });
      expect(server.requests).to.deep.equal([]);
    });

  it('sends nothing to a base URL with a query', async () => {
    await start();
    expect(() => restTransport({ baseUrl: `${server.url}?x=` })).to.throw(SyncError);
  });

  it('says so when a mapper throws, and harms nothing', async () => {
    await start();
    const entity = {
      fromRow(row: Record<string, unknown>) {
        if (row.title === 'Bad') throw new Error('No.');
        return row as Record<string, string>;
      },
    };
    const engine = open({ storage: memoryStorage(), rest: { entities: { tasks: entity } } });
    await tasks(engine).create({ id: 'a', title: 'Bad' });
    await tasks(engine).create({ id: 'b', title: 'Good' });
    await settle(engine);
    expect(engine.failed().map(({ key }) => key)).to.deep.equal(['a']);
    expect(server.rows('tasks').map(({ id }) => id)).to.deep.equal(['b']);
  });

  for (const listing of ['all', 'cursor'] as const)
    it(`lets go of a row that was deleted before its first listing (${listing})`, async () => {
      await start({ listing });
      let listed = false;
      const rest: Partial<RestTransportOptions> = {
        fetch: (input, init) =>
          init.method === 'GET' && !listed
            ? Promise.reject(new TypeError('No line'))
            : fetch(input, init),
      };
      const engine = open({ rest });
      await tasks(engine).create({ id: 'a', title: 'One' }).synced;
      server.write('tasks', 'a', null);
      listed = true;
      await settle(engine);
      expect(all(engine)).to.deep.equal([]);
    });
});

function timer(ms: number, callback: () => void): () => void {
  const id = setTimeout(callback, ms);
  return () => clearTimeout(id);
}
