import { expect } from 'chai';
import { type Database, DatabaseError } from '../../src/server/database/database.js';
import { migrate } from '../../src/server/database/migrate.js';
import {
  bypassesRowSecurity,
  ensureTenantRole,
  PrivilegedRoleError,
  refusePrivilegedRole,
} from '../../src/server/database/row-security.js';
import { openPostgres } from '../../src/server/database/postgres.js';
import { startServer, Client, keysOf } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';
import { switchRowSecurity, withoutFilters } from './walls.js';

const reason = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

onEachEngine('row-level security', (engine) => {
  const insert = `insert into sync_scopes (workspace, seq) values ($1, 7)`;

  it('binds every table that has workspaces', async () => {
    const open = await engine.database().query(
      `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where a.attname = 'workspace' and c.relkind in ('r', 'p')
          and c.relnamespace = current_schema()::regnamespace
          and not (c.relrowsecurity and exists (
            select from pg_policies p where p.schemaname = current_schema()
               and p.tablename = c.relname and p.policyname = 'tenant'))`,
    );
    expect(open).to.deep.equal([]);
    const [count] = await engine
      .database()
      .query<{ n: number }>(
        `select count(*) as n from pg_policies where schemaname = current_schema()`,
      );
    expect(count!.n).to.be.above(8);
  });

  it('shows a workspace its own rows only, whatever the statement says', async () => {
    const [mine, theirs] = [newWorkspace(), newWorkspace()];
    const store = engine.database().forWorkspace(mine);
    await engine.database().query(insert, [theirs]);
    await store.query(insert, [mine]);
    expect(await store.query('select workspace from sync_scopes')).to.deep.equal([
      { workspace: mine },
    ]);
    await store.query('update sync_scopes set seq = 99');
    await store.transaction((tx) => tx.query('delete from sync_scopes'));
    const left = await engine
      .database()
      .query('select workspace, seq from sync_scopes where workspace = any($1::text[])', [
        [mine, theirs],
      ]);
    expect(left).to.deep.equal([{ workspace: theirs, seq: 7 }]);
  });

  it('takes no row of another workspace, and nobody’s secret, and makes no table', async () => {
    const [mine, theirs] = [newWorkspace(), newWorkspace()];
    const store = engine.database().forWorkspace(mine);
    const moved = async () => {
      await store.query(insert, [mine]);
      await store.query('update sync_scopes set workspace = $1', [theirs]);
    };
    for (const attempt of [
      () => store.query(insert, [theirs]),
      moved,
      () => store.query('select secret from identity'),
      () => store.query('create table t (a int)'),
      () => store.query('alter table rows disable row level security'),
    ]) {
      expect(await reason(attempt())).to.have.property('code', '42501');
    }
  });

  it('ends with its transaction, also when that fails', async () => {
    const [mine, theirs] = [newWorkspace(), newWorkspace()];
    await engine.database().query(insert, [theirs]);
    const store = engine.database().forWorkspace(mine);
    await reason(store.query('select 1 / 0'));
    await reason(store.transaction((tx) => tx.query('select 1 / 0')));
    for (let i = 0; i < 15; i++) {
      const rows = await engine
        .database()
        .query('select seq from sync_scopes where workspace = $1', [theirs]);
      expect(rows).to.deep.equal([{ seq: 7 }]);
    }
  });

  it('takes no workspace that is not an id', () => {
    expect(() => engine.database().forWorkspace(`x'; reset role; --`)).to.throw(TypeError);
  });

  /** What a client of one workspace does that another one must not see. */
  async function trespasses(database: Database): Promise<string[]> {
    const server = await startServer(database);
    try {
      const [ann, eve] = [await Client.in(server), await Client.in(server)];
      await ann.push(ann.create('mine', 'secret'), ann.create('other'));
      const found: string[] = [];
      const told = await eve.pull();
      if (keysOf(told).length) found.push('pull');
      const [stale] = await eve.push(
        eve.mutation('mine', { op: 'update', base: 1, patch: { title: 'eve was here' } }),
      );
      if (JSON.stringify(stale).includes('secret') || stale!.outcome === 'applied') {
        found.push('push');
      }
      await eve.push(eve.create('mine', 'hers'));
      const { pages } = await ann.pull();
      if (JSON.stringify(pages).includes('hers')) found.push('overwrite');
      if (!keysOf({ pages } as typeof told).includes('mine')) found.push('loss');
      const config = await eve.request('GET', '/v1/config');
      if (config.statusCode !== 200) found.push('config');
      return found;
    } finally {
      await server.close();
    }
  }

  it('keeps workspaces apart by itself, when no statement asks for its workspace', async () => {
    expect(await trespasses(withoutFilters(engine.database()))).to.deep.equal([]);
  });

  it('is not needed for that: the statements ask, when it is off', async () => {
    await switchRowSecurity(engine.database(), 'disable');
    try {
      expect(await trespasses(engine.database())).to.deep.equal([]);
      // And the test can fail: without both walls anybody sees everything.
      const open = await startServer(withoutFilters(engine.database()));
      const [ann, eve] = [await Client.in(open), await Client.in(open)];
      const own = await Client.in(await startServer(engine.database()), ann.workspace);
      await own.push(own.create('mine', 'secret'));
      expect(JSON.stringify((await eve.pull()).pages)).to.include('secret');
      await Promise.all([open.close(), own.server.close()]);
    } finally {
      await switchRowSecurity(engine.database(), 'enable');
    }
  });

  it('refuses a superuser’s connection in production, and says what to do instead', async () => {
    const database = engine.database();
    expect(await bypassesRowSecurity(database)).to.equal(true);
    const error = await reason(refusePrivilegedRole(database));
    if (engine.name === 'PGlite') return expect(error).to.equal(null);
    expect(error).to.be.instanceOf(PrivilegedRoleError);
    expect((error as Error).message).to.match(/create role bytelyst login .* owner to bytelyst/);
    expect(await database.warnings()).to.have.length(1);
  });
});

const url = process.env.TEST_DATABASE_URL;
if (url) {
  describe('a database user of its own (PostgreSQL)', () => {
    it('is all it takes: it makes the schema, and is let in in production', async function () {
      this.timeout(30_000);
      const admin = await openPostgres(url);
      const name = `own_${newWorkspace().slice(2)}`;
      await admin.query(`create role ${name} login createrole password 'p'`);
      await admin.query(`create database ${name} owner ${name}`);
      const address = new URL(url);
      Object.assign(address, { username: name, password: 'p', pathname: `/${name}` });
      const { openDatabase } = await import('../../src/server/config/open.js');
      const database = await openDatabase(
        { kind: 'postgresql', url: address.href },
        { production: true },
      );
      const server = await startServer(database);
      const client = await Client.in(server);
      expect(await client.push(client.create('a'))).to.have.nested.property(
        '[0].outcome',
        'applied',
      );
      expect(await database.warnings()).to.deep.equal([]);
      await server.close();
      await database.close();
      await admin.query(`drop database ${name}`);
      await admin.query(`revoke bytelyst_tenant from ${name}`);
      await admin.query(`drop role ${name}`);
      await admin.close();
    });

    it('that may not make the role is told what is missing, and that is enough', async function () {
      this.timeout(30_000);
      const admin = await openPostgres(url);
      const name = `may-not-${newWorkspace()}`;
      await admin.query(`create role "${name}" login password 'p'`);
      await admin.query(`create database "${name}" owner "${name}"`);
      await ensureTenantRole(admin);
      const address = new URL(url);
      Object.assign(address, { username: name, password: 'p', pathname: `/${name}` });
      const database = await openPostgres(address.href);
      const error = await reason(migrate(database));
      expect(error).to.be.instanceOf(DatabaseError).with.property('code', '42501');
      const [, advice] = (error as Error).message.split('run once: ');
      expect(advice).to.equal(`grant bytelyst_tenant to "${name}";`);
      await admin.query(advice!);
      expect(await migrate(database)).to.include('001-initial.sql');
      await database.close();
      await admin.query(`drop database "${name}"`);
      await admin.query(`drop role "${name}"`);
      await admin.close();
    });
  });
}
