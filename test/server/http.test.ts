import { expect } from 'chai';
import net, { type AddressInfo } from 'node:net';
import type { Server } from '../../src/server/server.js';
import { migrate } from '../../src/server/database/migrate.js';
import { Client, startServer } from './client.js';
import { onEachEngine, openMemory } from './engines.js';

onEachEngine('HTTP', (engine) => {
  let server: Server;
  let client: Client;
  before(async () => {
    server = await startServer(engine.database());
    await server.app.listen({ port: 0, host: '127.0.0.1' });
  });
  beforeEach(async () => {
    client = await Client.in(server);
  });
  after(() => server.close());

  const push = (payload: string | Buffer, headers: Record<string, string> = {}) =>
    server.app.inject({
      method: 'POST',
      url: '/v1/sync/push',
      headers: {
        authorization: client.authorization,
        'content-type': 'application/json',
        ...headers,
      },
      payload,
    });
  const EMPTY = '{"client":"c","mutations":[]}';

  it('answers every error as a problem that says no more than it should', async () => {
    const answers = await Promise.all([
      server.app.inject('/v1/nothing'),
      server.app.inject('/v1/session'),
      push('{'),
      push('{"client":"c"}'),
      push(EMPTY, { 'content-type': 'text/plain' }),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).to.deep.equal([404, 401, 400, 422, 415]);
    for (const { headers, body } of answers) {
      expect(headers['content-type']).to.match(/^application\/problem\+json/);
      expect(JSON.parse(body)).to.include.keys('type', 'title', 'status', 'code', 'instance');
      expect(body).not.to.match(/node_modules|\.ts|at \w+ \(|select /);
    }
  });

  it('protects its answers with headers', async () => {
    const { headers } = await server.app.inject('/livez');
    expect(headers['content-security-policy']).to.include("require-trusted-types-for 'script'");
    expect(headers['content-security-policy']).to.include("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).to.equal('nosniff');
    expect(headers).not.to.have.any.keys('access-control-allow-origin', 'x-powered-by', 'server');
  });

  it('takes JSON in UTF-8 only', async () => {
    const status = async (type: string) => (await push(EMPTY, { 'content-type': type })).statusCode;
    for (const type of ['application/json', 'application/JSON; charset=UTF-8']) {
      expect(await status(type), type).to.equal(200);
    }
    for (const type of [
      '',
      'text/plain',
      'application/json garbage',
      'application/json\t; x=y',
      'application/json; charset=utf-16',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
    ]) {
      expect(await status(type), type).to.equal(415);
    }
    expect((await push(EMPTY, { 'content-encoding': 'gzip' })).statusCode).to.equal(415);
  });

  it('refuses a body over a megabyte, and stays as it was', async () => {
    const title = 'x'.repeat(1_000_001);
    const response = await push(
      JSON.stringify({ client: 'c', mutations: [client.create('t', title)] }),
    );
    expect(response.statusCode).to.equal(413);
    expect((await client.pull()).end.to).to.equal(0);
  });

  it('refuses keys that reach a prototype, and nobody becomes admin', async () => {
    const mutation = client.create('t');
    const body = JSON.stringify({ client: 'c', mutations: [mutation] });
    const hostile = body.replace('"title"', '"__proto__":{"role":"admin"},"title"');
    expect((await push(hostile)).statusCode).to.equal(400);
    expect(({} as { role?: string }).role).to.equal(undefined);
    expect((await client.pull()).end.to).to.equal(0);
  });

  it('converts nothing: a string is no number and a number no boolean', async () => {
    const results = await client.push(
      client.mutation('a', { value: { title: 'x', done: 1 as never } }),
      client.mutation('b', { value: { title: 'x' }, base: '0' as never }),
      client.mutation('c', { value: [{ title: 'x' }] as never }),
    );
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(Array(3).fill('rejected'));
  });

  it('stores what looks like SQL or HTML as the text it is', async () => {
    const title = `'; drop table rows; -- <img src=x onerror=alert(1)> $1 \${x}`;
    await client.push(client.create('t', title));
    expect((await client.pull()).pages[0]?.values).to.deep.equal([{ title }]);
  });

  it('tells which methods a path takes', async () => {
    for (const [method, url, allow] of [
      ['GET', '/v1/sync/push', 'POST'],
      ['HEAD', '/v1/sync/push?x=1', 'POST'],
      ['PUT', '/v1/sync/push', 'POST'],
      ['PATCH', '/v1/sync/push', 'POST'],
      ['DELETE', '/v1/sync/push', 'POST'],
      ['POST', '/v1/session', 'GET, HEAD, DELETE'],
      ['GET', '/v1/units/u%2f1', 'DELETE'],
      ['GET', '/v1/experiments/e1/summaries', 'PUT, DELETE'],
      ['POST', '/v1/experiments/e1/results', 'GET, HEAD'],
    ] as const) {
      const response = await server.app.inject({ method, url });
      expect(response.statusCode, `${method} ${url}`).to.equal(405);
      expect(response.headers.allow, url).to.equal(allow);
    }
    expect((await server.app.inject('/v1/units')).statusCode).to.equal(404);
  });

  it('takes no scope that names a prototype, and any number of rows', async () => {
    const pull = (query: string) =>
      client.request('GET', `/v1/sync/pull?collections=tasks&${query}`);
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      for (const scopes of [`{"${name}":[{"a":1}]}`, `{"tasks":[{"${name}":1}]}`]) {
        const answer = await pull(`scopes=${encodeURIComponent(scopes)}`);
        expect(answer.statusCode, scopes).to.equal(422);
      }
    }
    expect((await pull('limit=9999999')).statusCode).to.equal(200);
    for (const limit of ['0', '-1', 'x', '1.5', '']) {
      expect((await pull(`limit=${limit}`)).statusCode, limit).to.equal(422);
    }
  });

  it('takes each name in a query once', async () => {
    const url = '/v1/sync/pull?collections=tasks&collections=metrics';
    expect((await client.request('GET', url)).statusCode).to.equal(400);
  });

  describe('on the bare socket', () => {
    const send = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const { port } = server.app.server.address() as AddressInfo;
        const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
        let answer = '';
        socket.setTimeout(5_000, () => socket.destroy(new Error(`no end after: ${answer}`)));
        socket.on('data', (data) => (answer += data.toString()));
        socket.on('error', reject);
        socket.on('close', () => resolve(answer));
      });
    const close = 'Connection: close\r\n';

    it('answers what is no HTTP with a problem', async () => {
      const answer = await send('hello\r\n\r\n');
      expect(answer).to.match(/^HTTP\/1.1 400 .*application\/problem\+json.*"code":"malformed"/s);
    });

    it('refuses headers without end', async () => {
      const answer = await send(
        `GET /livez HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      );
      expect(answer).to.match(/^HTTP\/1.1 431 /);
    });

    it('refuses two hosts, no host, and whole addresses', async () => {
      const requests = [
        `GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n${close}\r\n`,
        `GET /livez HTTP/1.1\r\n${close}\r\n`,
        `GET http://evil.example/livez HTTP/1.1\r\nHost: a\r\n${close}\r\n`,
      ];
      for (const request of requests) expect(await send(request)).to.match(/^HTTP\/1.1 400 /);
    });

    it('refuses TRACE', async () => {
      const answer = await send(`TRACE /livez HTTP/1.1\r\nHost: a\r\n${close}\r\n`);
      expect(answer).to.match(/^HTTP\/1.1 405 /);
    });
  });

  it('says that it is ready, and what a crash would cost', async () => {
    const response = await server.app.inject('/readyz');
    expect(response.statusCode).to.equal(200);
    const { warnings = [], ...answer } = response.json<{ warnings?: string[] }>();
    expect(answer).to.deep.equal({
      status: 'ready',
      database: engine.database().engine,
      durability: await engine.database().durability(),
    });
    // The tests' own PostgreSQL has a superuser only, and says so.
    const superuser = warnings.filter((warning) => warning.includes('superuser'));
    expect(superuser).to.have.length(engine.database().engine === 'postgresql' ? 1 : 0);
  });

  it('tells browsers what to decide from, and 304 when they know it', async () => {
    const rules = {
      condition: { country: null },
      layer: { key: 'page', ranges: [[0, 0.5]] },
      filters: [{ seed: 's', ranges: [[0, 1]] }],
      namespace: ['pricing', 0, 0.4],
      prerequisites: [{ experiment: 'nav' }],
      sticky: {},
      urls: [{ include: true, type: 'simple', pattern: '/cart' }],
      stopAt: '2026-12-20T10:00:00Z',
      metadata: { team: 'web' },
    };
    const experiment = {
      key: 'hero',
      name: 'Hero',
      hypothesis: 'a secret hope',
      kind: 'redirect',
      status: 'running',
      phase: 1,
      hashAttribute: 'id',
      hashVersion: 3,
      seed: 's',
      coverage: 0.5,
      ...rules,
      startAt: null,
      variants: [
        { key: 'control', name: 'Control', weight: 0.5 },
        { key: 'bold', name: 'Bold', weight: 0.5, payload: { color: null }, redirect: '/bold' },
      ],
      metrics: { primary: 'm', secondary: [], guardrails: [] },
      plan: { method: 'fixed', alpha: 0.05, power: 0.8, mde: 0.1 },
      owner: 'web',
      tags: [],
      createdAt: '2026-11-20T00:00:00Z',
    };
    const row = { collection: 'experiments', value: experiment };
    await client.push(
      client.mutation('hero', row),
      client.mutation('draft', { ...row, value: { ...experiment, key: 'draft', status: 'draft' } }),
    );
    const response = await client.request('GET', '/v1/config');
    expect(response.json()).to.deep.equal({
      dimensions: [],
      experiments: [
        {
          key: 'hero',
          status: 'running',
          phase: 1,
          hashAttribute: 'id',
          hashVersion: 3,
          seed: 's',
          coverage: 0.5,
          needs: [...Object.keys(rules), 'redirect'].filter((name) => name !== 'metadata').sort(),
          ...rules,
          variants: [
            { key: 'control', weight: 0.5 },
            { key: 'bold', weight: 0.5, payload: { color: null }, redirect: '/bold' },
          ],
        },
      ],
    });
    const again = await server.app.inject({
      url: '/v1/config',
      headers: {
        authorization: client.authorization,
        'if-none-match': String(response.headers.etag),
      },
    });
    expect([again.statusCode, again.body]).to.deep.equal([304, '']);
  });
});

describe('a server whose database is gone', () => {
  it('is alive but not ready, and says that nothing was stored', async function () {
    this.timeout(60_000);
    const database = await openMemory();
    await migrate(database);
    const server = await startServer(database);
    const client = await Client.in(server);
    await database.close();

    const push = { client: 'c', mutations: [client.create('t')] };
    const pushed = await client.request('POST', '/v1/sync/push', push);
    expect(pushed.statusCode).to.equal(503);
    expect(pushed.json()).to.include({ code: 'unavailable', retryable: true });
    expect(Number(pushed.headers['retry-after'])).to.be.above(0);
    expect((await server.app.inject('/livez')).statusCode).to.equal(200);
    const ready = await server.app.inject('/readyz');
    expect([ready.statusCode, ready.json().status]).to.deep.equal([503, 'database-unavailable']);
    await server.close();
  });
});
