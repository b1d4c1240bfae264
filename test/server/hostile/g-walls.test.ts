/** G: the walls between workspaces, each without the others. */
import { expect } from 'chai';
import { thorough } from './counts.js';
import { furnish, secretEvents, settled } from './furnish.js';
import type { Walls } from './process.js';
import { type Ask, Attack, CANARY, hostile } from './suite.js';

/** Everything that an admin of another workspace can ask with what they know of this one. */
function trespasses(eve: Attack, ann: Attack, known: { key: string; cursor: string }): Ask[] {
  const all = 'tasks,notes,experiments,metrics,results';
  const change = (collection: string, op: string, more: object) =>
    eve.mutation({ collection, key: 'secret', op, base: 1, value: undefined, ...more });
  const mutations = ['tasks', 'notes', 'experiments', 'metrics'].flatMap((collection) => [
    change(collection, 'update', { patch: { title: 'eve', name: 'eve' } }),
    change(collection, 'replace', { value: { title: 'eve' } }),
    change(collection, 'delete', {}),
  ]);
  const summaries = {
    phase: 1,
    variants: ['control', 'bold'],
    days: ['2026-11-20'],
    units: [[1], [1]],
    multiple: 0,
    metrics: {},
  };
  const unit = encodeURIComponent(CANARY);
  const scopes = encodeURIComponent(JSON.stringify({ tasks: [{ title: CANARY }] }));
  return [
    { path: `/v1/sync/pull?collections=${all}` },
    { path: `/v1/sync/pull?collections=tasks&cursor=${known.cursor}` },
    { path: `/v1/sync/pull?collections=tasks&scopes=${scopes}` },
    { body: { client: eve.client, mutations } },
    { path: '/v1/config' },
    { path: '/v1/experiments/secret/results' },
    { path: '/v1/experiments/secret/summaries', method: 'PUT', body: summaries },
    { path: '/v1/experiments/secret/summaries', method: 'DELETE' },
    { path: '/v1/assignments', body: { attributes: { id: 'visitor' } } },
    { path: '/v1/audit' },
    { path: '/v1/audit?key=secret' },
    { path: '/v1/audit/verification' },
    { path: `/v1/units/${unit}/export` },
    { path: `/v1/units/${unit}`, method: 'DELETE' },
    { path: '/v1/revocations', body: { subject: `admin-of-${ann.workspace}` } },
    { path: '/v1/revocations', body: { writeKey: known.key } },
    { path: '/v1/events', body: secretEvents('eve') },
  ];
}

/** What of it reached Ann’s workspace, or was told of it, with these walls only. */
async function trespass(
  ann: Attack,
  known: { key: string; cursor: string },
  walls: Walls,
): Promise<string[]> {
  const { subject } = ann;
  const eve = new Attack(ann.category, subject);
  const before = await settled(ann);
  await subject.ask('walls', walls);
  const found: string[] = [];
  for (const ask of trespasses(eve, ann, known)) {
    const name = `${ask.method ?? (ask.body ? 'POST' : 'GET')} ${ask.path ?? 'push'}`;
    const may = [200, 201, 204, 404, 409, 422, 500, 503];
    const answer = await eve.request(name, { ...ask, as: 'admin' }, may);
    if (answer.body.includes(CANARY)) found.push(`${name} tells`);
  }
  const after = await subject.ask('workspace', ann.workspace);
  for (const [table, content] of Object.entries(after)) {
    if (content !== before[table]) found.push(`${table} is changed`);
  }
  await subject.ask('walls', {});
  return found;
}

hostile(
  'G walls between workspaces',
  (category) => {
    category(
      133,
      'each wall between workspaces, with the others off',
      async (attack) => {
        const ann = new Attack(133, attack.subject);
        const known = await furnish(ann);
        for (const walls of [
          // More walls off than these tell nothing that these do not; each by itself takes time.
          ...(thorough ? [{}, { policies: false }, { rowSecurity: false }] : []),
          { policies: false, rowSecurity: false },
          { policies: false, filters: false },
        ]) {
          expect(await trespass(ann, known, walls), JSON.stringify(walls)).to.deep.equal([]);
        }
        // And this can fail: with no wall left, everybody has everything.
        const none = { rowSecurity: false, filters: false };
        expect(await trespass(ann, known, none)).to.include.members([
          'GET /v1/audit tells',
          'tokens is changed',
        ]);
      },
      { stores: true },
    );
  },
  { onBoth: true },
);
