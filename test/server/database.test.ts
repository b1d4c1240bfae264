import { expect } from 'chai';
import { DatabaseError, StaleRowError } from '../../src/server/database/database.js';
import { migrate } from '../../src/server/database/migrate.js';
import { openPglite } from '../../src/server/database/pglite.js';
import { openPostgres } from '../../src/server/database/postgres.js';
import { readIdentity } from '../../src/server/database/identity.js';
import { checkConfig } from '../../src/server/config/check.js';
import { createContext } from '../../src/server/context.js';
import { ingest } from '../../src/server/experiments/ingest.js';
import type { WireEvent } from '../../src/protocol/index.js';
import { onEachEngine } from './engines.js';

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

  it('migrates once, also when several nodes start together', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => migrate(engine.database())));
    expect(runs).to.deep.equal([[], [], []]);
  });

  it('makes rollups that an upgrade has marked anew when a server starts', async () => {
    const database = engine.database();
    const sender = { sentAt: 1e12, receivedAt: 1e12, bot: false, dimensions: [] };
    const shown = { type: 'exposure', experiment: 'e', phase: 1, variant: 'a', unit: 'u' } as const;
    const did = { type: 'conversion', name: 'buy', unit: 'u', at: 9e11 } as const;
    const events: WireEvent[] = [
      { ...shown, id: 'x1', at: 9e11 },
      { ...did, id: 'c1', value: 2.5 },
    ];
    await ingest(database, 'sums', events, sender);
    const sums = () => database.query(`select * from event_rollups where workspace = 'sums'`);
    const right = await sums();
    expect(right).to.have.length(1);
    await database.query(`delete from event_rollups where workspace = 'sums'`);
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
    const database = await openPglite(null);
    await database.close();
    const error = await database.query('select 1').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(DatabaseError).with.property('code', '57P01');
  });
});
