import { expect } from 'chai';
import type { PullPage } from '../../src/protocol/index.js';
import type { Server } from '../../src/server/server.js';
import { checkRanges, Client, keysOf, type Pulled, startServer } from './client.js';
import { onEachEngine } from './engines.js';

onEachEngine('pull', (engine) => {
  let server: Server;
  let client: Client;
  before(async () => {
    server = await startServer(engine.database());
  });
  beforeEach(async () => {
    client = await Client.in(server);
  });
  after(() => server.close());

  it('tells an empty workspace as empty', async () => {
    const { pages, end } = await client.pull();
    expect(pages).to.deep.equal([]);
    expect(end).to.include({ to: 0, more: false });
  });

  it('goes on from its cursor and tells each changed row once, as it is', async () => {
    await client.push(client.create('a'), client.create('b'));
    const { end } = await client.pull();
    const patch = { done: true };
    await client.push(client.mutation('a', { op: 'update', base: 1, patch }));
    await client.push(client.mutation('a', { op: 'update', base: 2, patch: { done: false } }));
    const next = await client.pull(end.cursor);
    expect(next.pages).to.have.length(1);
    expect(next.pages[0]).to.deep.include({
      from: end.to,
      to: 4,
      keys: ['a'],
      versions: [3],
      values: [{ title: 'a', done: false }],
    });
  });

  it('tells deleted rows as removed, also to who starts: it may have pushed them before it pulled', async () => {
    await client.push(client.create('a'));
    const { end } = await client.pull();
    await client.push(client.mutation('a', { op: 'delete', base: 1 }));
    expect((await client.pull(end.cursor)).pages[0]).to.deep.include({
      keys: [],
      versions: [],
      removed: ['a'],
      removedVersions: [2],
    });
    expect((await client.pull()).pages[0]).to.deep.include({
      removed: ['a'],
      removedVersions: [2],
    });
  });

  it('joins its ranges, over pages, pulls and collections, and leaves no row out', async () => {
    const metric = { name: 'M', event: 'e', kind: 'count' };
    for (let part = 0; part < 4; part++) {
      const keys = Array.from({ length: 150 }, (_, i) => `k${part}-${i}`);
      await client.push(
        ...keys.flatMap((key) => [
          client.create(key),
          client.mutation(key, { collection: 'metrics', value: { key, ...metric } }),
        ]),
      );
    }
    const told: PullPage[] = [];
    let cursor = '';
    let at = 0;
    for (let more = true; more;) {
      const { pages, end } = await client.pull(cursor, 'tasks,metrics', '500');
      at = checkRanges(pages, at);
      told.push(...pages);
      expect(end.to).to.be.at.least(at);
      at = end.to;
      ({ cursor, more } = end);
    }
    expect(at).to.equal(1_200);
    for (const collection of ['tasks', 'metrics']) {
      const pages = told.filter((page) => page.collection === collection);
      const keys = pages.flatMap(({ keys }) => keys);
      expect([keys.length, new Set(keys).size]).to.deep.equal([600, 600]);
      expect(Math.max(...pages.map(({ keys }) => keys.length))).to.be.at.most(256);
    }
  });

  it('advances past what it does not tell', async () => {
    await client.push(client.create('a'));
    const { end } = await client.pull('', 'metrics');
    expect(end).to.include({ to: 1, more: false });
    expect((await client.pull(end.cursor, 'metrics')).end.to).to.equal(1);
  });

  it('keeps text as it was written: quotes, newlines, emoji', async () => {
    const title = 'She said "no\\yes",\nthen 🎉   left';
    await client.push(client.create('a', title));
    expect((await client.pull()).pages[0]?.values).to.deep.equal([{ title }]);
  });

  it('resets a cursor that is forged, cut, or of another workspace', async () => {
    const { end } = await client.pull();
    const other = await Client.in(server);
    const [content = '', signature = ''] = end.cursor.split('.');
    const forged = Buffer.from('{"w":"x","s":-1}').toString('base64url');
    for (const cursor of [
      'nonsense',
      `${content}.`,
      `${content}.${signature.slice(1)}`,
      `${forged}.${signature}`,
    ]) {
      expect((await client.pull(cursor)).reset).to.deep.equal({ reset: true, reason: 'cursor' });
    }
    expect((await other.pull(end.cursor)).reset).to.include({ reason: 'cursor' });
  });

  it('resets a cursor whose collections have changed, whatever their order', async () => {
    const { end } = await client.pull('', 'tasks,metrics');
    expect((await client.pull(end.cursor, 'metrics,tasks')).reset).to.equal(undefined);
    expect((await client.pull(end.cursor, 'tasks')).reset).to.include({ reason: 'scope' });
  });

  it('resets a cursor of another life of the database', async () => {
    const { end } = await client.pull();
    const { identity } = server.context;
    const { epoch } = identity;
    identity.epoch = 'another';
    expect((await client.pull(end.cursor)).reset).to.include({ reason: 'epoch' });
    identity.epoch = epoch;
    expect((await client.pull(end.cursor)).reset).to.equal(undefined);
  });

  it('names the collections it takes, and refuses others', async () => {
    const codes = await Promise.all(
      ['', 'collections=', 'collections=nothing', 'collections=tasks&limit=0'].map(
        async (query) => (await client.request('GET', `/v1/sync/pull?${query}`)).json().code,
      ),
    );
    expect(codes).to.deep.equal(['invalid', 'invalid', 'unknown-collection', 'invalid']);
  });

  it('claims to be on disk only what is', async () => {
    await client.push(client.create('a'));
    const { end } = await client.pull();
    const settings = await engine.database().durability();
    expect(end.durable).to.equal(settings === 'disk' ? end.to : 0);
  });

  it('never skips a row while many write at once, one node or two', async function () {
    this.timeout(60_000);
    const nodes = [server];
    const second = engine.name === 'PostgreSQL' ? await engine.openAnother() : null;
    if (second) nodes.push(await startServer(second));
    const writers = await Promise.all(
      Array.from({ length: 24 }, (_, i) => Client.in(nodes[i % nodes.length]!, client.workspace)),
    );
    let writing = true;
    const write = async (writer: Client, i: number) => {
      for (let n = 0; n < 10; n++) {
        await writer.push(writer.create(`${i}-${n}-a`), writer.create(`${i}-${n}-b`));
      }
    };
    const all = Promise.all(writers.map(write)).finally(() => (writing = false));

    const seen: string[] = [];
    let pulled: Pulled = await client.pull();
    let at = 0;
    for (let last = false; ;) {
      at = checkRanges(pulled.pages, at);
      at = pulled.end.to;
      seen.push(...keysOf(pulled));
      if (last && !pulled.end.more) break;
      last = !writing;
      pulled = await client.pull(pulled.end.cursor, 'tasks', '17');
    }
    await all;
    expect(seen.length).to.equal(480);
    expect(new Set(seen).size).to.equal(480);
    expect(at).to.equal(480);
    if (second) {
      await nodes[1]!.close();
      await second.close();
    }
  });
});
