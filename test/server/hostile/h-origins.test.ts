/** H: other sites that make a browser ask. */
import { expect } from 'chai';
import fc from 'fast-check';
import { type Attack, type Ask, hostile } from './suite.js';

/** What a browser that is signed in to the admin page sends along, wherever the request is from. */
async function withCookie(attack: Attack, ask: Ask): Promise<Ask> {
  const session = await attack.session('admin');
  return { ...ask, as: null, headers: { Cookie: `bytelyst-session=${session}`, ...ask.headers } };
}

const CHANGES = (attack: Attack): Ask[] => [
  { body: { client: attack.client, mutations: [attack.mutation()] } },
  { path: '/v1/write-keys', method: 'POST' },
  { path: '/v1/session', method: 'DELETE' },
  { path: '/v1/revocations', body: { subject: 'x' } },
  { path: '/v1/events', body: { sentAt: 1, events: [] } },
];

/** Each change, signed in by cookie, with these headers: 403, and nothing has happened. */
async function refuses(attack: Attack, name: string, headers: Record<string, string>) {
  for (const ask of CHANGES(attack)) {
    const sent = await withCookie(attack, { ...ask, headers });
    await attack.request(`${name}: ${ask.method ?? 'POST'} ${ask.path ?? 'push'}`, sent, 403);
  }
}

hostile('H cross-site requests', (category) => {
  const sessions = { stores: true };

  /** Nothing but the sessions that the tests themselves began. */
  const test = (number: number, what: string, run: (attack: Attack) => Promise<void>) =>
    category(
      number,
      what,
      async (attack) => {
        const before = await attack.subject.ask('state');
        await run(attack);
        const { tokens: _, ...now } = await attack.subject.ask('state');
        expect({ ...now, tokens: before.tokens }).to.deep.equal(before);
        expect(await attack.rows()).to.have.all.keys('honest');
      },
      sessions,
    );

  test(135, 'a change from another site', (attack) =>
    refuses(attack, 'cross-site', {
      'Sec-Fetch-Site': 'cross-site',
      Origin: 'https://evil.example',
    }),
  );

  test(136, 'a change from a neighbour', async (attack) => {
    const origin = `http://x.127.0.0.1:${attack.subject.port}`;
    await refuses(attack, 'same-site', { 'Sec-Fetch-Site': 'same-site', Origin: origin });
    await refuses(attack, 'none', { 'Sec-Fetch-Site': 'none' });
    const own = { Origin: `http://127.0.0.1:${attack.subject.port}` };
    await refuses(attack, 'says otherwise', { ...own, 'Sec-Fetch-Site': 'cross-site' });
  });

  test(137, 'types that need no preflight', async (attack) => {
    const body = JSON.stringify({ client: attack.client, mutations: [attack.mutation()] });
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const headers = { 'Content-Type': type, 'Sec-Fetch-Site': 'cross-site' };
      await attack.request(type, await withCookie(attack, { body, headers }), 403);
      const own = { 'Content-Type': type, 'Sec-Fetch-Site': 'same-origin' };
      await attack.request(`${type}, own`, await withCookie(attack, { body, headers: own }), 415);
    }
  });

  test(138, 'origins that are nearly ours', async (attack) => {
    const { port } = attack.subject;
    const generated = attack.generated(fc.stringMatching(/^[a-z0-9.-]{1,12}$/));
    for (const origin of [
      'null',
      'https://evil-example.com',
      `http://evil127.0.0.1:${port}`,
      `http://127.0.0.1.evil.example:${port}`,
      `http://127.0.0.1:${port}.evil.example`,
      `http://127.0.0.1:${port + 1}`,
      'http://127.0.0.1',
      `http://localhost:${port}`,
      `http://evil.example#http://127.0.0.1:${port}`,
      `http://evil.example/127.0.0.1:${port}`,
      `127.0.0.1:${port}`,
      '*',
      '',
      ...generated.map((text) => `http://${text}.example:${port}`),
    ]) {
      const headers = { Origin: origin };
      const ask = await withCookie(attack, { path: '/v1/write-keys', method: 'POST', headers });
      await attack.request(origin, ask, 403);
    }
  });

  test(139, 'a flood of preflights', async (attack) => {
    const ask: Ask = {
      method: 'OPTIONS',
      as: null,
      headers: {
        Origin: 'https://evil.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization, content-type',
      },
    };
    for (let i = 0; i < 100; i++) {
      const answer = await attack.request('a preflight', ask, [404, 405]);
      const names = Object.keys(answer.headers).join();
      expect(names).not.to.include('access-control');
    }
  });

  test(140, 'a frame around us', async (attack) => {
    for (const path of [
      '/',
      '/ops/ab-testing',
      '/livez',
      '/v1/session',
      '/nothing',
      '/%zz',
      '/v1/sync/push',
    ]) {
      for (const as of ['admin', null] as const) {
        const answer = await attack.request(path, { path, as }, [200, 400, 401, 404, 405]);
        expect(answer.headers['content-security-policy']?.[0], path).to.include(
          "frame-ancestors 'none'",
        );
        expect(answer.headers['x-frame-options'], path).to.deep.equal(['DENY']);
        expect(answer.headers['cross-origin-opener-policy'], path).to.deep.equal(['same-origin']);
      }
    }
    const answer = await attack.raw('a bare socket', ['nonsense\r\n\r\n'], 400);
    expect(answer.headers['content-security-policy']?.[0]).to.include("frame-ancestors 'none'");
  });

  test(141, 'a cookie, and nothing that says where from', async (attack) => {
    await refuses(attack, 'nothing', {});
    await refuses(attack, 'a Referer only', {
      Referer: `http://127.0.0.1:${attack.subject.port}/`,
    });
  });
});

hostile(
  'H cross-site requests, with an origin that may',
  (category) => {
    category(139, 'a flood of preflights from others', async (attack) => {
      const headers = { 'Access-Control-Request-Method': 'POST' };
      for (const origin of [
        'https://evil.example',
        'https://app.example.evil',
        'https://xapp.example',
        'http://app.example',
        'https://app.example:8443',
        'null',
        'HTTPS://APP.EXAMPLE.',
      ]) {
        const ask = {
          method: 'OPTIONS',
          as: null,
          headers: { ...headers, Origin: origin },
        } as const;
        const answer = await attack.request(origin, ask, [204, 403, 404, 405]);
        expect(answer.headers['access-control-allow-origin']).not.to.deep.equal([origin]);
        expect(answer.headers['access-control-allow-origin']).not.to.deep.equal(['*']);
      }
      const own = {
        method: 'OPTIONS',
        as: null,
        headers: { ...headers, Origin: 'https://app.example' },
      } as const;
      const answer = await attack.request('the one that may', own, 204);
      expect(answer.headers['access-control-allow-origin']).to.deep.equal(['https://app.example']);
      expect(answer.headers).not.to.have.property('access-control-allow-credentials');
    });
  },
  { config: () => ({ origins: ['https://app.example'] }) },
);
