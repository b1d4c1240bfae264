import { expect } from 'chai';
import type { Server } from '../../src/server/server.js';
import { prune } from '../../src/server/sync/pruning.js';
import { Client, keysOf, startServer } from './client.js';
import { onEachEngine } from './engines.js';

onEachEngine('pruning', (engine) => {
  let server: Server;
  let client: Client;
  before(async () => {
    server = await startServer(engine.database());
  });
  beforeEach(async () => {
    client = await Client.in(server);
  });
  after(() => server.close());

  /** As if everything of this workspace had happened so many days earlier. */
  async function age(days: number): Promise<void> {
    const back = [client.workspace, days];
    const database = engine.database();
    await database.query(
      `update rows set deleted_at = deleted_at - $2::int * interval '1 day' where workspace = $1`,
      back,
    );
    await database.query(
      `update mutations set at = at - $2::int * interval '1 day' where workspace = $1`,
      back,
    );
  }

  const count = async (table: 'rows' | 'mutations') => {
    const [found] = await engine
      .database()
      .query<{ n: number }>(`select count(*) as n from ${table} where workspace = $1`, [
        client.workspace,
      ]);
    return found!.n;
  };

  it('forgets tombstones after their time, and resets the cursors that are older', async () => {
    await client.push(client.create('gone'), client.create('kept'));
    const before = await client.pull();
    await client.push(client.mutation('gone', { op: 'delete', base: 1 }));
    const after = await client.pull();
    await age(59);
    await prune(engine.database());
    expect(await count('rows')).to.equal(2);
    expect((await client.pull(before.end.cursor)).pages[0]?.removed).to.deep.equal(['gone']);

    await age(2);
    await prune(engine.database());
    expect(await count('rows')).to.equal(1);
    expect((await client.pull(before.end.cursor)).reset).to.deep.equal({
      reset: true,
      reason: 'expired',
    });
    // Who had been told goes on; who is new never knew.
    expect((await client.pull(after.end.cursor)).end.to).to.equal(3);
    expect(keysOf(await client.pull())).to.deep.equal(['kept']);
  });

  it('lets a first pull go on that began after what was pruned', async () => {
    await client.push(client.create('gone'), client.create('a'), client.create('b'));
    await client.push(client.mutation('gone', { op: 'delete', base: 1 }));
    await client.push(client.create('c'));
    await age(100);
    const first = await client.pull('', 'tasks', '1');
    await prune(engine.database());
    const rest = await client.pull(first.end.cursor);
    expect(rest.reset).to.equal(undefined);
    expect([...keysOf(first), ...keysOf(rest)]).to.deep.equal(['a', 'b', 'c']);
  });

  it('resets a first pull that was told a row before its tombstone went', async () => {
    await client.push(client.create('gone'), client.create('a'));
    const first = await client.pull('', 'tasks', '1');
    expect(keysOf(first)).to.deep.equal(['gone']);
    await client.push(client.mutation('gone', { op: 'delete', base: 1 }));
    await age(61);
    await prune(engine.database());
    expect((await client.pull(first.end.cursor)).reset).to.include({ reason: 'expired' });
  });

  it('tells who repeats what nobody remembers, and applies it no second time', async () => {
    const create = client.create('a', 'first');
    await client.push(create);
    const update = client.mutation('a', { op: 'update', base: 1, patch: { title: 'second' } });
    await client.push(update);
    await age(31);
    await prune(engine.database());
    expect(await count('mutations')).to.equal(0);

    const row = { version: 2, value: { title: 'second' } };
    const lost = (id: string) => ({ id, outcome: 'conflict', row, reason: 'client-unknown' });
    expect(await client.push(create, update)).to.deep.equal([lost(create.id), lost(update.id)]);
    expect(await count('mutations')).to.equal(0);
    // What comes after is as good as ever, and so is another client.
    const next = client.mutation('a', { op: 'update', base: 2, patch: { title: 'third' } });
    expect(await client.push(next)).to.have.nested.property('[0].version', 3);
    expect(await client.push(next)).to.have.nested.property('[0].version', 3);
    const other = await Client.in(server, client.workspace);
    expect(await other.push(other.create('b'))).to.have.nested.property('[0].outcome', 'applied');
  });

  it('lets a row that is made again count on from the versions that it had', async () => {
    const update = (base: number, title: string) =>
      client.mutation('a', { op: 'update', base, patch: { title } });
    await client.push(client.create('a', 'old'));
    await client.push(update(1, 'older'));
    const waiting = update(2, 'made on the old row, and sent late');
    await client.push(client.mutation('a', { op: 'delete', base: 2 }));
    const { end } = await client.pull();
    await age(61);
    await prune(engine.database());
    expect(await count('rows')).to.equal(0);

    const other = await Client.in(server, client.workspace);
    const [made] = await other.push(other.create('a', 'new'));
    const change = other.mutation('a', { op: 'update', base: 4, patch: { done: true } });
    expect([made, ...(await other.push(change))].map((result) => result)).to.deep.equal([
      { id: made!.id, outcome: 'applied', version: 4 },
      { id: change.id, outcome: 'applied', version: 5 },
    ]);
    // Who saw the deletion at version 3 is told of something newer, not of something old.
    const { pages } = await client.pull(end.cursor);
    expect(pages[0]).to.deep.include({ keys: ['a'], versions: [5] });
    const [late] = await client.push(waiting);
    expect(late).to.deep.include({
      outcome: 'conflict',
      row: { version: 5, value: { title: 'new', done: true } },
    });
  });

  it('keeps the outcomes of a month', async () => {
    const create = client.create('a');
    const first = await client.push(create);
    await age(29);
    await prune(engine.database());
    expect(await client.push(create)).to.deep.equal(first);
  });

  it('goes on in batches until all that is due is gone, while others push', async function () {
    this.timeout(60_000);
    for (let part = 0; part < 5; part++) {
      const keys = Array.from({ length: 500 }, (_, i) => `k${part}-${i}`);
      await client.push(...keys.map((key) => client.create(key)));
      await client.push(...keys.map((key) => client.mutation(key, { op: 'delete', base: 1 })));
    }
    await age(61);
    const [results] = await Promise.all([
      Promise.all(Array.from({ length: 20 }, (_, i) => client.push(client.create(`new-${i}`)))),
      prune(engine.database()),
    ]);
    expect(results.flat().every(({ outcome }) => outcome === 'applied')).to.equal(true);
    expect([await count('rows'), await count('mutations')]).to.deep.equal([20, 20]);
  });

  it('stops when it is told to', async () => {
    await client.push(client.create('a'));
    await client.push(client.mutation('a', { op: 'delete', base: 1 }));
    await age(61);
    await prune(engine.database(), {}, () => true);
    expect(await count('rows')).to.equal(1);
  });
});
