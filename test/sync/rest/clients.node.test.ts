import { expect } from 'chai';
import {
  createRestSyncEngine,
  memoryStorage,
  type SyncError,
  type ApiClient,
  type ApiRequest,
  type RestEntity,
  type Row,
  type SyncEngine,
} from '../../../src/sync/index.js';

interface Task extends Row {
  title?: string;
}

/** Backends as they are found, behind the client that an app has. */
describe('an app’s client', () => {
  let engine: SyncEngine;

  const open = (apiClient: ApiClient, tasks: RestEntity = {}) => {
    engine = createRestSyncEngine({
      apiClient,
      storage: memoryStorage(),
      entities: { tasks: {} },
      rest: { tasks },
      retryDelayMs: 60_000,
    });
    return engine.collection<Task>('tasks');
  };
  /** By `fetch`; what `answer` leaves alone is a row at its address. */
  const backend = (answer: (method: string, path: string) => Response | undefined) => {
    const rows = new Map<string, Task>();
    const requests: string[] = [];
    const fetch = async (path: string, { method, body }: ApiRequest) => {
      requests.push(`${method} ${path.split('?')[0]}`);
      const said = answer(method, path);
      if (said) return said;
      const id = path.split('?')[0]!.split('/')[2];
      const sent = JSON.parse(body ?? '{}') as Task;
      if (method === 'POST') rows.set(sent.id, sent);
      else if (id === undefined) return Response.json([...rows.values()]);
      else if (!rows.has(id)) return Response.json({}, { status: 404 });
      else if (method === 'DELETE')
        return new Response(null, { status: rows.delete(id) ? 204 : 0 });
      else if (method !== 'GET') rows.set(id, { ...rows.get(id)!, ...sent });
      return Response.json(rows.get(id ?? sent.id));
    };
    return { rows, requests, fetch };
  };
  const messages = (errors: readonly { message: string }[]) => errors.map(({ message }) => message);
  const outcome = (synced: Promise<void>) =>
    Promise.race([
      synced.then(
        () => 'synced',
        (error: SyncError) => error.code,
      ),
      new Promise<string>((done) => setTimeout(done, 20, 'waits')),
    ]);

  afterEach(() => engine.close());

  it('that calls a 200 no success has heard nobody: what was sent waits', async () => {
    const tasks = open({
      safeFetch: async (_path, { method }) =>
        method === 'GET'
          ? { ok: true, status: 200, data: [] }
          : { ok: false, status: 200, error: new SyntaxError('Unexpected token <') },
    });
    const { synced } = tasks.create({ id: 'a', title: 'One' });
    const { success } = await engine.fullSync();
    expect(success).to.equal(false);
    expect(await outcome(synced)).to.equal('waits');
    expect(engine.getStatus()).to.include({ pending: 1, failed: 0 });
    expect(tasks.get('a')).to.deep.equal({ id: 'a', title: 'One' });
  });

  it('that calls a listing with 200 no success has no rows to delete', async () => {
    let fails = false;
    const tasks = open({
      safeFetch: async () =>
        fails
          ? { ok: false, status: 200, data: [] }
          : { ok: true, status: 200, data: [{ id: 'a' }] },
    });
    await engine.fullSync();
    fails = true;
    await engine.fullSync();
    expect(tasks.get('a')).to.deep.equal({ id: 'a' });
  });

  for (const [what, answer] of Object.entries({
    'parsed JSON': [{ id: 'a' }],
    'an answer as axios has it': { status: 200, data: [{ id: 'a' }], headers: { etag: '1' } },
    nothing: undefined,
  }))
    it(`whose fetch answers ${what} is told what is asked of it`, async () => {
      const tasks = open({ fetch: async () => answer as unknown as Response });
      const { synced } = tasks.create({ id: 'a' });
      const { errors } = await engine.fullSync();
      expect(messages(errors).join()).to.contain('like the platform’s');
      expect(await outcome(synced)).to.equal('waits');
    });

  describe('whose listing says that there is more', () => {
    const all = Array.from({ length: 250 }, (_, i) => ({ id: `r${1000 + i}` }));
    const pages = (page: (from: number) => object) =>
      backend((_method, path) => {
        const { searchParams } = new URL(path, 'http://rest');
        return Response.json(page(Number(searchParams.get('since') ?? 0)));
      });

    it('by a cursor that is a number is read to its end', async () => {
      const tasks = open(
        pages((from) => {
          const items = all.slice(from, from + 100);
          return { items, cursor: from + items.length, more: from + 100 < all.length };
        }),
      );
      const { success } = await engine.fullSync();
      expect(success).to.equal(true);
      expect(tasks.query().get()).to.have.length(250);
    });

    for (const [how, more] of Object.entries({
      'a page’s number': { next: 2 },
      'a name that is no link': { next: 'two' },
      hasMore: { hasMore: true },
      has_more: { has_more: true },
      more: { more: true },
    }))
      it(`by ${how} alone can’t be read on, and the error says what to do`, async () => {
        open(pages(() => ({ data: all.slice(0, 100), ...more })));
        const { success, errors } = await engine.fullSync();
        expect(success).to.equal(false);
        expect(errors[0]).to.include({ code: 'bad-answer' });
        expect(messages(errors).join()).to.contain('`query` and `page`');
      });

    it('is read on by times where rows have them', async () => {
      const timed = all.map((row, i) => ({ ...row, updatedAt: 1_700_000_000_000 + i * 1000 }));
      const tasks = open(
        pages((since) => {
          const later = timed.filter(({ updatedAt }) => updatedAt > since);
          return { items: later.slice(0, 100), hasMore: later.length > 100 };
        }),
        { updatedAt: 'updatedAt' },
      );
      const { success } = await engine.fullSync();
      expect(success).to.equal(true);
      expect(tasks.query().get()).to.have.length(250);
    });
  });

  describe('whose backend gives the ids', () => {
    const ids: RestEntity = { ids: 'server', precondition: 'none' };

    it('and answers a list of the one row is understood', async () => {
      const tasks = open(
        backend((method) => (method === 'POST' ? Response.json([{ id: 's1' }]) : undefined)),
        ids,
      );
      const write = tasks.create({ title: 'One' });
      await write.synced;
      expect(tasks.get(await write)).to.deep.equal({ id: 's1', title: 'One' });
    });

    it('but tells none hears so, and what was made is neither lost nor made twice', async () => {
      const server = backend((method) =>
        method === 'POST' ? new Response(null, { status: 201 }) : undefined,
      );
      const tasks = open(server, ids);
      const { synced } = tasks.create({ id: 'a', title: 'One' });
      const told = synced.catch(({ code }: SyncError) => code);
      await engine.fullSync();
      expect(await told).to.equal('rejected');
      const [letter] = engine.failed();
      expect(letter!.problem.detail).to.contain('told no id');
      await engine.fullSync();
      expect(server.requests.filter((request) => request === 'POST /tasks')).to.have.length(1);
      expect(tasks.get('a')).to.deep.equal({ id: 'a', title: 'One' });
    });
  });

  describe('whose backend has no address for a row', () => {
    for (const status of [404, 403, 405])
      it(`(${status}) is told of the way out, and nothing counts as deleted`, async () => {
        const server = backend((method, path) =>
          method === 'GET' && /\/tasks\/./.test(path) ? Response.json({}, { status }) : undefined,
        );
        server.rows.set('a', { id: 'a', title: 'One' });
        server.rows.set('b', { id: 'b', title: 'One' });
        const tasks = open(server);
        await engine.fullSync();
        const writes = [tasks.update('a', { title: 'Two' }), tasks.delete('b')];
        const { errors } = await engine.flush();
        expect(messages(errors).join()).to.contain("`precondition: 'none'`");
        for (const { synced } of writes) expect(await outcome(synced)).to.equal('waits');
        expect(engine.failed()).to.deep.equal([]);
        expect(server.rows.size).to.equal(2);
      });

    for (const method of ['PATCH', 'DELETE'])
      it(`to ${method} has refused for good what it lists on`, async () => {
        const server = backend((asked) =>
          asked === method
            ? Response.json({ message: `Cannot ${asked}` }, { status: 404 })
            : undefined,
        );
        server.rows.set('a', { id: 'a', title: 'One' });
        const tasks = open(server);
        await engine.fullSync();
        const { synced } =
          method === 'PATCH' ? tasks.update('a', { title: 'Two' }) : tasks.delete('a');
        expect(await outcome(synced)).to.equal('rejected');
        const [letter] = engine.failed();
        expect(letter!.problem).to.include({ code: 'invalid', detail: `Cannot ${method}` });
      });
  });
});
