/** B: paths, queries and routing. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Attack, CANARY, hostile } from './suite.js';

const PULL = '/v1/sync/pull?collections=tasks';
const ADMIN = '<h1>Admin</h1>';
const OUTSIDE = `outside ${CANARY}`;

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/** A built site, with links that lead out of it. */
async function makeSite(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'bytelyst-hostile-'));
  folders.push(root);
  const files = {
    'secret.txt': OUTSIDE,
    'site/index.html': '<h1>Demo</h1>',
    'site/ops/ab-testing/index.html': ADMIN,
    'site/assets/app-3f2a.js': 'export {};',
    'site/.env': OUTSIDE,
    'site/.git/config': OUTSIDE,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  await symlink(join(root, 'secret.txt'), join(root, 'site/assets/link.js'));
  await symlink(root, join(root, 'site/up'));
  return join(root, 'site');
}

/** Asks for what a browser would show, signed in: nothing but the site's own may come. */
async function refusesPaths(attack: Attack, paths: readonly string[], as: 'admin' | null = null) {
  for (const path of paths) {
    const answer = await attack.request(path.slice(0, 80), { path, as }, [400, 404]);
    expect(answer.body, path).not.to.match(/outside|Admin|root:/);
  }
}

hostile(
  'B URL and routing',
  (category) => {
    category(40, 'a NUL in the path', async (attack) => {
      const generated = attack.generated(fc.stringMatching(/^\/[a-z]{0,9}%00[a-z.]{0,9}$/));
      await refusesPaths(attack, [
        '/%00',
        '/ops/ab-testing%00',
        '/ops/ab-testing/%00',
        '/assets/app-3f2a.js%00.html',
        '/v1/session%00',
        ...generated,
      ]);
      // A cursor that is none is answered with a new start, so that its client can go on.
      const { body } = await attack.request('a cursor', { path: `${PULL}&cursor=%00` }, 200);
      expect(body).to.equal('{"reset":true,"reason":"cursor"}\n');
      await attack.request('a limit', { path: `${PULL}&limit=1%00` }, 422);
      await attack.request('a collection', { path: '/v1/sync/pull?collections=tasks%00' }, 422);
    });

    category(41, 'an encoding that is none', async (attack) => {
      const generated = attack.generated(fc.stringMatching(/^%[g-z][g-z]$|^%[0-9a-f]$/));
      await refusesPaths(attack, [
        '/%zz',
        '/%',
        '/%1',
        '/ops/ab-testing/%zz',
        '/v1/%e0%a4%a',
        ...generated.map((text) => `/ops/ab-testing/${text}`),
      ]);
    });

    category(42, 'overlong and broken UTF-8', async (attack) => {
      await refusesPaths(attack, [
        '/%c0%af',
        '/ops/ab-testing/%c0%ae%c0%ae/%c0%ae%c0%ae',
        '/..%c0%afsecret.txt',
        '/%e0%80%af',
        '/%f0%80%80%af',
        '/%ff',
        '/ops/ab-testing/%ed%a0%80',
        '/ops/ab-testing/%80',
      ]);
    });

    category(43, 'ways up', async (attack) => {
      const up = fc.constantFrom('..', '%2e%2e', '.%2e', '%2E.', '%2e%2E');
      const separator = fc.constantFrom('/', '%2f', '%2F', '\\', '%5c', '%5C');
      const generated = attack.generated(
        fc.array(fc.tuple(up, separator), { minLength: 1, maxLength: 4 }),
        4,
      );
      await refusesPaths(attack, [
        '/../secret.txt',
        '/..%2fsecret.txt',
        '/%2e%2e/secret.txt',
        '/assets/..%5c..%5csecret.txt',
        '/assets\\..\\..\\secret.txt',
        '/ops/ab-testing/..%2f..%2f..%2fsecret.txt',
        '/ops/ab-testing/../../secret.txt',
        '/ops/./ab-testing',
        '/ops/ab-testing/.',
        '/ops/ab-testing/%252e%252e%252f'.replace('%252e%252e%252f', '%2e%2e%2f'),
        ...generated.map((parts) => `/assets/${parts.flat().join('')}secret.txt`),
        ...generated.map((parts) => `/ops/ab-testing/${parts.flat().join('')}x`),
      ]);
    });

    category(44, 'other spellings of a separator', async (attack) => {
      await refusesPaths(
        attack,
        [
          '//admin',
          '//ops/ab-testing',
          '/ops//ab-testing',
          '/ops/ab-testing//',
          '/ops/ab-testing;x=1',
          '/ops;/ab-testing',
          '/ops/ab-testing/;/',
          '/ops%2fab-testing',
          '/ops\\ab-testing',
          '///evil.example/%2f..',
          '/v1//session',
          '/v1/session/',
          '/v1/session;role=admin',
        ],
        'admin',
      );
    });

    category(45, 'the admin path in other letters', async (attack) => {
      await refusesPaths(
        attack,
        [
          '/OPS/ab-testing',
          '/ops/AB-testing',
          '/Ops/Ab-Testing',
          '/ops/ab-testing%E2%80%A4',
          '/ops/%E2%80%A4/ab-testing',
          '/ops/ab-testing/%E2%80%A4%E2%80%A4/x',
          '/ops/ab-testing/%EF%BC%8E%EF%BC%8E/x',
          '/ops/ab-testing/%E2%80%A5%EF%BC%8Fx',
          '/ops%E2%88%95ab-testing',
          '/ops%EF%BC%8Fab-testing',
          '/ops/ab%E2%80%90testing',
          '/%EF%BD%8Fps/ab-testing',
          '/ops/ab-te%C5%BFting',
          '/v1/\u017fession',
          '/ops/ab-testing.',
          '/ops/ab-testing%20',
        ],
        'admin',
      );
    });

    category(46, 'an address of 100 kB', async (attack) => {
      await attack.request('path', { path: `/${'x'.repeat(100_000)}` }, [414, 431]);
      await attack.request('query', { path: `${PULL}&cursor=${'x'.repeat(100_000)}` }, [414, 431]);
      await refusesPaths(attack, [`/${'x'.repeat(10_000)}`, `/${'a/'.repeat(5_000)}`]);
    });

    category(47, 'a parameter twice', async (attack) => {
      for (const query of [
        'collections=tasks&collections=metrics',
        'collections=tasks&collections=tasks',
        'collections=tasks&limit=1&limit=2',
        'limit=1&collections=tasks&x=1&x=2',
        'collections=tasks&cursor&cursor',
      ]) {
        await attack.request(query, { path: `/v1/sync/pull?${query}` }, 400);
      }
      const live = '/v1/sync/live?collections=tasks&collections=results';
      await attack.request('live', { path: live }, 400);
      const signIn = { path: '/ops/sign-in?code=a&code=b', as: null };
      await attack.request('sign-in', signIn, 400);
    });

    category(48, 'parameters that would be objects', async (attack) => {
      const generated = attack.generated(fc.stringMatching(/^[a-z]{0,3}[[\].$_%]{1,3}[a-z]{0,3}$/));
      for (const name of [
        'a[b]',
        'a[__proto__]',
        '__proto__',
        '__proto__[role]',
        'a%5Bb%5D',
        'a.b',
        'collections[]',
        'collections[$ne]',
        'collections%00',
        '$where',
        '',
        ...generated,
      ]) {
        await attack.request(name, { path: `${PULL}&${name}=admin` }, 400);
      }
    });

    category(49, '5,000 parameters', async (attack) => {
      const names = Array.from({ length: 5_000 }, (_, i) => `&${i.toString(36)}`).join('');
      await attack.request('short', { path: `${PULL}${names.slice(0, 15_000)}` }, [400, 431]);
      await attack.request('long', { path: `${PULL}${names.replaceAll('&', '&xx')}` }, [400, 431]);
      await attack.request('empty', { path: `${PULL}${'&'.repeat(5_000)}` }, 400);
    });

    category(50, 'hosts that are nearly ours', async (attack) => {
      const { port } = attack.subject;
      for (const host of [
        '127.0.0.1.',
        'localhost.',
        'evil.example',
        `evil.example:${port}`,
        '127.0.0.1.evil.example',
        '2130706433',
        '0x7f.1',
        '0.0.0.0',
        'localhost.evil.example',
        `127.0.0.1:${port}:80`,
        `127.0.0.1:${port}@evil.example`,
        '127.0.0.1:99999',
        '[::ffff:127.0.0.1]',
        '169.254.169.254',
      ]) {
        const ask = { path: '/v1/session', headers: { Host: host } };
        await attack.request(host, ask, [400, 403]);
      }
      for (const host of ['127.0.0.1', 'LOCALHOST', `localhost:${port}`, '127.0.0.1:1']) {
        await attack.request(host, { path: '/livez', headers: { Host: host } }, 200);
      }
    });

    category(51, 'files that are not the site’s', async (attack) => {
      await refusesPaths(attack, [
        '/assets/link.js',
        '/up/secret.txt',
        '/up',
        '/.env',
        '/.git/config',
        '/assets/../.env',
        '/etc/passwd',
        '/proc/self/environ',
        '/assets/',
        '/assets',
        '/C:%5cWindows%5cwin.ini',
        '/package.json',
      ]);
    });

    category(52, 'HEAD and OPTIONS on every route', async (attack) => {
      const routes = [
        '/',
        '/ops/ab-testing',
        '/ops/sign-in',
        '/livez',
        '/readyz',
        '/metrics',
        '/openapi.json',
        '/v1/sync/push',
        PULL,
        '/v1/sync/live?collections=tasks',
        '/v1/events',
        '/v1/config',
        '/v1/session',
        '/v1/write-keys',
        '/v1/nothing',
        '/assets/app-3f2a.js',
      ];
      const known = [200, 204, 400, 401, 403, 404, 405, 406];
      for (const path of routes) {
        for (const as of ['admin', null] as const) {
          const head = await attack.request(path, { method: 'HEAD', path, as }, known);
          expect(head.headers, path).not.to.have.property('set-cookie');
          if (path.startsWith('/v1/') && as === null) expect(head.status).to.be.at.least(400);
          const options = await attack.request(path, { method: 'OPTIONS', path, as }, known);
          expect(options.body, path).not.to.match(/Admin|"role"|"epoch"/);
          expect(options.headers, path).not.to.have.property('access-control-allow-origin');
        }
      }
    });

    category(53, 'an older version of the API', async (attack) => {
      for (const path of ['/v0/sync/push', '/v0/', '/v0/x?y=1']) {
        await attack.request(path, { path, body: {} }, 410);
        await attack.request(path, { path, as: null }, 410);
      }
      await refusesPaths(attack, ['/v2/session', '/v1.0/session', '/v01/session', '/v/session']);
    });
  },
  {
    options: async () => ({
      site: await makeSite(),
      hostNames: ['127.0.0.1', 'localhost', '::1', '[::1]'],
    }),
  },
);
