import { expect } from 'chai';
import type { Server } from '../../src/server/server.js';
import { writeRows } from '../../src/server/sync/rows.js';
import { signToken } from '../../src/server/access/bearer.js';
import { Client, keysOf, SECRET, startServer } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';
import { watched } from './watched.js';

onEachEngine('push', (engine) => {
  let server: Server;
  let client: Client;
  before(async () => {
    server = await startServer(engine.database());
  });
  beforeEach(async () => {
    client = await Client.in(server);
  });
  after(() => server.close());

  it('creates, updates and deletes a row, counting its version', async () => {
    const patch = { done: true };
    expect(await client.push(client.create('t1', 'Write'))).to.have.nested.property(
      '[0].version',
      1,
    );
    const [updated] = await client.push(client.mutation('t1', { op: 'update', base: 1, patch }));
    expect(updated).to.include({ outcome: 'applied', version: 2 });
    expect((await client.pull()).pages[0]).to.deep.include({
      keys: ['t1'],
      versions: [2],
      values: [{ title: 'Write', done: true }],
    });
    const [deleted] = await client.push(client.mutation('t1', { op: 'delete', base: 2 }));
    expect(deleted).to.include({ outcome: 'applied', version: 3 });
    expect(keysOf(await client.pull())).to.deep.equal([]);
  });

  it('answers a repeat as the first time and does nothing', async () => {
    const mutation = client.create('t1');
    const first = await client.push(mutation);
    const before = await client.pull();
    expect(await client.push(mutation)).to.deep.equal(first);
    expect((await client.pull()).end.to).to.equal(before.end.to);
  });

  it('answers a repeat within one batch, and one with its members in another order', async () => {
    const mutation = client.create('t1');
    const reordered = Object.fromEntries(Object.entries(mutation).reverse()) as typeof mutation;
    const [a, b] = await client.push(mutation, mutation);
    expect(a).to.deep.equal(b);
    expect(await client.push(reordered)).to.deep.equal([a]);
  });

  it('repeats a conflict as it was told, even when the row has moved on', async () => {
    await client.push(client.create('t1'));
    const stale = client.mutation('t1', { op: 'update', base: 7, patch: { done: true } });
    const first = await client.push(stale);
    await client.push(client.mutation('t1', { op: 'update', base: 1, patch: { title: 'x' } }));
    expect(await client.push(stale)).to.deep.equal(first);
  });

  it('refuses the id of another mutation, and keeps that one’s effect', async () => {
    const mutation = client.create('t1', 'first');
    await client.push(mutation);
    const [result] = await client.push({ ...mutation, value: { title: 'second' } });
    expect(result).to.have.nested.property('problem.code', 'id-reused');
    expect((await client.pull()).pages[0]?.values).to.deep.equal([{ title: 'first' }]);
  });

  it('keeps the ids of two clients apart', async () => {
    const other = await Client.in(server, client.workspace);
    const mutation = client.create('t1');
    await client.push(mutation);
    const [result] = await other.push({ ...mutation, key: 't2' });
    expect(result).to.include({ outcome: 'applied' });
  });

  it('answers a stale base with the row as it stands', async () => {
    await client.push(client.create('t1', 'mine'));
    await client.push(client.mutation('t1', { op: 'update', base: 1, patch: { title: 'new' } }));
    const [result] = await client.push(
      client.mutation('t1', { op: 'update', base: 1, patch: { title: 'late' } }),
    );
    expect(result).to.deep.include({
      outcome: 'conflict',
      row: { version: 2, value: { title: 'new' } },
    });
  });

  it('does not bring a deleted row back by an update, or by a create that does not know', async () => {
    await client.push(client.create('t1'));
    await client.push(client.mutation('t1', { op: 'delete', base: 1 }));
    const patch = { done: true };
    const [blind, created, knowing] = await client.push(
      client.mutation('t1', { op: 'update', base: 1, patch }),
      client.create('t1'),
      client.mutation('t1', { op: 'update', base: 2, patch }),
    );
    const gone = { outcome: 'conflict', row: { version: 2, value: null } };
    expect(blind).to.deep.include(gone);
    expect(created).to.deep.include(gone);
    expect(knowing).to.have.nested.property('problem.code', 'not-found');
  });

  it('makes a deleted row anew by a replace or a create that knows it was deleted', async () => {
    for (const op of ['create', 'replace'] as const) {
      await client.push(client.create(op));
      await client.push(client.mutation(op, { op: 'delete', base: 1 }));
      const again = client.mutation(op, { op, base: 2, value: { title: 'again' } });
      const [result] = await client.push(again);
      expect(result).to.include({ outcome: 'applied', version: 3 });
      expect(await client.push(again)).to.deep.equal([result]);
    }
    expect((await client.pull()).pages[0]?.values).to.deep.equal([
      { title: 'again' },
      { title: 'again' },
    ]);
  });

  it('takes the delete of what is gone, and known to be, as done', async () => {
    const [unknown] = await client.push(client.mutation('never', { op: 'delete' }));
    expect(unknown).to.include({ outcome: 'applied', version: 0 });
    await client.push(client.create('t1'));
    await client.push(client.mutation('t1', { op: 'delete', base: 1 }));
    const { end } = await client.pull();
    const [second] = await client.push(client.mutation('t1', { op: 'delete', base: 2 }));
    expect(second).to.include({ outcome: 'applied', version: 2 });
    expect((await client.pull()).end.to).to.equal(end.to);
  });

  it('answers an edit or delete of a row that is not there with its absence', async () => {
    await client.push(client.create('t1'));
    await client.push(client.mutation('t1', { op: 'delete', base: 1 }));
    const patch = { done: true };
    const results = await client.push(
      client.mutation('never', { op: 'update', base: 3, patch }),
      client.mutation('never', { op: 'delete', base: 3 }),
      client.mutation('t1', { op: 'delete', base: 1 }),
      client.mutation('never', { op: 'update', base: 0, patch }),
    );
    expect(results[0]).to.deep.include({ outcome: 'conflict', row: { version: 0, value: null } });
    expect(results[1]).to.deep.include({ outcome: 'conflict', row: { version: 0, value: null } });
    expect(results[2]).to.deep.include({ outcome: 'conflict', row: { version: 2, value: null } });
    expect(results[3]).to.have.nested.property('problem.code', 'not-found');
  });

  it('answers the create of a row that exists with that row, whatever its base', async () => {
    await client.push(client.create('t1', 'first'));
    const results = await client.push(
      client.create('t1', 'second'),
      client.mutation('t1', { base: 1, value: { title: 'third' } }),
    );
    const first = { outcome: 'conflict', row: { version: 1, value: { title: 'first' } } };
    for (const result of results) expect(result).to.deep.include(first);
  });

  it('tells the epoch, the counter after the push, and how far it is on disk', async () => {
    const mutation = client.create('t1');
    const body = { client: client.id, mutations: [mutation, client.create('t2')] };
    const onDisk = (await engine.database().durability()) === 'disk';
    const standing = (seq: number) => ({
      epoch: server.context.identity.epoch,
      seq,
      durable: onDisk ? seq : 0,
    });
    const first = await client.request('POST', '/v1/sync/push', body);
    expect(first.json()).to.deep.include(standing(2));
    await client.push(client.create('t3'));
    const repeat = await client.request('POST', '/v1/sync/push', body);
    expect(repeat.json()).to.deep.include({ ...first.json(), ...standing(3) });
    const fresh = await Client.in(server);
    const empty = await fresh.request('POST', '/v1/sync/push', { client: fresh.id, mutations: [] });
    expect(empty.json()).to.deep.equal({ results: [], ...standing(0) });
  });

  it('takes a client’s work in a workspace from its first user only, as a whole', async () => {
    const { id, workspace } = client;
    const [ann, bob] = await Promise.all(
      ['ann', 'bob'].map((subject) =>
        signToken(SECRET, { subject, workspace, role: 'editor' }, 60),
      ),
    );
    const push = (token: string, ...keys: string[]) =>
      server.app.inject({
        method: 'POST',
        url: '/v1/sync/push',
        headers: { authorization: `Bearer ${token}` },
        payload: { client: id, mutations: keys.map((key) => client.create(key)) },
      });
    expect((await push(ann!, 'first')).statusCode).to.equal(200);
    const refused = await Promise.all([push(bob!, 'x'), push(bob!)]);
    for (const response of refused) {
      expect(response.statusCode).to.equal(403);
      expect(response.json()).to.include({ code: 'other-user', retryable: false });
      expect(response.json().detail).to.match(/^This device’s unsent work belongs to another user/);
    }
    const own = await Promise.all([push(bob!, 'x'), push(ann!, 'second'), push(bob!, 'x')]);
    expect(own.map(({ statusCode }) => statusCode)).to.deep.equal([403, 200, 403]);
    expect(own[1]!.json()).to.have.nested.property('results[0].outcome', 'applied');
    expect(keysOf(await client.pull())).to.deep.equal(['first', 'second']);
  });

  it('knows clients by workspace: another may have one of the same name', async () => {
    await client.push(client.create('here'));
    const other = await Client.in(server);
    const body = { client: client.id, mutations: [other.create('there')] };
    const response = await other.request('POST', '/v1/sync/push', body);
    expect(response.json()).to.have.nested.property('results[0].outcome', 'applied');
    expect(keysOf(await client.pull())).to.deep.equal(['here']);
    expect(keysOf(await other.pull())).to.deep.equal(['there']);
  });

  it('remembers no client for a push that sends nothing', async () => {
    const other = await Client.in(server, client.workspace, 'viewer');
    expect(await other.push()).to.deep.equal([]);
    const [owned] = await engine
      .database()
      .query('select 1 from clients where client = $1', [other.id]);
    expect(owned).to.equal(undefined);
  });

  it('gives a new client one user, whoever comes first', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 8 }, (_, i) => {
        const { workspace } = client;
        return signToken(SECRET, { subject: `u${i}`, workspace, role: 'editor' }, 60);
      }),
    );
    const answers = await Promise.all(
      tokens.map((token) =>
        server.app.inject({
          method: 'POST',
          url: '/v1/sync/push',
          headers: { authorization: `Bearer ${token}` },
          payload: { client: client.id, mutations: [client.create('t')] },
        }),
      ),
    );
    const statuses = answers.map(({ statusCode }) => statusCode).sort((a, b) => a - b);
    expect(statuses).to.deep.equal([200, ...Array(7).fill(403)]);
  });

  it('refuses a push from another life of the database as a whole', async () => {
    const mutations = [client.create('t1')];
    const push = (epoch: string) =>
      client.request('POST', '/v1/sync/push', { client: client.id, epoch, mutations });
    const refused = await push('another');
    expect(refused.statusCode).to.equal(409);
    expect(refused.json()).to.include({ code: 'epoch-changed', retryable: true });
    expect((await client.pull()).end.to).to.equal(0);
    const taken = await push(server.context.identity.epoch);
    expect(taken.json()).to.have.nested.property('results[0].outcome', 'applied');
  });

  it('lets several mutations of one row in a batch build on each other', async () => {
    const results = await client.push(
      client.create('t1', 'a'),
      client.mutation('t1', { op: 'update', base: 1, patch: { title: 'b' } }),
      client.mutation('t1', { op: 'delete', base: 2 }),
      client.mutation('t1', { op: 'replace', base: 3, value: { title: 'c' } }),
    );
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(Array(4).fill('applied'));
    expect((await client.pull()).pages[0]).to.deep.include({
      versions: [4],
      values: [{ title: 'c' }],
    });
  });

  it('answers each bad mutation alone and applies its neighbours', async () => {
    const results = await client.push(
      client.create('good-1'),
      client.mutation('b1', { value: { title: 5 } }),
      client.mutation('b2', { collection: 'nothing', value: {} }),
      client.mutation('b3', { collection: 'results', value: {} }),
      client.mutation('b4', { value: { id: 'x', title: 'has an id' } }),
      client.mutation('b5', { value: { title: 'long', body: 'x'.repeat(70_000) } }),
      client.mutation('b6', { op: 'explode' as 'create', value: { title: 'x' } }),
      client.mutation('b7', {}),
      client.mutation('not a key', { value: { title: 'x' } }),
      client.create('good-2'),
    );
    const told = results.map((r) => (r.outcome === 'rejected' ? r.problem.code : r.outcome));
    expect(told).to.deep.equal([
      'applied',
      'invalid',
      'unknown-collection',
      'read-only',
      'invalid',
      'payload-too-large',
      'invalid',
      'invalid',
      'invalid',
      'applied',
    ]);
    expect(keysOf(await client.pull())).to.have.members(['good-1', 'good-2']);
  });

  it('says where a row does not fit', async () => {
    const [result] = await client.push(client.mutation('b1', { value: { title: 5 } }));
    expect(result).to.have.deep.nested.property('problem.errors[0].pointer', '/title');
  });

  it('validates after the merge and leaves the row alone when it does not fit', async () => {
    await client.push(client.create('t1', 'fine'));
    const [result] = await client.push(
      client.mutation('t1', { op: 'update', base: 1, patch: { title: null } }),
    );
    expect(result).to.have.nested.property('problem.code', 'invalid');
    expect((await client.pull()).pages[0]).to.deep.include({ versions: [1] });
  });

  it('tries a rejected mutation again when it comes again', async () => {
    const mutation = client.create('t1');
    const { workspace } = client;
    const asViewer = { subject: `editor-of-${workspace}`, workspace, role: 'viewer' } as const;
    const refused = await server.app.inject({
      method: 'POST',
      url: '/v1/sync/push',
      headers: { authorization: `Bearer ${await signToken(SECRET, asViewer, 60)}` },
      payload: { client: client.id, mutations: [mutation] },
    });
    expect(refused.json()).to.have.nested.property('results[0].problem.code', 'forbidden');
    expect(await client.push(mutation)).to.have.nested.property('[0].outcome', 'applied');
  });

  it('gathers pushes that wait and answers each its own', async () => {
    const pushes = Array.from({ length: 40 }, (_, i) => client.push(client.create(`t${i}`)));
    const results = (await Promise.all(pushes)).flat();
    expect(results.every(({ outcome }) => outcome === 'applied')).to.equal(true);
    expect(keysOf(await client.pull())).to.have.length(40);
  });

  it('keeps workspaces apart', async () => {
    const other = await Client.in(server, newWorkspace());
    await client.push(client.create('secret'));
    expect(keysOf(await other.pull())).to.deep.equal([]);
    const [result] = await other.push(
      other.mutation('secret', { op: 'update', base: 1, patch: { title: 'x' } }),
    );
    expect(result).to.deep.include({ outcome: 'conflict', row: { version: 0, value: null } });
  });

  it('finds by index the rows, outcomes and clients it names, however many there are', async () => {
    const statements = new Set<string>();
    const database = watched(engine.database(), (sql) => void statements.add(sql));
    const own = await startServer(database);
    const writer = await Client.in(own);
    await writer.push(writer.create('t1'));
    await own.close();
    /** The plan of the statement in which `part` stands. */
    const planOf = async (part: string) => {
      const sql = [...statements].find((text) => text.includes(part));
      const plan = await engine.database().query(`explain ${sql}`, [writer.workspace, '[]']);
      return JSON.stringify(plan);
    };
    const readingRows = await planOf('for update');
    const readingOutcomes = await planOf('body_hash as hash');
    expect(readingRows).to.include('rows_pkey').and.not.include('by_seq');
    expect(readingOutcomes).to.include('mutations_pkey').and.not.include('Hash');
    for (const plan of [readingRows, readingOutcomes]) {
      expect(plan).not.to.match(/Seq Scan/);
    }
  });

  it('writes nothing when a row has moved, is there already, or is not there any more', async () => {
    const workspace = newWorkspace();
    const store = engine.database().forWorkspace(workspace);
    const row = { collection: 'tasks', key: 'a', version: 1, base: 0, value: {}, by: 'w' };
    await store.transaction((tx) => writeRows(tx, workspace, [row]));
    const other = { ...row, key: 'b' };
    for (const stale of [{ ...row, base: 2, version: 3 }, row, { ...row, key: 'c', base: 1 }]) {
      const failed = await store
        .transaction((tx) =>
          writeRows(tx, workspace, [other, stale]).catch((error: Error) => {
            // As another error, or the transaction would be run again.
            throw new RangeError(error.message);
          }),
        )
        .catch((error: unknown) => error);
      expect(failed)
        .to.be.instanceOf(RangeError)
        .with.property('message')
        .that.matches(/row changed/);
    }
    const rows = await store.query('select key, version, seq from rows');
    expect(rows).to.deep.equal([{ key: 'a', version: 1, seq: 1 }]);
  });

  it('refuses a request that names no client or too many mutations', async () => {
    const mutations = Array.from({ length: 501 }, (_, i) => client.create(`t${i}`));
    const many = await client.request('POST', '/v1/sync/push', { client: 'c', mutations });
    const nobody = await client.request('POST', '/v1/sync/push', { mutations: [] });
    expect([many.statusCode, nobody.statusCode]).to.deep.equal([413, 422]);
    expect(many.json()).to.include({ code: 'payload-too-large', retryable: false });
    expect(nobody.json()).to.have.deep.nested.property('errors[0].pointer', '/client');
  });
});
