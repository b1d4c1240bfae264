/** G: authorization by role: every route, and every row by whose it is. */
import { expect } from 'chai';
import type { WireMutation } from '../../../src/protocol/index.js';
import { USER_ROLES, type UserRole } from '../../../src/server/access/identity.js';
import { operations } from '../../../src/server/openapi/operations.js';
import { noteOf, other } from './rows.js';
import { type Ask, Attack, CANARY, hostile } from './suite.js';

const ROLES = ['writer', ...USER_ROLES] as const;

/** The least role that may call each route; what needs none is for everybody. */
const NEEDED: Readonly<Record<string, (typeof ROLES)[number]>> = {
  'POST /v1/sync/push': 'viewer',
  'GET /v1/sync/pull': 'viewer',
  'GET /v1/sync/live': 'viewer',
  'POST /v1/events': 'writer',
  'POST /v1/sync/append': 'writer',
  'GET /v1/config': 'writer',
  'POST /v1/assignments': 'writer',
  'GET /v1/experiments/:key/results': 'viewer',
  'PUT /v1/experiments/:key/summaries': 'editor',
  'DELETE /v1/experiments/:key/summaries': 'editor',
  'GET /v1/audit': 'admin',
  'GET /v1/audit/verification': 'admin',
  'GET /v1/units/:id/export': 'admin',
  'DELETE /v1/units/:id': 'admin',
  'POST /v1/suggestions/reword': 'viewer',
  'GET /v1/session': 'viewer',
  'DELETE /v1/session': 'viewer',
  'POST /v1/write-keys': 'admin',
  'POST /v1/revocations': 'admin',
};

hostile(
  'G authorization by role',
  (category) => {
    category(
      123,
      'every route by every role',
      async (attack) => {
        const named = Object.keys(operations).filter((route) => route.includes(' /v1/'));
        expect(Object.keys(NEEDED)).to.have.members(named);
        const grant = { subject: 'page', workspace: attack.workspace, role: 'writer' } as const;
        const key = await attack.subject.ask('issue', { kind: 'write-key', grant });
        const ask = async (route: string, role: (typeof ROLES)[number] | null) => {
          const [method = '', path = ''] = route.split(' ');
          const collections = path.startsWith('/v1/sync/') ? '?collections=tasks' : '';
          const sent: Ask = {
            method,
            path: path.replace(/:\w+/, 'nothing') + collections,
            as: role === 'writer' ? null : role,
            ...(role === 'writer' && { headers: { Authorization: `Bearer ${key}` } }),
            ...(['POST', 'PUT'].includes(method) && { body: {} }),
          };
          return sent;
        };
        const before = await attack.subject.ask('state');
        for (const [route, needed] of Object.entries(NEEDED)) {
          await attack.request(`${route} by nobody`, await ask(route, null), 401);
          for (const role of ROLES.slice(0, ROLES.indexOf(needed))) {
            await attack.request(`${route} by ${role}`, await ask(route, role), 403);
          }
        }
        expect(await attack.subject.ask('state')).to.deep.equal(before);
        for (const [route, needed] of Object.entries(NEEDED)) {
          if (route.endsWith('/live')) continue;
          for (const role of ROLES.slice(ROLES.indexOf(needed))) {
            const may = [200, 201, 204, 404, 422];
            await attack.request(`${route} by ${role}`, await ask(route, role), may);
          }
        }
      },
      { stores: true },
    );

    category(
      123,
      'every collection, verb and role, on rows of one’s own, of others and of strangers',
      async (attack) => {
        const { subject } = attack;
        const stranger = new Attack(123, subject);
        const owners = ['own', 'others', 'strangers'] as const;
        const verbs = ['create', 'update', 'replace', 'delete'] as const;
        const people = new Map(USER_ROLES.map((role) => [role, other(attack)]));
        const neighbour = { viewer: 'editor', editor: 'admin', admin: 'editor' } as const;
        const keyOf = (role: UserRole, verb: string, whose: string) => `${role}-${verb}-${whose}`;

        // The rows that are there, made by whom they belong to.
        const tasks: WireMutation[] = [];
        const strange: WireMutation[] = [];
        const notes = new Map<UserRole, WireMutation[]>(USER_ROLES.map((role) => [role, []]));
        for (const role of USER_ROLES) {
          for (const verb of verbs) {
            for (const whose of ['own', 'others'] as const) {
              const key = keyOf(role, verb, whose);
              tasks.push(attack.mutation({ key }));
              const owner = whose === 'own' ? role : neighbour[role];
              const by = people.get(owner)!;
              notes.get(owner)!.push(by.mutation({ key, ...noteOf(attack, owner) }));
            }
            const key = keyOf(role, verb, 'strangers');
            strange.push(stranger.mutation({ key }));
            strange.push(stranger.mutation({ key, ...noteOf(stranger, 'editor') }));
          }
        }
        for (const [role, made] of notes) {
          await people.get(role)!.outcomes(`notes of ${role}`, made, role);
        }
        await stranger.outcomes('rows of strangers', strange);
        await attack.outcomes('rows of everybody', tasks);
        const strangers = await subject.ask('workspace', stranger.workspace);

        /** What becomes of it. */
        const expected = (
          collection: string,
          role: UserRole,
          verb: string,
          whose: (typeof owners)[number],
        ): string => {
          if (collection === 'vault' || collection === 'results') return 'read-only';
          if (collection === 'tasks' && role === 'viewer') return 'forbidden';
          // There is no such row here, whatever a stranger has.
          if (whose === 'strangers') return verb === 'create' ? 'applied' : 'conflict';
          if (verb === 'create') {
            const hidden = collection === 'notes' && whose === 'others' && role !== 'admin';
            return hidden ? 'already-exists' : 'conflict';
          }
          if (collection === 'tasks' || whose === 'own') return 'applied';
          return role === 'admin' ? 'forbidden' : 'conflict';
        };
        for (const role of USER_ROLES) {
          for (const collection of ['tasks', 'notes', 'vault', 'results']) {
            const cells = verbs.flatMap((verb) => owners.map((whose) => [verb, whose] as const));
            const by = people.get(role)!;
            const note = noteOf(attack, role).value;
            const told = await by.outcomes(
              `${role} in ${collection}`,
              cells.map(([op, whose]) => {
                const value = collection === 'notes' ? note : { title: CANARY };
                return by.mutation({
                  collection,
                  key: keyOf(role, op, whose),
                  op,
                  base: op === 'create' ? 0 : 1,
                  value: op === 'create' || op === 'replace' ? value : undefined,
                  ...(op === 'update' && { patch: { title: 'changed' } }),
                });
              }),
              role,
            );
            const wanted = cells.map(([verb, whose]) => expected(collection, role, verb, whose));
            expect(told, `${role} in ${collection}`).to.deep.equal(wanted);
          }
        }
        expect(await subject.ask('workspace', stranger.workspace)).to.deep.equal(strangers);

        for (const role of USER_ROLES) {
          await attack.request('vault', { path: '/v1/sync/pull?collections=vault', as: role }, 403);
          const seen = Object.values(await attack.rows('notes', role)) as { owner: string }[];
          const owned = new Set(seen.map(({ owner }) => owner.split('-')[0]));
          expect([...owned]).to.have.members(role === 'admin' ? USER_ROLES : [role]);
        }
      },
      { stores: true },
    );
  },
  { onBoth: true },
);
