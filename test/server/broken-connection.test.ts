import { expect } from 'chai';
import { isUnavailable } from '../../src/server/database/database.js';
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
