import { expect } from 'chai';
import { SignJWT } from 'jose';
import { z } from 'zod';
import type { JsonObject, PushResult, WireMutation } from '../../src/protocol/index.js';
import { signToken } from '../../src/server/access/bearer.js';
import { USER_ROLES, type UserRole } from '../../src/server/access/identity.js';
import { checkConfig } from '../../src/server/config/check.js';
import { defineConfig } from '../../src/server/config/config.js';
import type { Server } from '../../src/server/server.js';
import { Client, keysOf, type Pulled, SECRET, startServer } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';

/** A collection for each way of saying who may do what. */
const config = checkConfig(
  defineConfig({
    collections: {
      closed: { schema: { type: 'object' } },
      open: { schema: { type: 'object' }, read: 'viewer', write: 'editor' },
      secret: { schema: { type: 'object' }, read: 'admin', write: 'admin' },
      own: {
        schema: z.object({
          title: z.string().max(20),
          owner: z.string().optional(),
          team: z.string().optional(),
        }),
        read: (row, who) => row.owner === who.subject || who.role === 'admin',
        write: ({ old, new: after }, who) =>
          who.role !== 'viewer' &&
          (old ?? after)!.owner === who.subject &&
          (after ?? old)!.owner === who.subject,
      },
      staff: {
        schema: z.object({
          name: z.string(),
          salary: z.number().optional(),
          grade: z.string().optional(),
          createdBy: z.string().optional(),
        }),
        read: 'viewer',
        write: 'editor',
        members: {
          salary: { read: 'admin', write: 'admin' },
          grade: { write: 'admin' },
          createdBy: { server: ({ old }, who) => old?.createdBy ?? who.subject },
        },
      },
      teams: {
        schema: { type: 'object' },
        read: (row, who) => {
          claimsSeen = who.claims;
          return row.team === who.claims.workspace;
        },
        write: 'viewer',
      },
      faulty: {
        schema: { type: 'object' },
        read: (row) => {
          if (row.title === 'throws') throw new Error('a mistake in a policy');
          return 'yes' as unknown as boolean;
        },
        write: (() => Promise.resolve(true)) as unknown as () => boolean,
      },
    },
  }),
);

/** What the policy of `teams` was given last. */
let claimsSeen: object = {};

onEachEngine('who may do what', (engine) => {
  let server: Server;
  let workspace: string;
  before(async () => {
    server = await startServer(engine.database(), { config });
  });
  beforeEach(() => {
    workspace = newWorkspace();
  });
  after(() => server.close());

  const client = async (subject: string, role: UserRole, where = workspace) =>
    Client.signedIn(
      server,
      where,
      await signToken(SECRET, { subject, workspace: where, role }, 600),
    );
  const on = (
    by: Client,
    collection: string,
    key: string,
    change: Partial<WireMutation>,
  ): WireMutation => by.mutation(key, { collection, ...change });
  const create = (by: Client, collection: string, key: string, value: JsonObject) =>
    by.push(on(by, collection, key, { value })).then(([result]) => result!);
  const patch = (by: Client, collection: string, key: string, base: number, change: JsonObject) =>
    by.push(on(by, collection, key, { op: 'update', base, patch: change })).then(([r]) => r!);
  const codeOf = (result: PushResult) =>
    result.outcome === 'rejected' ? result.problem.code : result.outcome;
  const rowOf = (pulled: Pulled, key: string) =>
    pulled.pages
      .flatMap(({ keys, values }) => keys.map((k, i) => [k, values[i]] as const))
      .find(([k]) => k === key)?.[1];
  const pullStatus = async (by: Client, collection: string) =>
    (await by.request('GET', `/v1/sync/pull?collections=${collection}`)).statusCode;

  describe('by role, collection and verb', () => {
    /** Per role: status of a pull, and what becomes of a create of one's own. */
    const MATRIX: Record<string, Record<UserRole, [pull: number, create: string]>> = {
      closed: {
        viewer: [403, 'read-only'],
        editor: [403, 'read-only'],
        admin: [403, 'read-only'],
      },
      open: { viewer: [200, 'forbidden'], editor: [200, 'applied'], admin: [200, 'applied'] },
      secret: { viewer: [403, 'forbidden'], editor: [403, 'forbidden'], admin: [200, 'applied'] },
      own: { viewer: [200, 'forbidden'], editor: [200, 'applied'], admin: [200, 'applied'] },
      staff: { viewer: [200, 'forbidden'], editor: [200, 'applied'], admin: [200, 'applied'] },
      results: {
        viewer: [200, 'read-only'],
        editor: [200, 'read-only'],
        admin: [200, 'read-only'],
      },
      none: {
        viewer: [422, 'unknown-collection'],
        editor: [422, 'unknown-collection'],
        admin: [422, 'unknown-collection'],
      },
    };
    const rowFor = (collection: string, subject: string): JsonObject =>
      collection === 'staff' ? { name: 'n' } : { title: 't', owner: subject };

    for (const [collection, roles] of Object.entries(MATRIX)) {
      for (const role of USER_ROLES) {
        const [pull, made] = roles[role];
        it(`answers ${role} on ${collection}: pull ${pull}, create ${made}`, async () => {
          const by = await client(role, role);
          expect(await pullStatus(by, collection)).to.equal(pull);
          const result = await create(by, collection, 'k', rowFor(collection, role));
          expect(codeOf(result)).to.equal(made);
        });
      }
    }

    const VERBS = {
      update: { op: 'update', patch: { title: 'x' } },
      replace: { op: 'replace', value: { title: 'x', owner: 'mallory' } },
      delete: { op: 'delete' },
    } as const;
    for (const role of USER_ROLES) {
      for (const [verb, change] of Object.entries(VERBS)) {
        it(`keeps ${role} from a ${verb} of another’s row, and of another workspace’s`, async () => {
          const ann = await client('ann', 'editor');
          await create(ann, 'own', 'hers', { title: 'mine', owner: 'ann' });
          const elsewhere = await client('ann', 'editor', newWorkspace());
          await create(elsewhere, 'own', 'abroad', { title: 'mine', owner: 'ann' });
          const mallory = await client('mallory', role);
          for (const key of ['hers', 'abroad']) {
            for (const base of [0, 1]) {
              const [result] = await mallory.push(on(mallory, 'own', key, { ...change, base }));
              // An admin may see it, and no more.
              if (role !== 'admin') expect(JSON.stringify(result)).not.to.match(/mine|ann/);
            }
          }
          const left = await ann.pull('', 'own');
          expect(rowOf(left, 'hers')).to.deep.equal({ title: 'mine', owner: 'ann' });
          expect(keysOf(left)).to.not.include('abroad');
          expect(rowOf(await elsewhere.pull('', 'own'), 'abroad')).to.deep.include({
            owner: 'ann',
          });
        });
      }
    }
  });

  it('answers alike for a row that is not yours and one that is not there', async () => {
    const ann = await client('ann', 'editor');
    await create(ann, 'own', 'hers', { title: 'mine', owner: 'ann' });
    await patch(ann, 'own', 'hers', 1, { title: 'again' });
    const bob = await client('bob', 'editor');
    for (const base of [0, 1, 2, 7]) {
      for (const change of [{ op: 'update', patch: { title: 'x' } }, { op: 'delete' }] as const) {
        const [foreign, missing] = await bob.push(
          on(bob, 'own', 'hers', { ...change, base }),
          on(bob, 'own', 'none', { ...change, base }),
        );
        const text = (result: PushResult | undefined) =>
          JSON.stringify({ ...result, id: '' }).replaceAll('hers', 'none');
        expect(text(foreign), `${change.op} ${base}`).to.equal(text(missing));
      }
    }
    const taken = await create(bob, 'own', 'hers', { title: 'x', owner: 'bob' });
    expect(codeOf(taken)).to.equal('already-exists');
  });

  it('tells nothing of rows that never were yours, and tells those that leave as removed', async () => {
    const ann = await client('ann', 'editor');
    const bob = await client('bob', 'editor');
    const admin = await client('root', 'admin');
    for (const key of ['a', 'b']) await create(ann, 'own', key, { title: key, owner: 'ann' });
    const first = await bob.pull('', 'own');
    expect(first.pages.flatMap(({ keys, removed }) => [...keys, ...removed])).to.deep.equal([]);
    expect(first.end).to.include({ to: 2, rows: 0 });

    await create(ann, 'own', 'c', { title: 'c', owner: 'ann' });
    const next = await bob.pull(first.end.cursor, 'own');
    expect(next.pages.flatMap(({ keys, removed }) => [...keys, ...removed])).to.deep.equal([]);

    const seen = await ann.pull('', 'own');
    expect(keysOf(seen)).to.have.members(['a', 'b', 'c']);
    expect(keysOf(await admin.pull('', 'own'))).to.have.members(['a', 'b', 'c']);
  });

  it('takes a row from whoever may not see it any more', async () => {
    const viewer = await client('ann', 'viewer');
    await create(viewer, 'teams', 't', { team: workspace });
    const first = await viewer.pull('', 'teams');
    expect(keysOf(first)).to.deep.equal(['t']);
    await patch(viewer, 'teams', 't', 1, { team: 'another' });
    const next = await viewer.pull(first.end.cursor, 'teams');
    expect(next.pages.flatMap(({ removed }) => removed)).to.deep.equal(['t']);
    expect(JSON.stringify(next)).not.to.include('another');
  });

  it('tells all anew when a user’s own view has changed', async () => {
    const editor = await client('ann', 'editor');
    await create(editor, 'staff', 'p', { name: 'Pat' });
    const { end } = await editor.pull('', 'staff');
    const promoted = await client('ann', 'admin');
    expect((await promoted.pull(end.cursor, 'staff')).reset).to.include({ reason: 'cursor' });
    const other = await client('bob', 'editor');
    expect((await other.pull(end.cursor, 'staff')).reset).to.include({ reason: 'cursor' });
    expect((await editor.pull(end.cursor, 'staff')).reset).to.equal(undefined);
  });

  it('goes on where it stood after a token was renewed, and starts over with new claims', async () => {
    const token = (claims: JsonObject) =>
      new SignJWT({ workspace, role: 'editor', sub: 'ann', ...claims })
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime('10m')
        .sign(new TextEncoder().encode(SECRET));
    const perToken = (n: number) => ({
      ...{ uti: `t${n}`, sid: `s${n}`, session_state: `s${n}`, auth_time: n, nonce: `n${n}` },
      ...{ at_hash: `a${n}`, aio: `o${n}`, rh: `r${n}`, origin_jti: `j${n}` },
    });
    const of = async (claims: JsonObject) =>
      Client.signedIn(server, workspace, await token(claims));
    const ann = await of({ ...perToken(1), team: 'a' });
    const { end } = await ann.pull('', 'teams');
    const renewed = await of({ ...perToken(2), team: 'a' });
    expect((await renewed.pull(end.cursor, 'teams')).reset).to.equal(undefined);
    const moved = await of({ ...perToken(2), team: 'b' });
    expect((await moved.pull(end.cursor, 'teams')).reset).to.include({ reason: 'cursor' });

    // What would not start over is nothing that a policy could go by.
    await create(ann, 'teams', 't', { team: workspace });
    await ann.pull('', 'teams');
    expect(Object.keys(claimsSeen)).to.include.members(['team', 'sub', 'workspace']);
    expect(claimsSeen).not.to.have.any.keys(Object.keys(perToken(1)));
  });

  it('lets a row change hands only where the policy takes it before and after', async () => {
    const ann = await client('ann', 'editor');
    await create(ann, 'own', 'k', { title: 't', owner: 'ann' });
    expect(codeOf(await patch(ann, 'own', 'k', 1, { owner: 'bob' }))).to.equal('forbidden');
    expect(codeOf(await create(ann, 'own', 'l', { title: 't', owner: 'bob' }))).to.equal(
      'forbidden',
    );
    expect(codeOf(await patch(ann, 'own', 'k', 1, { title: 'u' }))).to.equal('applied');
  });

  it('refuses one’s own mutation alone, and applies its neighbours', async () => {
    const ann = await client('ann', 'editor');
    await create(ann, 'own', 'hers', { title: 't', owner: 'ann' });
    const bob = await client('bob', 'editor');
    const results = await bob.push(
      on(bob, 'own', 'x', { value: { title: 'x', owner: 'bob' } }),
      on(bob, 'own', 'hers', { op: 'delete', base: 1 }),
      on(bob, 'own', 'y', { value: { title: 'y', owner: 'bob' } }),
    );
    expect(results.map(codeOf)).to.deep.equal(['applied', 'conflict', 'applied']);
  });

  describe('members of rows', () => {
    it('are hidden from roles that may not see them: in pulls, conflicts and answers', async () => {
      const admin = await client('root', 'admin');
      await create(admin, 'staff', 'p', { name: 'Pat', salary: 5_000 });
      const editor = await client('ed', 'editor');
      const pulled = await editor.pull('', 'staff');
      expect(rowOf(pulled, 'p')).to.deep.equal({ name: 'Pat', createdBy: 'root' });
      const conflict = await patch(editor, 'staff', 'p', 0, { name: 'x' });
      expect(conflict).to.deep.include({ outcome: 'conflict' });
      const applied = await patch(editor, 'staff', 'p', 1, { name: 'Patricia' });
      expect(applied).to.deep.include({ outcome: 'applied', version: 2 });
      expect(JSON.stringify([pulled, conflict, applied])).not.to.include('5000');
      expect(rowOf(await admin.pull('', 'staff'), 'p')).to.include({ salary: 5_000 });
    });

    it('can’t be guessed: the true value is refused like any other', async () => {
      const admin = await client('root', 'admin');
      await create(admin, 'staff', 'p', { name: 'Pat', salary: 5_000 });
      const editor = await client('ed', 'editor');
      const guess = (salary: number) => patch(editor, 'staff', 'p', 1, { salary });
      const [wrong, right] = [await guess(4_000), await guess(5_000)];
      expect(codeOf(right)).to.equal('invalid');
      expect({ ...right, id: wrong.id }).to.deep.equal(wrong);
      expect(codeOf(await patch(admin, 'staff', 'p', 1, { salary: 5_000 }))).to.equal('applied');
    });

    it('can’t be found out by scopes', async () => {
      const editor = await client('ed', 'editor');
      const scopes = encodeURIComponent(JSON.stringify({ staff: [{ salary: 5_000 }] }));
      const url = `/v1/sync/pull?collections=staff&scopes=${scopes}`;
      expect((await editor.request('GET', url)).statusCode).to.equal(422);
      expect((await (await client('root', 'admin')).request('GET', url)).statusCode).to.equal(200);
    });

    it('are refused from those who may not set them, and kept when they replace the row', async () => {
      const admin = await client('root', 'admin');
      await create(admin, 'staff', 'p', { name: 'Pat', salary: 5_000, grade: 'A' });
      const editor = await client('ed', 'editor');
      for (const [member, value] of Object.entries({ salary: 1, grade: 'B', createdBy: 'ed' })) {
        const result = await patch(editor, 'staff', 'p', 1, { [member]: value });
        expect(result).to.have.nested.property('problem.status', 422);
        expect(result).to.have.nested.property('problem.errors[0].pointer', `/${member}`);
        const made = await create(editor, 'staff', `new-${member}`, { name: 'n', [member]: value });
        expect(codeOf(made), member).to.equal('invalid');
      }
      const [replaced] = await editor.push(
        on(editor, 'staff', 'p', { op: 'replace', base: 1, value: { name: 'Q', grade: 'A' } }),
      );
      expect(codeOf(replaced!)).to.equal('applied');
      const row = rowOf(await admin.pull('', 'staff'), 'p');
      expect(row).to.deep.equal({ name: 'Q', salary: 5_000, grade: 'A', createdBy: 'root' });
    });

    it('that the server sets are told to whoever made the row', async () => {
      const editor = await client('ed', 'editor');
      const made = await create(editor, 'staff', 'p', { name: 'Pat' });
      expect(made).to.deep.include({ value: { name: 'Pat', createdBy: 'ed' } });
    });

    for (const member of ['v', 'id', 'tenant', 'workspace', 'role', 'createdAt', 'seq']) {
      it(`that the schema does not know are refused: ${member}`, async () => {
        const editor = await client('ed', 'editor');
        const result = await create(editor, 'staff', 'p', { name: 'Pat', [member]: 'x' });
        expect(result).to.have.nested.property('problem.status', 422);
        expect(result).to.have.nested.property('problem.errors[0].pointer', `/${member}`);
      });
    }
  });

  it('counts as a no whatever a policy does but say true', async () => {
    const admin = await client('root', 'admin');
    expect(codeOf(await create(admin, 'faulty', 'k', { title: 'x' }))).to.equal('forbidden');
    await engine
      .database()
      .query('insert into sync_scopes (workspace, seq) values ($1, 1)', [workspace]);
    await engine.database().query(
      `insert into rows (workspace, collection, key, version, seq, value, updated_by)
       values ($1, 'faulty', 'a', 1, 1, '{"title": "throws"}', 'test')`,
      [workspace],
    );
    const pulled = await admin.pull('', 'faulty');
    expect(keysOf(pulled)).to.deep.equal([]);
    expect(pulled.end.to).to.equal(1);
  });

  it('holds rows to the schema as the library says', async () => {
    const ann = await client('ann', 'editor');
    const long = await create(ann, 'own', 'k', { title: 'x'.repeat(21), owner: 'ann' });
    expect(long).to.have.nested.property('problem.errors[0].pointer', '/title');
    const wrong = await create(ann, 'own', 'k', { title: 5, owner: 'ann' });
    expect(wrong).to.have.nested.property('problem.errors[0].pointer', '/title');
    expect(codeOf(await create(ann, 'own', 'k', { title: 'x', owner: 'ann' }))).to.equal('applied');
  });
});
