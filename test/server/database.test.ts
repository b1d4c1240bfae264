import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import {
  type Database,
  DatabaseError,
  isUnavailable,
  StaleRowError,
} from '../../src/server/database/database.js';
import { migrate, NewerDatabaseError } from '../../src/server/database/migrate.js';
import { openPostgres } from '../../src/server/database/postgres.js';
import { readIdentity } from '../../src/server/database/identity.js';
import { checkConfig } from '../../src/server/config/check.js';
import { createContext } from '../../src/server/context.js';
import { ingest } from '../../src/server/experiments/ingest.js';
import type { WireEvent } from '../../src/protocol/index.js';
import { onEachEngine, openMemory } from './engines.js';

onEachEngine('the database', (engine) => {
  it('returns counters as numbers, JSON as values, and text as it is', async () => {
    const [row] = await engine
      .database()
      .query('select 5::bigint as n, $1::jsonb as j, $2::text[] as list, null as nothing', [
        '{"a":[1,null]}',
        ['x', 'y "z"'],
      ]);
    expect(row).to.deep.equal({ n: 5, j: { a: [1, null] }, list: ['x', 'y "z"'], nothing: null });
  });

  it('undoes all of a transaction that fails, and goes on', async () => {
    const database = engine.database();
    const failed = await database
      .transaction(async (tx) => {
        await tx.query(`insert into sync_scopes (workspace) values ('undone')`);
        await tx.query('select 1 / 0');
      })
      .catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(DatabaseError).with.property('code', '22012');
    const rows = await database.query(`select 1 from sync_scopes where workspace = 'undone'`);
    expect(rows).to.deep.equal([]);
  });

  it('undoes a statement of a workspace that fails, and goes on', async () => {
    const store = engine.database().forWorkspace('alone');
    const add = (text: string) =>
      store.query<{ n: number }>(
        `with added as (insert into sync_scopes (workspace) values ('alone') on conflict do nothing)
         select $1::text::int as n`,
        [text],
      );
    const code = (sql: string, parameters?: []) =>
      store.query(sql, parameters).then(
        () => 'passed',
        (error: DatabaseError) => error.code,
      );
    const failed = await add('no number').catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(DatabaseError).with.property('code', '22P02');
    // The same text twice: what can’t be prepared leaves nothing behind either.
    expect(await code('selec 1', [])).to.equal('42601');
    expect(await code('selec 1', [])).to.equal('42601');
    expect(await code('select 1; selec 1')).to.equal('42601');
    expect(await store.query('select 1; select workspace from sync_scopes')).to.deep.equal([]);
    expect(await add('5')).to.deep.equal([{ n: 5 }]);
    const seen = await store.query(`select workspace from sync_scopes where 'a' = $1`, ['a']);
    expect(seen).to.deep.equal([{ workspace: 'alone' }]);
  });

  it('answers statements that are sent together in their order, each as what it is', async () => {
    const store = engine.database().forWorkspace('together');
    const found = await store.transaction((tx) =>
      Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          tx.query<{ n: number }>(`select ${i % 5} * 100 + $1::int as n`, [i]),
        ),
      ),
    );
    expect(found.map(([row]) => row!.n)).to.deep.equal(
      Array.from({ length: 20 }, (_, i) => (i % 5) * 100 + i),
    );
    const failed = await store
      .transaction((tx) =>
        Promise.all([tx.query('select 1', []), tx.query('select 1 / $1::int', [0]), tx.query('x')]),
      )
      .catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(DatabaseError).with.property('code', '22012');
    expect(await store.query('select 2 as n', [])).to.deep.equal([{ n: 2 }]);
  });

  it('runs a transaction again when a row moved under it, from a clean state', async () => {
    const database = engine.database();
    let tries = 0;
    await database.transaction(async (tx) => {
      await tx.query(`insert into sync_scopes (workspace) values ('again')`);
      if (++tries < 3) throw new StaleRowError();
    });
    expect(tries).to.equal(3);
  });

  it('keeps statements out of another’s transaction', async () => {
    const database = engine.database();
    await database.query(`insert into sync_scopes (workspace) values ('turns')`);
    const add = () =>
      database.transaction(async (tx) => {
        const [row] = await tx.query<{ seq: number }>(
          `select seq from sync_scopes where workspace = 'turns' for update`,
        );
        await tx.query(`update sync_scopes set seq = $1::bigint where workspace = 'turns'`, [
          row!.seq + 1,
        ]);
      });
    await Promise.all(Array.from({ length: 20 }, add));
    const rows = await database.query(`select seq from sync_scopes where workspace = 'turns'`);
    expect(rows).to.deep.equal([{ seq: 20 }]);
  });

  it('carries notifications until they are not wanted', async () => {
    const database = engine.database();
    const heard: string[] = [];
    const unlisten = await database.listen('test_channel', (payload) => heard.push(payload));
    await database.query(`select pg_notify('test_channel', 'one')`);
    while (!heard.length) await new Promise((resolve) => setTimeout(resolve, 5));
    await unlisten();
    await database.query(`select pg_notify('test_channel', 'two')`);
    await database.query('select 1');
    expect(heard).to.deep.equal(['one']);
  });

  it('migrates once: a second time there is nothing to do', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => migrate(engine.database())));
    expect(runs).to.deep.equal([[], [], []]);
  });

  it('refuses a database that a newer program has migrated', async () => {
    const database = engine.database();
    await database.query(`insert into migrations (name) values ('999-of-tomorrow.sql')`);
    const error = await migrate(database).catch((reason: unknown) => reason);
    await database.query(`delete from migrations where name = '999-of-tomorrow.sql'`);
    expect(error).to.be.instanceOf(NewerDatabaseError);
    expect((error as Error).message).to.include('999-of-tomorrow.sql');
    expect(await migrate(database)).to.deep.equal([]);
  });

  it('makes rollups that an upgrade has marked anew when a server starts', async () => {
    const database = engine.database();
    const sender = { sentAt: 1e12, receivedAt: 1e12, bot: false };
    const shown = { type: 'exposure', experiment: 'e', phase: 1, variant: 'a', unit: 'u' } as const;
    const did = { type: 'conversion', name: 'buy', unit: 'u', at: 9e11 } as const;
    const events: WireEvent[] = [
      { ...shown, id: 'x1', at: 9e11 },
      { ...did, id: 'c1', value: 2.5 },
    ];
    await ingest(database, 'sums', [{ events, sender }], []);
    const sums = () => database.query(`select * from unit_rollups where workspace = 'sums'`);
    const right = await sums();
    expect(right).to.have.length(1);
    await database.query(`delete from unit_rollups where workspace = 'sums'`);
    await database.query(`insert into stale_rollups values ('sums')`);
    const context = await createContext({ database, config: checkConfig({}) });
    await context.close();
    expect(await sums()).to.deep.equal(right);
    expect(await database.query('select from stale_rollups')).to.deep.equal([]);
  });

  it('keeps its identity', async () => {
    const first = await readIdentity(engine.database());
    expect(first.secret).to.match(/^[0-9a-f]{64}$/);
    expect(await readIdentity(engine.database())).to.deep.equal(first);
  });
});

describe('a database that is not there', () => {
  it('is a typed error, not a hang', async () => {
    const error = await openPostgres('postgres://nobody@127.0.0.1:1/none').catch(
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(DatabaseError).with.property('code', '08006');
  });

  it('rejects what is asked after it has closed', async function () {
    this.timeout(60_000);
    const database = await openMemory();
    await database.close();
    const error = await database.query('select 1').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(DatabaseError).with.property('code', '57P01');
  });
});

const url = process.env.TEST_DATABASE_URL;
if (url) {
  describe('PostgreSQL under several hands', function () {
    this.timeout(60_000);
    let admin: Database;
    let nodes: Database[];
    const schema = `hands_${randomBytes(6).toString('hex')}`;
    before(async () => {
      admin = await openPostgres(url);
      await admin.query(`create schema ${schema}`);
      const address = new URL(url);
      address.searchParams.set('options', `-c search_path=${schema}`);
      nodes = await Promise.all([1, 2].map(() => openPostgres(address.href)));
    });
    after(async () => {
      await Promise.all(nodes.map((node) => node.close()));
      await admin.query(`drop schema ${schema} cascade`);
      await admin.close();
    });

    it('is migrated by one of two nodes that start together on nothing', async () => {
      const runs = await Promise.all(nodes.map((node) => migrate(node)));
      const [none, all] = runs.sort((a, b) => a.length - b.length);
      expect(none).to.deep.equal([]);
      expect(all).to.include('001-initial.sql');
      const [a, b] = await Promise.all(nodes.map((node) => readIdentity(node)));
      expect(a).to.deep.include({ epoch: b!.epoch, secret: b!.secret });
    });

    it('tries a transaction again that was chosen to end a deadlock', async () => {
      const [one, two] = nodes as [Database, Database];
      await one.query('create table pair (id int primary key, n int)');
      await one.query('insert into pair values (1, 0), (2, 0)');
      let tries = 0;
      const add = (node: Database, first: number, second: number) =>
        node.transaction(async (tx) => {
          tries += 1;
          await tx.query('update pair set n = n + 1 where id = $1::int', [first]);
          await tx.query('select pg_sleep(0.2)');
          await tx.query('update pair set n = n + 1 where id = $1::int', [second]);
        });
      await Promise.all([add(one, 1, 2), add(two, 2, 1)]);
      expect(tries).to.be.above(2);
      const rows = await one.query('select n from pair order by id');
      expect(rows).to.deep.equal([{ n: 2 }, { n: 2 }]);
    });

    it('listens again after its connection was cut', async () => {
      const heard: string[] = [];
      await nodes[0]!.listen('cut', (payload) => heard.push(payload));
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'bytelyst listen'`,
      );
      while (!heard.length) {
        await admin.query(`select pg_notify('cut', 'again')`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(heard[0]).to.equal('again');
    });

    it('has no more connections than it may, and says so when one is not to be had', async () => {
      const node = await openPostgres(url, { connections: 2 });
      const held = [1, 2].map(() => node.query('select pg_sleep(6)'));
      const error = await node.query('select 1').catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(DatabaseError);
      expect(isUnavailable(error)).to.equal(true);
      expect(node.load().connections).to.equal(2);
      await Promise.all(held);
      await node.close();
    });

    it('says which settings a power cut makes regret', async () => {
      const address = new URL(url);
      address.searchParams.set('options', '-c synchronous_commit=off');
      const node = await openPostgres(address.href);
      expect(await node.durability()).to.equal('process-crash');
      expect(await node.durableSeq('w', 7)).to.equal(0);
      expect((await node.warnings())[0]).to.match(
        /synchronous_commit is off: a power cut may lose/,
      );
      await node.close();
    });
  });
}
