import { expect } from 'chai';
import type { RestEntity, SyncEngine } from '../../../src/sync/index.js';
import { all, device, settle, tasks, type Task } from './device.js';
import { RestServer, type Dialect, type Fault } from './server.js';

describe('an answer of a REST backend', () => {
  let server: RestServer;
  let engine: SyncEngine;

  /** An engine at rest, with rows. */
  const start = async (dialect: Dialect, entity: RestEntity = {}, ...ids: string[]) => {
    server = await new RestServer(dialect).start();
    engine = device(server, { rest: { entities: { tasks: entity } } });
    for (const id of ids) server.write('tasks', id, { title: 'One', note: 'Kept' });
    await settle(engine);
    server.requests.length = 0;
  };
  /** It takes effect, and this is what is said about it. */
  const says = (status: number, body?: unknown, headers: Record<string, string> = {}): Fault => ({
    status,
    body,
    headers,
    after: true,
  });

  afterEach(async () => {
    await engine.close();
    await server.stop();
  });

  it('that holds no row where one was asked for says so, and what to do', async () => {
    server = await new RestServer({}).start();
    engine = device(server, { retryDelayMs: 60_000 });
    server.write('tasks', 'a', { title: 'One' });
    await settle(engine);
    server.faults.push(says(200, { task: { id: 'a', title: 'One' } }));
    await tasks(engine).update('a', { title: 'Two' });
    const { errors } = await engine.flush();
    expect(errors.map(({ message }) => message)).to.deep.equal([
      'GET /tasks/a answered without a row, with its `id` at the top or under `data`: see `toRow`.',
    ]);
  });

  describe('that names some members of the row', () => {
    it('leaves what was created as it was sent, with what the server adds', async () => {
      await start({});
      server.faults.push(says(201, { id: 'a', rank: 7 }));
      await tasks(engine).create({ id: 'a', title: 'One', note: 'Two' }).synced;
      expect(all(engine)).to.deep.equal([{ id: 'a', title: 'One', note: 'Two', rank: 7 }]);
    });

    it('leaves what an update did not name', async () => {
      await start({}, {}, 'a');
      // Its version is asked for first.
      server.faults.push({ delay: 0 }, says(200, { id: 'a', rank: 7 }));
      await tasks(engine).update('a', { title: 'Two' }).synced;
      expect(all(engine)).to.deep.equal([{ id: 'a', title: 'Two', note: 'Kept', rank: 7 }]);
    });

    it('has the last word about those', async () => {
      await start({});
      server.faults.push(says(201, { data: { id: 'a', title: 'ONE' } }));
      await tasks(engine).create({ id: 'a', title: 'One', note: 'Two' }).synced;
      expect(all(engine)).to.deep.equal([{ id: 'a', title: 'ONE', note: 'Two' }]);
    });

    it('keeps nothing from the backend that takes whole rows', async () => {
      await start({ versions: 'none' }, { update: 'PUT', precondition: 'none' });
      server.faults.push(says(201, { id: 'a' }));
      await tasks(engine).create({ id: 'a', title: 'One', note: 'Two' }).synced;
      server.faults.push(says(200, { id: 'a' }));
      await tasks(engine).update('a', { done: true }).synced;
      expect(server.row('tasks', 'a')).to.deep.equal({
        id: 'a',
        title: 'One',
        note: 'Two',
        done: true,
      });
    });

    it('is mapped together with what was sent', async () => {
      await start(
        {},
        {
          toRow: ({ id, name, ...rest }) => ({ ...rest, id: id ?? null, title: name ?? null }),
          fromRow: ({ title, ...rest }) => ({
            ...rest,
            ...(title !== undefined && { name: title }),
          }),
        },
      );
      server.faults.push(says(201, { id: 'a', rank: 7 }));
      await tasks(engine).create({ id: 'a', title: 'One' }).synced;
      expect(all(engine)).to.deep.equal([{ id: 'a', title: 'One', rank: 7 }]);
    });

    it('tells the version, and without it the next change asks', async () => {
      await start({ versions: 'member' }, { version: 'version' });
      server.faults.push(says(201, { id: 'a', version: 1 }), says(200, { id: 'a' }));
      await tasks(engine).create({ id: 'a', title: 'One' }).synced;
      await tasks(engine).update('a', { title: 'Two' }).synced;
      await tasks(engine).update('a', { note: 'Three' }).synced;
      const named = server.requests.filter(({ method }) => method === 'PATCH');
      expect(named.map(({ headers }) => headers['if-match'])).to.deep.equal(['"1"', '"2"']);
      expect(server.row('tasks', 'a')).to.include({ title: 'Two', note: 'Three' });
    });

    for (const status of [409, 412])
      it(`is no row to merge with, when it comes with ${status}`, async () => {
        await start({}, {}, 'a');
        await tasks(engine).update('a', { title: 'Two' }).synced;
        server.write('tasks', 'a', { title: 'Theirs', note: 'Theirs' });
        const shown: (readonly Task[])[] = [];
        tasks(engine)
          .query()
          .subscribe((rows) => shown.push(rows));
        server.faults.push(says(status, { id: 'a', error: 'Somebody was faster.' }));
        await tasks(engine).update('a', { done: true });
        await settle(engine);
        for (const [row] of shown) expect(row).to.include.keys('title', 'note');
        const merged = { id: 'a', title: 'Theirs', note: 'Theirs', done: true };
        expect(all(engine)).to.deep.equal([merged]);
        expect(server.row('tasks', 'a')).to.deep.equal(merged);
      });
  });

  describe('that tells where the new row is', () => {
    for (const location of [
      '/tasks/%E0%A4%A',
      '/api/tasks',
      '/api/tasks/',
      'https://elsewhere.example/',
      '/api/tasks/..',
      '/api/notes/7',
    ])
      it(`renames nothing for ${location}`, async () => {
        await start({});
        server.faults.push(says(201, '', { location }), says(201, '', { location }));
        const writes = ['a', 'b'].map((id) => tasks(engine).create({ id, title: id }));
        await Promise.all(writes.map((write) => write.synced));
        expect(all(engine).map(({ id }) => id)).to.deep.equal(['a', 'b']);
        expect(server.count('POST')).to.equal(2);
      });

    for (const location of [
      '/tasks/x%20y',
      '/api/tasks/x%20y/',
      'tasks/x%20y',
      'https://api.example/api/tasks/x%20y?new#row',
    ])
      it(`takes over the id in ${location}`, async () => {
        await start({});
        server.faults.push(says(201, '', { location }));
        await tasks(engine).create({ id: 'a', title: 'One' }).synced;
        expect(all(engine)).to.deep.equal([{ id: 'x y', title: 'One' }]);
      });
  });

  it('that can’t be taken concerns its row, never the others', async () => {
    const throws = ({ title, ...rest }: Record<string, unknown>) => {
      if (title === 'Bad') return { ...rest, title: 1n } as never;
      return { ...rest, title } as never;
    };
    await start({}, { fromRow: throws });
    const bad = tasks(engine).create({ id: 'a', title: 'Bad' });
    await bad;
    await tasks(engine).create({ id: 'b', title: 'Good' }).synced;
    expect(server.rows('tasks').map(({ id }) => id)).to.deep.equal(['b']);
    expect(engine.getStatus().lastError).to.include({ code: 'busy' });
    bad.synced.catch(() => {});
  });

  it('is waited for when the headers can’t be made, and nothing is given up', async () => {
    server = await new RestServer().start();
    let renewed = false;
    const headers = () => {
      if (!renewed) throw new TypeError('The session can’t be renewed.');
      return { authorization: 'Bearer new' };
    };
    engine = device(server, { rest: { headers } });
    const write = tasks(engine).create({ id: 'a', title: 'One' });
    await write;
    const { errors } = await engine.fullSync();
    expect(errors[0]).to.include({ code: 'offline' });
    renewed = true;
    await settle(engine);
    await write.synced;
    expect(server.row('tasks', 'a')).to.deep.equal({ id: 'a', title: 'One' });
  });
});
