/** G: authorization of rows: what is not yours is not there, and what is there may be yours in part. */
import { expect } from 'chai';
import fc from 'fast-check';
import { limits } from '../../../src/protocol/index.js';
import type { UserRole } from '../../../src/server/access/identity.js';
import { noteOf, other } from './rows.js';
import { Attack, CANARY, hostile } from './suite.js';

async function pulled(attack: Attack, path: string, as: UserRole): Promise<string> {
  return (await attack.request(path, { path: `/v1/sync/pull?${path}`, as }, 200)).body;
}

hostile(
  'G authorization of rows',
  (category) => {
    category(
      124,
      'somebody else’s row in the middle of a batch of one’s own',
      async (attack) => {
        const ann = other(attack);
        await ann.push('hers', { key: 'hers', ...noteOf(attack, 'admin') }, 'applied', 'admin');
        const own = (key: string) => attack.mutation({ key, ...noteOf(attack, 'editor') });
        const change = { collection: 'notes', key: 'hers', value: undefined };
        const told = await attack.outcomes('a batch', [
          own('before'),
          attack.mutation({ ...change, op: 'update', base: 1, patch: { title: 'taken' } }),
          attack.mutation({ ...change, op: 'delete', base: 1 }),
          attack.mutation({ ...change, op: 'replace', base: 1, ...noteOf(attack, 'editor') }),
          own('hers'),
          own('after'),
        ]);
        expect(told).to.deep.equal([
          'applied',
          'conflict',
          'conflict',
          'conflict',
          'already-exists',
          'applied',
        ]);
        const rows = await attack.rows('notes', 'admin');
        expect(rows).to.have.all.keys('before', 'hers', 'after');
        expect(rows.hers).to.include({ title: CANARY });
      },
      { stores: true },
    );

    category(
      125,
      'the id of a row that is deleted, or somebody else’s',
      async (attack) => {
        const ann = other(attack);
        const note = noteOf(attack, 'admin', { salary: 5 });
        await ann.push('hers', { key: 'hers', ...note }, 'applied', 'admin');
        const taken = await attack.push(
          'create',
          { key: 'hers', ...noteOf(attack, 'editor') },
          'rejected',
        );
        expect(taken).to.have.nested.property('problem.code', 'already-exists');
        expect(JSON.stringify(taken)).not.to.match(/salary|admin-of/);
        const gone = { ...note, key: 'hers', value: undefined };
        await ann.push('delete', { ...gone, op: 'delete', base: 1 }, 'applied', 'admin');
        // It comes back only as somebody’s who knows that it was deleted, and with nothing of hers.
        const again = { key: 'hers', ...noteOf(attack, 'editor') };
        await attack.push('create anew', again, 'conflict');
        await attack.push('create, knowing', { ...again, base: 2 }, 'applied');
        const mine = (await attack.rows('notes', 'admin')).hers;
        expect(mine).to.deep.equal({ ...again.value, by: `editor-of-${attack.workspace}` });
      },
      { stores: true },
    );

    category(
      126,
      'moving a row to where others are',
      async (attack) => {
        await attack.push('own', { key: 'own', ...noteOf(attack, 'editor') }, 'applied');
        const update = { collection: 'notes', key: 'own', op: 'update', base: 1, value: undefined };
        for (const owner of [`admin-of-${attack.workspace}`, 'admin', '', '*']) {
          await attack.push(`to ${owner}`, { ...update, patch: { owner } }, 403);
          const replaced = { title: CANARY, owner };
          await attack.push(`replaced`, { ...update, op: 'replace', value: replaced }, 403);
          await attack.push(`made`, { collection: 'notes', key: 'theirs', value: replaced }, 403);
        }
        for (const name of ['workspace', 'tenant', 'collection', 'scope', 'id', 'key']) {
          await attack.push(name, { ...update, patch: { [name]: 'elsewhere' } }, 422);
        }
        for (const change of [{ workspace: 'x' }, { scope: 'x' }, { tenant: 'x' }]) {
          await attack.push(JSON.stringify(change), { key: 'moved', ...change }, 422);
          const body = { client: attack.client, mutations: [], ...change };
          await attack.request('the push itself', { body }, 422);
        }
        await attack.request(
          'another workspace in the query',
          { path: '/v1/session?workspace=other', as: 'editor' },
          200,
        );
        expect(await attack.rows('notes', 'admin')).to.have.all.keys('own');
      },
      { stores: true },
    );

    category(
      127,
      'members that only the server sets',
      async (attack) => {
        await attack.push('own', { key: 'own', ...noteOf(attack, 'editor') }, 'applied');
        const before = (await attack.rows('notes', 'admin')).own;
        const update = { collection: 'notes', key: 'own', op: 'update', base: 1, value: undefined };
        const generated = attack.generated(fc.stringMatching(/^[a-z]{3,12}$/));
        const names =
          'v version seq tenant role createdAt updatedAt updated_by deleted_at workspace';
        const hostile = [...names.split(' '), ...generated.map((x) => `x${x}`), 'by', 'salary'];
        const sent = hostile.flatMap((name) =>
          [1, 'admin'].flatMap((value) => {
            const made = noteOf(attack, 'editor', { [name]: value });
            return [
              attack.mutation({ ...update, patch: { [name]: value } }),
              attack.mutation({ key: 'made', ...made }),
              attack.mutation({ ...update, op: 'replace', ...made }),
            ];
          }),
        );
        for (let i = 0; i < sent.length; i += limits.pushMutations) {
          const told = await attack.outcomes('members', sent.slice(i, i + limits.pushMutations));
          expect([...new Set(told)]).to.deep.equal(['invalid']);
        }
        const server = { version: 99, seq: 99, updatedBy: 'admin', role: 'admin' };
        for (const [name, value] of Object.entries(server)) {
          if (name === 'seq') continue;
          await attack.push(`beside the row: ${name}`, { key: 'made', [name]: value }, 422);
        }
        expect(await attack.rows('notes', 'admin')).to.deep.equal({ own: before });
      },
      { stores: true },
    );

    category(
      128,
      'members that one may not see',
      async (attack) => {
        const secret = 918_273;
        const admin = other(attack);
        const mine = noteOf(attack, 'editor').value;
        await attack.push('own', { key: 'own', collection: 'notes', value: mine }, 'applied');
        const change = { collection: 'notes', key: 'own', value: undefined };
        // An admin sees it but does not own it; a salary comes with the rows of the admin’s own.
        const paid = noteOf(attack, 'admin', { salary: secret });
        await admin.push('paid', { key: 'paid', ...paid }, 'applied', 'admin');
        await admin.push(
          'given away',
          { ...change, key: 'paid', op: 'update', base: 1, patch: { owner: mine.owner } },
          403,
          'admin',
        );
        const told: string[] = [];
        for (const path of [
          'collections=notes',
          'collections=notes,tasks',
          'collections=notes&limit=1',
          `collections=notes&scopes=${encodeURIComponent('{"notes":[{"title":"' + CANARY + '"}]}')}`,
        ]) {
          told.push(await pulled(attack, path, 'editor'));
        }
        for (const scope of [{ salary: secret }, { title: CANARY, salary: secret }]) {
          const scopes = encodeURIComponent(JSON.stringify({ notes: [scope] }));
          const path = `/v1/sync/pull?collections=notes&scopes=${scopes}`;
          await attack.request('a scope that asks', { path }, 422);
        }
        for (const op of ['update', 'replace', 'delete'] as const) {
          const value = op === 'replace' ? mine : undefined;
          const patch = op === 'update' ? { title: 'x' } : undefined;
          for (const base of [0, 1, 7]) {
            if (op === 'delete' && base === 0) continue;
            const expected = base === 0 && op === 'replace' ? 409 : base === 0 ? 404 : 'conflict';
            const answer = await attack.push(
              `${op} ${base}`,
              { ...change, key: 'paid', op, base, value, patch },
              expected,
            );
            told.push(JSON.stringify(answer));
          }
        }
        expect(told.join()).not.to.include(String(secret)).and.not.to.include('salary');
        expect((await attack.rows('notes', 'admin')).paid).to.include({ salary: secret });
      },
      { stores: true },
    );

    category(
      129,
      'cursors that are forged, of others, or of other times',
      async (attack) => {
        const stranger = new Attack(129, attack.subject);
        await stranger.push('theirs', { key: 'theirs' }, 'applied');
        const cursorOf = async (of: Attack, as: UserRole = 'viewer', names = 'tasks') => {
          const lines = (await pulled(of, `collections=${names}`, as)).trimEnd().split('\n');
          return (JSON.parse(lines.at(-1)!) as { cursor: string }).cursor;
        };
        const own = await cursorOf(attack);
        const [content = '', signature = ''] = own.split('.');
        const position = JSON.parse(Buffer.from(content, 'base64url').toString()) as object;
        const signed = (change: object) =>
          `${Buffer.from(JSON.stringify({ ...position, ...change })).toString('base64url')}.${signature}`;
        const generated = attack.generated(fc.string({ minLength: 1, maxLength: 80 }));
        for (const cursor of [
          await cursorOf(stranger),
          // Bound to who sees what, too.
          await cursorOf(attack, 'editor'),
          await cursorOf(attack, 'admin', 'notes'),
          content,
          `${content}.`,
          `.${signature}`,
          `${content}.${signature}x`,
          `${content}x.${signature}`,
          `${content}.${signature.toUpperCase()}`,
          ...[-1, 0, 2 ** 63, 1e308, '1', null, [], {}].map((s) => signed({ s })),
          signed({ w: stranger.workspace }),
          signed({ e: 'old' }),
          signed({ b: 2 ** 53 }),
          '0',
          '-1',
          String(2n ** 63n),
          'null',
          '{}',
          'x'.repeat(8_000),
          ...generated,
        ]) {
          const path = `collections=tasks&cursor=${encodeURIComponent(cursor)}`;
          const answer = await pulled(attack, path, 'viewer');
          expect(answer, cursor.slice(0, 80)).to.equal('{"reset":true,"reason":"cursor"}\n');
        }
        for (const limit of ['0', '-1', '1.5', '1e3', '9'.repeat(20), 'NaN', ' 1', '0x10']) {
          const path = `/v1/sync/pull?collections=tasks&limit=${encodeURIComponent(limit)}`;
          await attack.request(`limit ${limit}`, { path }, 422);
        }
      },
      { stores: true },
    );
  },
  { onBoth: true },
);
