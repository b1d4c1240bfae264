/** F: sessions, signing in and out. Whoever can't be told for sure is nobody: 401. */
import { expect } from 'chai';
import { signCode } from '../../../src/server/access/sign-in-link.js';
import { SECRET } from '../client.js';
import { CANARY, hostile } from './suite.js';

hostile(
  'F sessions',
  (category) => {
    category(
      117,
      'two tabs that renew a session at once',
      async (attack) => {
        const session = await attack.session('admin');
        const ago = "now() - interval '25 hours'";
        await attack.subject.ask('query', {
          sql: `update tokens set created_at = ${ago} where workspace = '${attack.workspace}' and kind = 'session'`,
        });
        const headers = { Cookie: `__Host-bytelyst-session=${session}` };
        const tabs = await Promise.all(
          Array.from({ length: 10 }, (_, i) =>
            attack.request(`tab ${i}`, { path: '/v1/session', as: null, headers }, 200),
          ),
        );
        const cookies = [
          session,
          ...tabs
            .flatMap(({ headers: told }) => told['set-cookie'] ?? [])
            .map((text) => /session=([^;]*)/.exec(text)![1]!),
        ];
        for (const cookie of cookies) {
          await attack.request(
            'each',
            {
              path: '/v1/session',
              as: null,
              headers: { Cookie: `__Host-bytelyst-session=${cookie}` },
            },
            200,
          );
        }
        const out = {
          Cookie: `__Host-bytelyst-session=${cookies.at(-1)!}`,
          'Sec-Fetch-Site': 'same-origin',
        };
        await attack.request(
          'signing out',
          { path: '/v1/session', method: 'DELETE', as: null, headers: out },
          204,
        );
        for (const cookie of cookies) {
          await attack.request(
            'none of them',
            {
              path: '/v1/session',
              as: null,
              headers: { Cookie: `__Host-bytelyst-session=${cookie}` },
            },
            401,
          );
        }
      },
      { stores: true },
    );

    category(
      119,
      'cookies that somebody else tossed in',
      async (attack) => {
        const session = await attack.session('admin');
        const name = '__Host-bytelyst-session';
        for (const cookie of [
          `${name}=${session}; ${name}=${session}`,
          `${name}=x; ${name}=${session}`,
          `bytelyst-session=${session}`,
          `__Secure-bytelyst-session=${session}`,
          `${name.toLowerCase()}=${session}`,
          `${name}="${session}"`,
          ` ${name} =${session}`,
          `${name}=${session}x`,
          `x=${name}=${session}`,
        ]) {
          await attack.request(
            cookie.slice(0, 40),
            { path: '/v1/session', as: null, headers: { Cookie: cookie } },
            401,
          );
        }
      },
      { stores: true },
    );

    category(
      120,
      'a session that the attacker chose',
      async (attack) => {
        const fixed = await attack.session('viewer', 'mallory');
        const grant = { subject: 'victim', workspace: attack.workspace, role: 'admin' } as const;
        const code = await signCode(SECRET, grant, 60);
        const link = {
          path: `/ops/sign-in?code=${code}`,
          as: null,
          headers: { Cookie: `__Host-bytelyst-session=${fixed}` },
        };
        const answer = await attack.request('signing in', link, 303);
        const [cookie] = answer.headers['set-cookie']!;
        expect(cookie).to.match(
          /^__Host-bytelyst-session=.{30,}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/,
        );
        expect(cookie).not.to.include(fixed);
        await attack.request(
          'the old one',
          {
            path: '/v1/session',
            as: null,
            headers: { Cookie: `__Host-bytelyst-session=${fixed}` },
          },
          401,
        );
        const [head] = await attack.bytes(link);
        const [again] = await attack.talk('the link again', [head]);
        expect(again!.status).to.equal(403);
        await attack.request(
          'a code for a token',
          { path: '/v1/session', headers: { Authorization: `Bearer ${code}` } },
          401,
        );
      },
      { stores: true },
    );

    category(121, 'guessing', async (attack) => {
      const [head] = await attack.bytes({ path: `/ops/sign-in?code=${CANARY}`, as: null });
      const statuses: number[] = [];
      for (let i = 0; i < 30; i++) {
        const [answer] = await attack.talk(`guess ${i}`, [head]);
        statuses.push(answer!.status);
        if (answer!.status === 429) attack.check('too many', answer!, 429);
      }
      expect(statuses.slice(-10)).to.deep.equal(Array(10).fill(429));
      expect(new Set(statuses)).to.deep.equal(
        new Set([...statuses.filter((s) => s === 403).slice(0, 1), 429]),
      );
    });

    category(
      122,
      'two users of one browser',
      async (attack) => {
        const body = { client: attack.client, mutations: [attack.mutation()] };
        const answer = await attack.request('a token of the next user', { body, as: 'admin' }, 403);
        expect(answer.body).to.include('"other-user"');
        const cookie = `__Host-bytelyst-session=${await attack.session('editor', 'next')}`;
        const headers = { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' };
        await attack.request('a session of the next user', { body, as: null, headers }, 403);
      },
      { stores: true },
    );
  },
  { options: () => ({ secure: true }) },
);
