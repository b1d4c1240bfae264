import { expect } from 'chai';
import { checkConfig } from '../../src/server/config/check.js';
import { migrate } from '../../src/server/database/migrate.js';
import type { Database } from '../../src/server/database/database.js';
import { openMemory } from './engines.js';
import type { Server } from '../../src/server/server.js';
import { Client, startServer } from './client.js';

describe('what the config closes and limits', () => {
  let database: Database;
  let server: Server;
  before(async () => {
    database = await openMemory();
    await migrate(database);
    const config = checkConfig({
      workspaces: { main: { writeKeys: ['bl_write_12345678'] } },
      origins: ['https://app.example', 'http://localhost:5173'],
      trustedProxies: ['127.0.0.1'],
      rateLimits: { push: 3, events: 3, assignments: 3, signIn: 3 },
    });
    server = await startServer(database, { config });
  });
  after(async () => {
    await server.close();
    await database.close();
  });

  it('lets a user push so often, tells when to come back, and lets others go on', async () => {
    const [ann, bob] = [await Client.in(server), await Client.in(server)];
    const push = (by: Client) =>
      by.request('POST', '/v1/sync/push', { client: by.id, mutations: [] });
    for (let i = 0; i < 3; i++) expect((await push(ann)).statusCode).to.equal(200);
    const refused = await push(ann);
    expect(refused.statusCode).to.equal(429);
    expect(refused.json()).to.include({ code: 'rate-limited', retryable: true });
    expect(Number(refused.headers['retry-after'])).to.be.within(1, 10);
    expect((await push(bob)).statusCode).to.equal(200);
    expect((await ann.request('GET', '/v1/sync/pull?collections=tasks')).statusCode).to.equal(200);
  });

  it('lets a key send events so often from one address, or one network of IPv6', async () => {
    const send = async (address: string) =>
      (
        await server.app.inject({
          method: 'POST',
          url: '/v1/events',
          headers: {
            authorization: 'Bearer bl_write_12345678',
            'content-type': 'application/json',
            'x-forwarded-for': address,
          },
          payload: '{"sentAt":1,"events":[]}',
        })
      ).statusCode;
    for (let i = 0; i < 3; i++) expect(await send('198.51.100.1')).to.equal(200);
    expect(await send('198.51.100.1')).to.equal(429);
    expect(await send('198.51.100.2')).to.equal(200);
    for (let i = 0; i < 3; i++) expect(await send(`2001:db8:1:1::${i}`)).to.equal(200);
    expect(await send('2001:db8:1:1:ffff::')).to.equal(429);
    expect(await send('2001:db8:1:2::1')).to.equal(200);
  });

  it('lets a key ask for assignments so often from one address', async () => {
    const ask = async (address: string) =>
      (
        await server.app.inject({
          method: 'POST',
          url: '/v1/assignments',
          headers: {
            authorization: 'Bearer bl_write_12345678',
            'content-type': 'application/json',
            'x-forwarded-for': address,
          },
          payload: '{"attributes":{}}',
        })
      ).statusCode;
    for (let i = 0; i < 3; i++) expect(await ask('198.51.100.9')).to.equal(200);
    expect(await ask('198.51.100.9')).to.equal(429);
    expect(await ask('198.51.100.10')).to.equal(200);
  });

  it('lets an address try to sign in so often', async () => {
    const attempt = async (code: string) =>
      (await server.app.inject(`/ops/sign-in?code=${code}`)).statusCode;
    for (let i = 0; i < 3; i++) expect(await attempt(`guess${i}`)).to.equal(403);
    expect(await attempt('guess3')).to.equal(429);
  });

  it('believes X-Forwarded-For of nobody but its proxies', async () => {
    const plain = await startServer(database, {
      config: checkConfig({ rateLimits: { signIn: 2 } }),
    });
    const attempt = async (i: number) =>
      (
        await plain.app.inject({
          url: '/ops/sign-in?code=x',
          headers: { 'x-forwarded-for': `198.51.100.${i}` },
        })
      ).statusCode;
    expect(await Promise.all([attempt(1), attempt(2)])).to.deep.equal([403, 403]);
    expect(await attempt(3)).to.equal(429);
    await plain.close();
  });

  it('limits nobody where the config says so', async () => {
    const unlimited = await startServer(database, { config: checkConfig({ rateLimits: false }) });
    for (let i = 0; i < 30; i++) {
      expect((await unlimited.app.inject('/ops/sign-in?code=x')).statusCode).to.equal(403);
    }
    await unlimited.close();
  });

  it('ends a write key that the config names no more', async () => {
    const url = '/v1/config';
    const headers = { authorization: 'Bearer bl_write_12345678' };
    const workspaces = { main: { writeKeys: ['bl_write_12345678'] } };
    const named = await startServer(database, { config: checkConfig({ workspaces }) });
    expect((await named.app.inject({ url, headers })).statusCode).to.equal(200);
    await named.close();
    const without = await startServer(database, { config: checkConfig({}) });
    expect((await without.app.inject({ url, headers })).statusCode).to.equal(401);
    await without.close();
  });

  describe('for other origins', () => {
    const preflight = (origin: string) =>
      server.app.inject({
        method: 'OPTIONS',
        url: '/v1/sync/push',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      });

    it('answers those that are listed, with a token and without cookies', async () => {
      const response = await preflight('https://app.example');
      expect(response.statusCode).to.equal(204);
      expect(response.headers).to.include({ 'access-control-allow-origin': 'https://app.example' });
      expect(response.headers).not.to.have.property('access-control-allow-credentials');
      const refused = await server.app.inject({
        url: '/v1/session',
        headers: { origin: 'https://app.example' },
      });
      expect(refused.statusCode).to.equal(401);
      expect(refused.headers['access-control-allow-origin']).to.equal('https://app.example');
    });

    for (const origin of [
      'null',
      'https://evil.example',
      'https://app.example.evil.example',
      'https://evil-app.example',
      'http://app.example',
      'https://app.example:8443',
      'https://APP.example.',
      'http://localhost:5174',
    ]) {
      it(`does not open up to ${origin}`, async () => {
        expect((await preflight(origin)).headers).not.to.have.property(
          'access-control-allow-origin',
        );
      });
    }

    it('is not there at all without a list', async () => {
      const closed = await startServer(database);
      const response = await closed.app.inject({
        method: 'OPTIONS',
        url: '/v1/sync/push',
        headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
      });
      expect(response.statusCode).to.be.within(400, 499);
      expect(response.headers).not.to.have.property('access-control-allow-origin');
      await closed.close();
    });
  });
});
