import { expect } from 'chai';
import { isUnavailable } from '../../src/server/database/database.js';
import { Client, keysOf, startServer } from './client.js';
import { onEachEngine } from './engines.js';

onEachEngine('a connection that breaks', (engine) => {
  if (engine.name !== 'PostgreSQL') {
    it('is PostgreSQL’s alone: PGlite has none', () => {
      expect(engine.database().load().connections).to.equal(1);
    });
    return;
  }

  it('between two statements of a transaction fails that one only', async () => {
    const [database, other] = [engine.database(), await engine.openAnother()];
    const failure = await database
      .transaction(async (tx) => {
        const [self] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
        await other.query('select pg_terminate_backend($1::int)', [self!.pid]);
        // Nobody waits for an answer on this connection now.
        await new Promise((resolve) => setTimeout(resolve, 100));
        return tx.query('select 1');
      })
      .catch((error: unknown) => error);
    expect(isUnavailable(failure), String(failure)).to.equal(true);
    expect(await database.query('select 1 as one')).to.deep.equal([{ one: 1 }]);
    await other.close();
  });
});

onEachEngine('a database whose disk is full', (engine) => {
  it('is named in the answer, which is to be asked for again, and nothing is stored', async () => {
    const database = engine.database();
    const server = await startServer(database);
    const client = await Client.in(server);
    await database.query(
      `create function no_room() returns trigger language plpgsql as
         $$ begin raise 'could not extend file' using errcode = '53100'; end $$`,
    );
    await database.query(
      'create trigger no_room before insert on rows for each row execute function no_room()',
    );
    const push = { client: 'c', mutations: [client.create('t')] };
    const refused = await client.request('POST', '/v1/sync/push', push);
    await database.query('drop trigger no_room on rows');
    expect(refused.statusCode).to.equal(503);
    expect(refused.json()).to.include({ code: 'unavailable', retryable: true });
    expect(refused.json().detail).to.match(/disk of the database is full/);
    expect(keysOf(await client.pull())).to.deep.equal([]);

    expect((await client.push(...push.mutations))[0]).to.include({ outcome: 'applied' });
    await server.close();
  });
});
