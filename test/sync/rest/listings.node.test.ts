import { expect } from 'chai';
import {
  memoryStorage,
  type RestEntity,
  type RestTransportOptions,
  type SyncEngine,
} from '../../../src/sync/index.js';
import { all, device, settle, tasks } from './device.js';
import { RestServer, type Dialect } from './server.js';

describe('a listing of a REST backend', () => {
  let server: RestServer;
  let engine: SyncEngine;

  const start = async (dialect: Dialect) => (server = await new RestServer(dialect).start());
  const open = (entity: RestEntity, rest: Partial<RestTransportOptions> = {}) =>
    (engine = device(server, { rest: { ...rest, entities: { tasks: entity } } }));
  const ids = () => all(engine).map(({ id }) => id);

  afterEach(async () => {
    await engine.close();
    await server.stop();
  });

  describe('by times', () => {
    const entity = { updatedAt: 'updatedAt', deleted: 'deleted' };
    const zone = process.env.TZ;

    afterEach(() => {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    });

    for (const place of ['America/New_York', 'Asia/Tokyo'])
      it(`takes times without a zone as the backend means them, in ${place}`, async () => {
        process.env.TZ = place;
        await start({ listing: 'updatedAt', tombstones: 'rows', times: 'zoneless' });
        const then = Date.now() - 7_200_000;
        server.write('tasks', 'a', { title: 'One' }, then);
        open(entity);
        await settle(engine);
        server.write('tasks', 'b', { title: 'Two' }, then + 3_600_000);
        await settle(engine);
        expect(ids()).to.deep.equal(['a', 'b']);
        const asked = new URL(server.requests.at(-1)!.path, 'http://rest').searchParams;
        expect(asked.get('since')).to.equal(
          new Date(then - 120_000).toISOString().slice(0, 19).replace('T', ' '),
        );
      });

    it('goes on behind a row that is dated in the future', async () => {
      await start({ listing: 'updatedAt', tombstones: 'rows', pages: 'none' });
      const then = Date.now() - 60_000;
      for (let i = 0; i < 5; i++) server.write('tasks', `a${i}`, { title: 'One' }, then + i);
      server.write('tasks', 'z', { title: 'Far' }, Date.parse('2926-01-01'));
      open({ ...entity, limit: 3 });
      await settle(engine);
      expect(ids()).to.have.length(6);
      server.write('tasks', 'b', { title: 'Now' });
      await settle(engine);
      expect(ids()).to.include('b');
    });
  });

  it('of exactly as many rows as were asked for is whole, and ends at once where `page` says so', async () => {
    await start({ listing: 'all', pages: 'link' });
    for (let i = 0; i < 3; i++) server.write('tasks', `a${i}`, { title: 'One' });
    open({ limit: 3, page: (body) => ({ rows: body as unknown[], more: false }) });
    const other = device(server, { rest: { entities: { tasks: { limit: 3 } } } });
    await settle(engine, other);
    expect(ids()).to.have.length(3);
    server.write('tasks', 'a1', null);
    server.write('tasks', 'b', { title: 'Two' });
    server.requests.length = 0;
    await settle(engine);
    expect(server.count('GET')).to.equal(1);
    await settle(other);
    expect(ids()).to.deep.equal(['a0', 'a2', 'b']);
    expect(all(other).map(({ id }) => id)).to.deep.equal(['a0', 'a2', 'b']);
    await other.close();
  });

  it('or anything else is asked for by nobody once the call is over', async () => {
    await start({});
    // As many an app's own client, it knows nothing of signals.
    open({}, { fetch: (input, { signal: _, ...init }) => fetch(input, init) });
    await settle(engine);
    engine.setOnline(false);
    await tasks(engine).createMany(Array.from({ length: 20 }, (_, i) => ({ title: `${i}` })));
    for (let i = 0; i < 20; i++) server.faults.push({ delay: 20 });
    engine.setOnline(null);
    while (!server.count('POST')) await new Promise((done) => setTimeout(done));
    engine.setOnline(false);
    await new Promise((done) => setTimeout(done, 150));
    expect(server.count('POST')).to.be.at.most(4);
    server.faults.length = 0;
    engine.setOnline(null);
    await settle(engine);
    expect(server.rows('tasks')).to.have.length(20);
  });

  it('is of the whole collection, whatever the scopes, and stays so when the app starts again', async () => {
    await start({ listing: 'cursor' });
    for (const id of ['x1', 'y1', 'x2']) server.write('tasks', id, { project: id[0] });
    const storage = memoryStorage();
    const scope = [{ project: 'x' }, { project: 'z' }];
    const again = () => (engine = device(server, { storage, entities: { tasks: { scope } } }));
    again();
    await settle(engine);
    expect(ids()).to.have.members(['x1', 'y1', 'x2']);
    expect(server.count('GET')).to.be.lessThan(3);
    await engine.close();
    again();
    await settle(engine);
    expect(ids()).to.have.members(['x1', 'y1', 'x2']);
  });
});
