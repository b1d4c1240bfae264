import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { InjectOptions } from 'fastify';
import { signToken } from '../../src/server/access/bearer.js';
import { signCode } from '../../src/server/access/sign-in-link.js';
import { issueToken } from '../../src/server/access/tokens.js';
import { checkConfig } from '../../src/server/config/check.js';
import type { Server } from '../../src/server/server.js';
import { SECRET, startServer, tokenFor } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';

/** From a new client each time: a client belongs to one user. */
const PUSH: InjectOptions = {
  method: 'POST',
  url: '/v1/sync/push',
  get payload() {
    return { client: randomUUID(), mutations: [] };
  },
};
const EVENTS = { sentAt: 1, events: [] };

/** Every protected route, and the roles that may call it. */
const MATRIX: [InjectOptions, string[]][] = [
  [PUSH, ['viewer', 'editor', 'admin']],
  [{ method: 'GET', url: '/v1/sync/pull?collections=tasks' }, ['viewer', 'editor', 'admin']],
  [{ method: 'POST', url: '/v1/events', payload: EVENTS }, ['writer', 'viewer', 'editor', 'admin']],
  [{ method: 'GET', url: '/v1/config' }, ['writer', 'viewer', 'editor', 'admin']],
  [{ method: 'GET', url: '/v1/session' }, ['viewer', 'editor', 'admin']],
  [{ method: 'DELETE', url: '/v1/session' }, ['viewer', 'editor', 'admin']],
  [{ method: 'POST', url: '/v1/write-keys' }, ['admin']],
  [{ method: 'POST', url: '/v1/revocations', payload: { token: 'none' } }, ['admin']],
];

onEachEngine('access', (engine) => {
  let server: Server;
  let workspace: string;
  before(async () => {
    const config = checkConfig({ rateLimits: { signIn: 1_000 } });
    server = await startServer(engine.database(), { config });
  });
  beforeEach(() => {
    workspace = newWorkspace();
  });
  after(() => server.close());

  const as = (token: string | null, request: InjectOptions, headers = {}) =>
    server.app.inject({
      ...request,
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    });
  const session = { method: 'GET', url: '/v1/session' } as const;

  for (const [request, allowed] of MATRIX) {
    it(`lets ${allowed.join(', ')} and nobody else ${request.method} ${request.url as string}`, async () => {
      const grant = { subject: 'k', workspace, role: 'writer' } as const;
      const tokens: Record<string, string> = {
        writer: await issueToken(server.context.database, 'write-key', grant),
        viewer: await tokenFor(workspace, 'viewer'),
        editor: await tokenFor(workspace, 'editor'),
        admin: await tokenFor(workspace, 'admin'),
      };
      for (const [role, token] of Object.entries(tokens)) {
        const { statusCode } = await as(token, request);
        if (allowed.includes(role)) expect(statusCode, role).to.be.within(200, 204);
        else expect(statusCode, role).to.equal(403);
      }
      expect((await as(null, request)).statusCode).to.equal(401);
      expect((await as('bl_write_unknown', request)).statusCode).to.equal(401);
    });
  }

  it('lets a live stream through to those who may pull only', async () => {
    const live = { method: 'GET', url: '/v1/sync/live?collections=nothing' } as const;
    const grant = { subject: 'k', workspace, role: 'writer' } as const;
    const key = await issueToken(server.context.database, 'write-key', grant);
    expect((await as(null, live)).statusCode).to.equal(401);
    expect((await as(key, live)).statusCode).to.equal(403);
    expect((await as(await tokenFor(workspace, 'viewer'), live)).statusCode).to.equal(422);
  });

  it('asks who it is before it says what is wrong', async () => {
    const response = await server.app.inject({
      method: 'POST',
      url: '/v1/sync/push',
      headers: { 'content-type': 'text/plain' },
      payload: '{{{',
    });
    expect(response.statusCode).to.equal(401);
    expect(response.headers['www-authenticate']).to.equal('Bearer');
  });

  it('tells who is signed in', async () => {
    const response = await as(await tokenFor(workspace, 'editor'), session);
    expect(response.json()).to.deep.equal({
      subject: `editor-of-${workspace}`,
      workspace,
      role: 'editor',
    });
  });

  it('refuses tokens that are unsigned, foreign, endless, over, early, or say nothing', async () => {
    const key = new TextEncoder().encode(SECRET);
    const claims = { workspace, role: 'admin', sub: 's' };
    const sign = (payload: object, end: string | number | null, secret = key, alg = 'HS256') => {
      const jwt = new SignJWT({ ...payload }).setProtectedHeader({ alg });
      return (end === null ? jwt : jwt.setExpirationTime(end)).sign(secret);
    };
    const none = ['{"alg":"none"}', JSON.stringify({ ...claims, exp: 9_999_999_999 })]
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
    const good = await sign(claims, '1h');
    const bad = [
      'garbage',
      `${none}.`,
      await sign(claims, '1h', new TextEncoder().encode('another secret of thirty-two bytes')),
      await sign(claims, '1h', key, 'HS512'),
      await sign(claims, null),
      await sign(claims, Math.floor(Date.now() / 1000) - 10),
      await sign({ ...claims, nbf: Math.floor(Date.now() / 1000) + 600 }, '1h'),
      await sign({ ...claims, role: 'root' }, '1h'),
      await sign({ ...claims, workspace: '../etc' }, '1h'),
      await sign({ workspace, role: 'admin' }, '1h'),
      good.slice(0, -2),
      `${good}x`,
      'x'.repeat(5_000),
    ];
    expect((await as(good, session)).statusCode).to.equal(200);
    for (const token of bad) expect((await as(token, session)).statusCode, token).to.equal(401);
    const inQuery = await server.app.inject(`/v1/session?token=${good}`);
    expect(inQuery.statusCode).to.equal(401);
  });

  it('issues a write key that the database holds no copy of', async () => {
    const issued = await as(await tokenFor(workspace, 'admin'), {
      method: 'POST',
      url: '/v1/write-keys',
    });
    const { key } = issued.json<{ key: string }>();
    expect(key).to.match(/^bl_write_[\w-]{43}$/);
    expect((await as(key, { method: 'GET', url: '/v1/config' })).statusCode).to.equal(200);
    const rows = await engine
      .database()
      .query('select * from tokens where workspace = $1', [workspace]);
    expect(JSON.stringify(rows)).not.to.include(key.slice(9));
  });

  describe('signing in by link', () => {
    const grant = () => ({ subject: 'admin', workspace, role: 'admin' as const });
    const follow = (code: string) => server.app.inject(`/ops/sign-in?code=${code}`);

    it('starts a session that scripts can’t read and other sites can’t send', async () => {
      const response = await follow(await signCode(SECRET, grant(), 60));
      expect(response.statusCode).to.equal(303);
      expect(response.headers.location).to.equal('/ops/ab-testing');
      expect(response.headers['set-cookie']).to.match(
        /^bytelyst-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
      );
      const cookie = String(response.headers['set-cookie']).split(';')[0]!;
      expect((await as(null, session, { cookie })).json()).to.deep.equal(grant());
    });

    it('works once', async () => {
      const code = await signCode(SECRET, grant(), 60);
      expect((await follow(code)).statusCode).to.equal(303);
      const again = await follow(code);
      expect(again.statusCode).to.equal(403);
      expect(again.headers['set-cookie']).to.equal(undefined);
    });

    it('ends with its time, and is taken from nobody else', async () => {
      const foreign = await signCode('another secret of thirty-two bytes', grant(), 60);
      expect((await follow(await signCode(SECRET, grant(), -1))).statusCode).to.equal(403);
      expect((await follow(foreign)).statusCode).to.equal(403);
      expect((await follow(await tokenFor(workspace, 'admin'))).statusCode).to.equal(403);
      expect((await follow('')).statusCode).to.equal(403);
      expect((await follow('x'.repeat(2_000))).statusCode).to.equal(403);
      const code = await signCode(SECRET, grant(), 60);
      expect((await as(code, session)).statusCode, 'a code is no token').to.equal(401);
    });

    it('says what is wrong as a problem, and to a browser as a page', async () => {
      for (const accept of [undefined, '*/*', 'application/json']) {
        const headers = accept ? { accept } : {};
        const answer = await server.app.inject({ url: '/ops/sign-in?code=x', headers });
        expect(answer.headers['content-type'], accept).to.match(/^application\/problem\+json/);
        expect(answer.json()).to.include({ status: 403, code: 'forbidden' });
      }
      const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
      for (const [query, status] of [
        ['code=x', 403],
        ['', 403],
        ['code=a&code=b', 400],
        ['%3Cscript%3E=1', 400],
      ] as const) {
        const url = `/ops/sign-in?${query}`;
        const page = await server.app.inject({ url, headers: { accept } });
        expect(page.statusCode, query).to.equal(status);
        expect(page.headers['content-type']).to.equal('text/html; charset=utf-8');
        expect(page.headers['content-security-policy']).to.include("default-src 'none'");
        expect(page.body).to.match(/<h1>[^<]+<\/h1>\n<p>[^<]+<\/p>/);
        expect(page.body).not.to.include('<script');
      }
    });

    it('is not used up by a page of another site or by a browser that looks ahead', async () => {
      const code = await signCode(SECRET, grant(), 60);
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-purpose': 'prefetch' },
      ]) {
        const response = await server.app.inject({ url: `/ops/sign-in?code=${code}`, headers });
        expect(response.statusCode, JSON.stringify(headers)).to.equal(403);
      }
      expect((await follow(code)).statusCode).to.equal(303);
    });

    it('is not used up by HEAD', async () => {
      const url = `/ops/sign-in?code=${await signCode(SECRET, grant(), 60)}`;
      const head = await server.app.inject({ method: 'HEAD', url });
      expect(head.statusCode).to.equal(405);
      expect(head.headers.allow).to.equal('GET');
      expect((await server.app.inject(url)).statusCode).to.equal(303);
    });

    it('starts a session of its own, whatever session the browser had', async () => {
      const first = await follow(await signCode(SECRET, grant(), 60));
      const planted = String(first.headers['set-cookie']).split(';')[0]!;
      const url = `/ops/sign-in?code=${await signCode(SECRET, grant(), 60)}`;
      const second = await server.app.inject({ url, headers: { cookie: planted } });
      const own = String(second.headers['set-cookie']).split(';')[0]!;
      expect(own).not.to.equal(planted);
      expect((await as(null, session, { cookie: planted })).statusCode).to.equal(401);
      expect((await as(null, session, { cookie: own })).statusCode).to.equal(200);
    });

    it('binds the cookie to the host where the server is behind TLS', async () => {
      const secure = await startServer(engine.database(), { secure: true });
      const code = await signCode(SECRET, grant(), 60);
      const response = await secure.app.inject(`/ops/sign-in?code=${code}`);
      expect(response.headers['set-cookie']).to.match(/^__Host-bytelyst-session=.*; Secure$/);
      expect(response.headers['strict-transport-security']).to.be.a('string');
      await secure.close();
    });

    it('ends the session on sign-out, also for a copy of the cookie', async () => {
      const response = await follow(await signCode(SECRET, grant(), 60));
      const cookie = String(response.headers['set-cookie']).split(';')[0]!;
      const out = await as(
        null,
        { method: 'DELETE', url: '/v1/session' },
        {
          cookie,
          'sec-fetch-site': 'same-origin',
        },
      );
      expect(out.statusCode).to.equal(204);
      expect(out.headers['set-cookie']).to.include('Max-Age=0');
      expect((await as(null, session, { cookie })).statusCode).to.equal(401);
    });

    it('takes changes with the cookie from our own pages only', async () => {
      const response = await follow(await signCode(SECRET, grant(), 60));
      const cookie = String(response.headers['set-cookie']).split(';')[0]!;
      const own = [
        { 'sec-fetch-site': 'same-origin' },
        { origin: 'http://localhost', host: 'localhost' },
        { origin: 'http://127.0.0.1:4100', host: '127.0.0.1:4100' },
      ];
      const foreign = [
        {},
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-fetch-site': 'none' },
        { origin: 'null' },
        { origin: 'http://localhost.evil.example', host: 'localhost' },
        { origin: 'http://localhost:81', host: 'localhost:80' },
      ];
      for (const headers of own) {
        expect((await as(null, PUSH, { cookie, ...headers })).statusCode).to.equal(200);
      }
      for (const headers of foreign) {
        const { statusCode } = await as(null, PUSH, { cookie, ...headers });
        expect(statusCode, JSON.stringify(headers)).to.equal(403);
      }
    });

    it('takes no cookie that comes twice', async () => {
      const response = await follow(await signCode(SECRET, grant(), 60));
      const cookie = String(response.headers['set-cookie']).split(';')[0]!;
      const tossed = `bytelyst-session=forged; ${cookie}`;
      expect((await as(null, session, { cookie: tossed })).statusCode).to.equal(401);
    });
  });

  it('answers to its own host names only, where it has such', async () => {
    const bound = await startServer(engine.database(), { hostNames: ['127.0.0.1', 'localhost'] });
    const status = async (host: string) =>
      (await bound.app.inject({ url: '/livez', headers: { host } })).statusCode;
    expect(await status('127.0.0.1:4100')).to.equal(200);
    expect(await status('LOCALHOST:5173')).to.equal(200);
    expect(await status('evil.example')).to.equal(403);
    expect(await status('localhost.evil.example:4100')).to.equal(403);
    await bound.close();
  });

  it('signs tokens that end', async () => {
    const grant = { subject: 's', workspace, role: 'viewer' } as const;
    const token = await signToken(SECRET, grant, 60, { now: Date.now() - 66_000 });
    expect((await as(token, session)).statusCode).to.equal(401);
  });
});
