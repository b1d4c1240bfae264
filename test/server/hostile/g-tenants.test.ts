/** G: authorization between workspaces: each wall holds without the others, and tells nothing. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { PullEnd } from '../../../src/protocol/index.js';
import type { UserRole } from '../../../src/server/access/identity.js';
import { thorough } from './counts.js';
import { furnish, settled } from './furnish.js';
import { other } from './rows.js';
import { type Ask, Attack, CANARY, hostile } from './suite.js';
import { type Answer, talk } from './wire.js';

/** An answer but for what names the request. */
const bare = ({ status, headers, body }: Answer, id: string) => ({
  status,
  names: Object.keys(headers).sort(),
  body: body.replaceAll(id, '').replace(/"instance":"[^"]+"/, ''),
  etag: headers.etag,
});

hostile(
  'G between workspaces',
  (category) => {
    category(
      130,
      'scopes that are others’, and ten thousand',
      async (attack) => {
        const stranger = new Attack(130, attack.subject);
        await stranger.push('theirs', { key: 'theirs' }, 'applied');
        const owner = `admin-of-${attack.workspace}`;
        const hers = { collection: 'notes', key: 'hers', value: { title: CANARY, owner } };
        await new Attack(130, attack.subject, attack.workspace).push(
          'hers',
          hers,
          'applied',
          'admin',
        );
        const scoped = (scopes: unknown, collections = 'tasks,notes') =>
          `/v1/sync/pull?collections=${collections}&scopes=${encodeURIComponent(JSON.stringify(scopes))}`;
        for (const scopes of [
          { notes: [{ owner }] },
          { notes: [{ owner: `editor-of-${stranger.workspace}` }] },
          { tasks: [{ workspace: stranger.workspace }] },
          { notes: [{ by: owner }] },
        ]) {
          const path = scoped(scopes);
          const { body } = await attack.request(path, { path }, 200);
          expect(body).not.to.match(/hers|theirs/);
        }
        const scope = (i: number) => ({ p: i });
        const many = Array.from({ length: 51 }, (_, i) => scope(i));
        const wide = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`m${i}`, 'x']));
        for (const scopes of [
          { tasks: many },
          { tasks: [wide] },
          { tasks: [{ p: 'x'.repeat(129) }] },
          { tasks: [] },
          { vault: [{ p: 1 }] },
          { tasks: [{}] },
          { tasks: [{ p: { $ne: 1 } }] },
          { tasks: [null] },
          { tasks: { p: 1 } },
          [],
          null,
        ]) {
          const path = scoped(scopes);
          await attack.request(path.slice(0, 80), { path }, 422);
        }
        const path = scoped({ tasks: Array.from({ length: 10_000 }, (_, i) => scope(i)) });
        await attack.request('10,000', { path }, [414, 422, 431]);
        await attack.request('vault', { path: '/v1/sync/live?collections=vault' }, 403);
        await attack.request('theirs', { path: '/v1/sync/live?collections=theirs' }, 422);
        const names = Array.from({ length: 101 }, (_, i) => `c${i}`).join();
        await attack.request('101', { path: `/v1/sync/live?collections=${names}` }, 422);
      },
      { stores: true },
    );

    category(
      130,
      'scopes that guess at rows one may not see',
      async (attack) => {
        const admin = other(attack);
        const hidden = { title: 'guessed', owner: `admin-of-${attack.workspace}` };
        const own = { title: 'own', owner: `editor-of-${attack.workspace}` };
        const write = async (keys: string[], more: object = {}) => {
          const sent = keys.map((key) =>
            admin.mutation({ collection: 'notes', key, value: hidden, ...more }),
          );
          await admin.outcomes('hidden rows', sent, 'admin');
        };
        const patch = { op: 'update', base: 1, value: undefined, patch: { title: 'guessed' } };
        await write(['a', 'b', 'c']);
        await attack.push('own', { collection: 'notes', key: 'own', value: own }, 'applied');
        await write(['d', ...Array.from({ length: 300 }, (_, i) => `many-${i}`)]);
        await attack.push('late', { collection: 'notes', key: 'late', value: own }, 'applied');
        await write(['a', 'd'], patch);

        /** Every answer of a pull until its end, and what its cursors say. */
        const told = async (title: string, limit: string, cursors: Map<string, string>) => {
          const scopes = encodeURIComponent(
            JSON.stringify({ notes: [{ title: 'own' }, { title }] }),
          );
          const texts: string[] = [];
          for (let more = true; more;) {
            const from = cursors.get(title + limit);
            const cursor = from === undefined ? '' : `&cursor=${from}`;
            const path = `/v1/sync/pull?collections=notes&scopes=${scopes}${limit}${cursor}`;
            const { body } = await attack.request(path, { path }, 200);
            const end = JSON.parse(body.trimEnd().split('\n').at(-1)!) as PullEnd;
            cursors.set(title + limit, end.cursor);
            texts.push(body);
            more = end.more;
          }
          return texts;
        };
        const cursors = new Map<string, string>();
        const compare = async (when: string) => {
          for (const limit of ['', '&limit=1', '&limit=2', '&limit=3', '&limit=5']) {
            const right = await told('guessed', limit, cursors);
            expect(right, `${when}${limit}`).to.deep.equal(await told('wrong', limit, cursors));
          }
        };
        await compare('from the beginning');
        await write(['b', 'many-7', 'many-3'], patch);
        await write(['e', 'f']);
        await attack.push('later', { collection: 'notes', key: 'later', value: own }, 'applied');
        await compare('from a cursor');
        // Begun before what is new, and not at its end yet.
        cursors.clear();
        for (const title of ['guessed', 'wrong']) {
          const scopes = encodeURIComponent(
            JSON.stringify({ notes: [{ title: 'own' }, { title }] }),
          );
          const path = `/v1/sync/pull?collections=notes&limit=1&scopes=${scopes}`;
          const { body } = await attack.request(path, { path }, 200);
          const { cursor } = JSON.parse(body.trimEnd().split('\n').at(-1)!) as PullEnd;
          cursors.set(title, cursor);
        }
        await write(['g']);
        await compare('from the middle');
      },
      { stores: true },
    );

    category(
      132,
      'what admins do, by users and from other pages',
      async (attack) => {
        const { subject, workspace } = attack;
        const doings: Ask[] = [
          { path: '/v1/write-keys', method: 'POST' },
          { path: '/v1/revocations', body: { subject: 'x' } },
          { path: '/v1/audit' },
          { path: '/v1/audit/verification' },
          { path: '/v1/units/x/export' },
          { path: '/v1/units/x', method: 'DELETE' },
        ];
        const grant = { subject: 'page', workspace, role: 'writer' } as const;
        const key = await subject.ask('issue', { kind: 'write-key', grant });
        const users = await Promise.all(
          (['viewer', 'editor'] as const).map(async (role) => attack.session(role)),
        );
        const admin = await attack.session('admin');
        const cookie = (session: string) => ({ Cookie: `bytelyst-session=${session}` });
        const here = { 'Sec-Fetch-Site': 'same-origin' };
        const before = await subject.ask('state');
        for (const ask of doings) {
          const name = `${ask.method ?? ''} ${ask.path}`;
          for (const as of ['viewer', 'editor'] satisfies UserRole[]) {
            await attack.request(`${name} by ${as}`, { ...ask, as }, 403);
          }
          const byKey = { Authorization: `Bearer ${key}` };
          await attack.request(`${name} by a page`, { ...ask, as: null, headers: byKey }, 403);
          for (const session of users) {
            const headers = { ...cookie(session), ...here };
            await attack.request(`${name}, signed in`, { ...ask, as: null, headers }, 403);
          }
          const both = { ...cookie(admin), ...here, Authorization: `Bearer ${key}` };
          await attack.request(`${name}, with both`, { ...ask, as: null, headers: both }, 403);
          for (const from of [
            { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
            { 'Sec-Fetch-Site': 'same-site', Origin: 'https://app.evil.example' },
            { Origin: 'null' },
          ]) {
            const headers = { ...cookie(admin), ...from };
            // A page may have it fetched, but not read it; and the cookie does not go along.
            const changes = ask.method !== undefined || ask.body !== undefined;
            const expected = changes ? 403 : [200, 404];
            const answer = await attack.request(
              `${name} from elsewhere`,
              { ...ask, as: null, headers },
              expected,
            );
            expect(answer.headers).not.to.have.property('access-control-allow-origin');
          }
        }
        expect(await subject.ask('state')).to.deep.equal(before);
      },
      { stores: true },
    );

    category(
      134,
      'finding out what is there by what differs',
      async (attack) => {
        const { subject, workspace } = attack;
        const stranger = new Attack(134, subject);
        const known = await furnish(stranger);
        await settled(stranger);
        const ann = new Attack(134, subject, workspace);
        const note = { title: CANARY, owner: `admin-of-${workspace}` };
        await ann.push(
          'hers',
          { collection: 'notes', key: 'hers-1', value: note },
          'applied',
          'admin',
        );
        const unit = encodeURIComponent(CANARY);

        /** What the server did for a request and how it answered. */
        const watch = async (ask: Ask, id: string) => {
          await subject.ask('statements');
          const answer = await attack.request(id, { as: 'admin', ...ask }, [200, 401, 404]);
          return { answer: bare(answer, id), statements: await subject.ask('statements') };
        };
        const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
        const elsewhere = await stranger.session('admin');
        const unknown = 'x'.repeat(elsewhere.length);
        const as = 'editor';
        const update = (client: Attack, key: string) => ({
          body: {
            client: client.client,
            mutations: [
              client.mutation({
                id: 'asks',
                collection: 'notes',
                key,
                op: 'update',
                base: 1,
                value: undefined,
                patch: { title: 'x' },
              }),
            ],
          },
        });
        // The first is there, but not theirs; the second is nowhere.
        for (const [name, [one, oneId], [two, twoId]] of [
          [
            'results',
            [{ path: '/v1/experiments/secret/results' }, 'secret'],
            [{ path: '/v1/experiments/nowhere/results' }, 'nowhere'],
          ],
          [
            'a unit',
            [{ path: `/v1/units/${unit}/export` }, CANARY],
            [{ path: '/v1/units/nobody/export' }, 'nobody'],
          ],
          [
            'summaries',
            [{ path: '/v1/experiments/secret/summaries', method: 'DELETE' }, 'secret'],
            [{ path: '/v1/experiments/nowhere/summaries', method: 'DELETE' }, 'nowhere'],
          ],
          [
            'a write key',
            [{ path: '/v1/revocations', body: { writeKey: known.key } }, known.key],
            [{ path: '/v1/revocations', body: { writeKey: `bl_write_${unknown}` } }, unknown],
          ],
          [
            'a write key for a token',
            [{ path: '/v1/session', as: null, headers: bearer(elsewhere) }, elsewhere],
            [{ path: '/v1/session', as: null, headers: bearer(unknown) }, unknown],
          ],
          [
            'a row of another’s',
            [{ ...update(attack, 'hers-1'), as }, 'hers-1'],
            [{ ...update(new Attack(134, subject, workspace), 'none-1'), as }, 'none-1'],
          ],
          ['a config', [{ path: '/v1/config' }, 'config'], [{ path: '/v1/config' }, 'config']],
        ] as [string, [Ask, string], [Ask, string]][]) {
          // The same statements, not the same milliseconds: what runs between them is the server’s
          // work in the background, which may be in either.
          for (let patience = 20; ; patience--) {
            const [theirs, none] = [await watch(one, oneId), await watch(two, twoId)];
            expect(theirs.answer, name).to.deep.equal(none.answer);
            if (theirs.statements.join() === none.statements.join()) break;
            if (!patience) expect(theirs.statements, name).to.deep.equal(none.statements);
          }
        }
        // A workspace that nothing was ever written in looks like one with nothing in it.
        const empty = new Attack(134, subject);
        const pull = { path: '/v1/sync/pull?collections=notes' };
        const nothing = await empty.request('an empty workspace', { ...pull, as: 'editor' }, 200);
        expect(nothing.body).not.to.include('"keys"');
        const config = await empty.request('its config', { path: '/v1/config' }, 200);
        expect(config.headers.etag).to.deep.equal(
          (await attack.request('a config', { path: '/v1/config' }, 200)).headers.etag,
        );
      },
      { stores: true },
    );
  },
  { onBoth: true },
);

hostile(
  'G live streams',
  (category) => {
    category(
      131,
      'a stream that stays open after its user was sent away',
      async (attack) => {
        const { subject } = attack;
        const path = '/v1/sync/live?collections=tasks';
        const cookie = (session: string) => ({ Cookie: `bytelyst-session=${session}` });
        const sessions = [await attack.session('editor'), await attack.session('viewer')];
        const token = await attack.token('editor');
        const asks: Ask[] = [
          ...sessions.map((session) => ({ path, as: null, headers: cookie(session) })),
          { path, as: null, headers: { Authorization: `Bearer ${token}` } },
        ];
        const heads = await Promise.all(asks.map((ask) => attack.bytes(ask)));
        const ended = heads.map(([head]) => talk(subject.port, [head], { timeout: 15_000 }));
        await delay(300);
        const own = { ...cookie(sessions[0]!), 'Sec-Fetch-Site': 'same-origin' };
        const out = { path: '/v1/session', method: 'DELETE', as: null, headers: own };
        const start = performance.now();
        await attack.request('signs out', out, 204);
        for (const role of ['viewer', 'editor'] as const) {
          const body = { subject: `${role}-of-${attack.workspace}` };
          await attack.request('revokes', { path: '/v1/revocations', body, as: 'admin' }, 204);
        }
        for (const [answer] of await Promise.all(ended)) {
          expect(answer).to.have.property('status', 200);
          expect(answer!.body).to.match(/retry: \d+\n$/);
        }
        expect(performance.now() - start).to.be.below(10_000);
      },
      { stores: true },
    );
  },
  // Half of the default of 15 s is what a stream may outlive its user. CI has no time for that.
  { options: () => (thorough ? {} : { heartbeat: 1_000 }) },
);
