import { expect } from 'chai';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PullEnd, PullPage } from '../../src/protocol/index.js';
import { standard } from '../../src/server/collections/index.js';
import type { Server } from '../../src/server/server.js';
import { pull } from '../../src/server/sync/pull.js';
import { checkRanges, Client, keysOf, type Pulled, startServer } from './client.js';
import { onEachEngine } from './engines.js';
import { watched } from './watched.js';

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

  it('takes a cursor for whatever is pulled: it is a place in the counter', async () => {
    const metric = { key: 'm', name: 'M', event: 'e', kind: 'count' };
    await client.push(client.create('a'));
    const { end } = await client.pull('', 'tasks,metrics');
    await client.push(client.mutation('m', { collection: 'metrics', value: metric }));
    const alone = await client.pull(end.cursor, 'metrics');
    expect(keysOf(alone)).to.deep.equal(['m']);
    expect(alone.end.cursor).to.equal((await client.pull(end.cursor, 'tasks')).end.cursor);
  });

  it('tells a long answer in stretches, each of which can be gone on from', async () => {
    for (let part = 0; part < 5; part++) {
      const keys = Array.from({ length: 500 }, (_, i) => `k${part}-${i}`);
      await client.push(...keys.map((key) => client.create(key)));
    }
    const lines = (await client.request('GET', '/v1/sync/pull?collections=tasks')).body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PullPage | PullEnd);
    const ends = lines.filter((line) => 'cursor' in line);
    expect(ends.map(({ to, rows, more }) => [to, rows, more])).to.deep.equal([
      [1_000, 1_000, true],
      [2_000, 1_000, true],
      [2_500, 500, false],
    ]);
    const rest = await client.pull(ends[1]!.cursor);
    expect(keysOf(rest)).to.have.length(500);
    expect(rest.end.cursor).to.equal(ends[2]!.cursor);
    const all = lines.filter((line) => 'keys' in line);
    expect(checkRanges(all, 0)).to.equal(2_500);
  });

  it('reads no further than its reader', async function () {
    for (let part = 0; part < 4; part++) {
      const keys = Array.from({ length: 500 }, (_, i) => `k${part}-${i}`);
      await client.push(...keys.map((key) => client.create(key, 'x'.repeat(500))));
    }
    const { database, identity } = server.context;
    let read = 0;
    const counted = watched(database, (sql) => {
      if (sql.includes('chunked')) read += 1;
    });
    const who = {
      workspace: client.workspace,
      subject: 'u',
      role: 'viewer',
      via: 'token',
    } as const;
    const stretches = pull(counted, identity, standard, who, { collections: 'tasks' });
    await stretches.next();
    expect(read).to.equal(1);
    await stretches.return('');
    expect(await stretches.next()).to.include({ done: true });
    expect(read).to.equal(1);
  });

  it('ends with its reader, over a real connection', async () => {
    for (let part = 0; part < 6; part++) {
      const keys = Array.from({ length: 500 }, (_, i) => `k${part}-${i}`);
      await client.push(...keys.map((key) => client.create(key, 'x'.repeat(500))));
    }
    let read = 0;
    const counted = watched(engine.database(), (sql) => {
      if (sql.includes('chunked')) read += 1;
    });
    const other = await startServer(counted);
    await other.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = other.app.server.address() as AddressInfo;
    const reader = request({
      port,
      path: '/v1/sync/pull?collections=tasks',
      headers: { authorization: client.authorization },
    }).end();
    const [response] = (await once(reader, 'response')) as [IncomingMessage];
    const [chunk] = (await once(response, 'data')) as [Buffer];
    expect(chunk.toString()).to.match(/^\{"collection":"tasks","from":0,/);
    reader.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const then = read;
    expect(then).to.be.within(1, 5);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(read).to.equal(then);
    await other.close();
  });

  it('answers HEAD with nothing to stream', async () => {
    const url = '/v1/sync/pull?collections=tasks';
    expect((await server.app.inject({ method: 'HEAD', url })).statusCode).to.equal(405);
  });

  describe('by scopes', () => {
    const p1 = { tasks: [{ project: 'p1' }] };
    const task = (key: string, project: string | number | null) =>
      client.mutation(key, { value: { title: key, project } });

    it('tells only their rows, and a row that left as removed at its version', async () => {
      await client.push(task('a', 'p1'), task('b', 'p2'), task('c', 'p1'));
      const { pages, end } = await client.pull('', 'tasks', '', p1);
      expect(pages[0]).to.deep.include({ keys: ['a', 'c'], removed: [] });
      const patch = { project: 'p2' };
      await client.push(client.mutation('a', { op: 'update', base: 1, patch }));
      await client.push(client.mutation('b', { op: 'update', base: 1, patch: { done: true } }));
      const next = await client.pull(end.cursor, 'tasks', '', p1);
      expect(next.pages[0]).to.deep.include({
        keys: [],
        removed: ['a', 'b'],
        removedVersions: [2, 2],
      });
      const both = { tasks: [{ project: 'p1' }, { project: 'p2' }] };
      const told = await client.pull(end.cursor, 'tasks', '', both);
      expect(keysOf(told)).to.deep.equal(['a', 'b']);
    });

    it('leaves out what was never inside while a first pull goes on', async () => {
      for (let i = 0; i < 6; i++)
        await client.push(task(`k${i}`, i === 2 || i === 5 ? 'p1' : 'p2'));
      const first = await client.pull('', 'tasks', '1', p1);
      expect([keysOf(first), first.end.more]).to.deep.equal([['k2'], true]);
      await client.push(task('later', 'p2'));
      const rest = await client.pull(first.end.cursor, 'tasks', '', p1);
      expect(keysOf(rest)).to.deep.equal(['k5']);
      expect(rest.pages.flatMap(({ removed }) => removed)).to.deep.equal(['later']);
      expect(rest.end.cursor).to.equal((await client.pull()).end.cursor);
    });

    it('compares as JSON does: type and value, all members, a list is no scalar', async () => {
      await client.push(
        task('text', '1'),
        task('number', 1),
        task('null', null),
        client.mutation('absent', { value: { title: 't' } }),
      );
      const keys = async (project: string | number | null) =>
        keysOf(await client.pull('', 'tasks', '', { tasks: [{ project }] }));
      expect(await keys('1')).to.deep.equal(['text']);
      expect(await keys(1)).to.deep.equal(['number']);
      expect(await keys(null)).to.deep.equal(['null']);
      const two = { tasks: [{ project: 1, title: 'text' }] };
      expect(keysOf(await client.pull('', 'tasks', '', two))).to.deep.equal([]);
    });

    it('refuses scopes that are malformed, too many, or of what is not pulled', async () => {
      const many = Array.from({ length: 51 }, (_, i) => ({ project: `p${i}` }));
      const bad = [
        'nonsense',
        '[]',
        '{"metrics":[{"a":1}]}',
        '{"tasks":[]}',
        '{"tasks":[{}]}',
        '{"tasks":[{"id":"a"}]}',
        '{"tasks":[{"a":{"b":1}}]}',
        '{"tasks":[{"a":"\\u0000"}]}',
        JSON.stringify({ tasks: [{ a: 'x'.repeat(129) }] }),
        JSON.stringify({ tasks: many }),
      ];
      for (const scopes of bad) {
        const query = new URLSearchParams({ collections: 'tasks', scopes });
        const response = await client.request('GET', `/v1/sync/pull?${query}`);
        expect([scopes, response.json().code]).to.deep.equal([scopes, 'invalid']);
      }
    });
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
