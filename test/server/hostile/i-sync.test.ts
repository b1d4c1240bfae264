/** I: the sync protocol, by clients that do not keep to it. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { PushResult, WireMutation } from '../../../src/protocol/index.js';
import { tokenFor } from '../client.js';
import { experiment } from './rows.js';
import { type Attack, CANARY, hostile } from './suite.js';

const resultsOf = (body: string) => (JSON.parse(body) as { results: PushResult[] }).results;

async function pushAll(
  attack: Attack,
  name: string,
  mutations: readonly WireMutation[],
  client = attack.client,
) {
  const { body } = await attack.request(name, { body: { client, mutations } }, 200);
  return resultsOf(body);
}

hostile(
  'I the sync protocol',
  (category) => {
    category(
      142,
      'numbers that leave a gap, and an id with another content',
      async (attack) => {
        // `seq` is for people: what counts is the id, so a gap means nothing.
        await attack.push('a gap', { seq: 9_000_000, key: 'gap' }, 'applied');
        const first = attack.mutation({ key: 'once' });
        await pushAll(attack, 'once', [first]);
        for (const change of [
          { value: { title: 'other' } },
          { key: 'elsewhere' },
          { op: 'delete', base: 1 },
          { seq: 5 },
        ]) {
          const [result] = await pushAll(attack, JSON.stringify(change), [
            { ...first, ...change } as WireMutation,
          ]);
          expect(result).to.have.nested.property('problem.code', 'id-reused');
        }
        const rows = await attack.rows();
        expect(rows.once).to.deep.equal({ title: CANARY });
        expect(rows).not.to.have.property('elsewhere');
      },
      { stores: true },
    );

    category(143, '501 mutations, and none', async (attack) => {
      const mutations = Array.from({ length: 501 }, () => attack.mutation());
      await attack.request('501', { body: { client: attack.client, mutations } }, 413);
      expect(await pushAll(attack, 'none', [])).to.deep.equal([]);
      const events = Array.from({ length: 501 }, (_, i) => ({
        type: 'conversion',
        id: `e${i}`,
        name: 'x',
        unit: 'u',
        at: 1,
      }));
      await attack.request('501 events', { path: '/v1/events', body: { sentAt: 1, events } }, 413);
    });

    category(144, 'a mutation over 64 KiB', async (attack) => {
      const wide = Object.fromEntries(
        Array.from({ length: 29 }, (_, i) => [`m${i}`, 'x'.repeat(2_300)]),
      );
      for (const value of [
        { title: 'x', ...wide },
        { title: 'x'.repeat(65_537) },
        { title: 'x', big: 'y'.repeat(400_000) },
      ]) {
        const result = await attack.push('large', { value }, 'rejected');
        expect(result).to.have.nested.property('problem.status').that.is.oneOf([413, 422]);
      }
    });

    category(
      145,
      'operations, members, collections and versions that there are not',
      async (attack) => {
        const generated = attack.generated(fc.stringMatching(/^[a-z]{1,9}$/));
        for (const change of [
          { op: 'upsert' },
          { op: 'CREATE' },
          { op: '' },
          { op: 'create ' },
          { collection: 'nothing' },
          { collection: 'Tasks' },
          { extra: 1 },
          { version: 2 },
          { value: undefined },
          { op: 'update' },
          { op: 'update', patch: [], base: 1 },
          { at: undefined },
          { base: undefined },
          { base: 2 ** 53 },
          { value: { title: 'x', id: 'other' } },
          ...generated.map((op) => ({ op: `x${op}` })),
          ...generated.map((collection) => ({ collection: `x${collection}` })),
        ]) {
          await attack.push(JSON.stringify(change), change, 422);
        }
        for (const collection of ['results', 'exposures', 'conversions']) {
          await attack.push(collection, { collection, value: {} }, 422);
        }
        const unknown = { client: attack.client, mutations: [], protocol: 99 };
        await attack.request('a member of the push', { body: unknown }, 422);
        await attack.request(
          'another life',
          { body: { client: attack.client, epoch: 'x', mutations: [attack.mutation()] } },
          409,
        );
      },
    );

    category(
      146,
      'references in a circle, and to nothing',
      async (attack) => {
        const metrics = { primary: 'nothing', secondary: ['nothing'], guardrails: ['loop'] };
        const value = experiment('loop', { metrics, status: 'running', phase: 7 });
        await attack.push('dangling', { collection: 'experiments', key: 'loop', value }, 'applied');
        const metric = { key: 'loop', name: 'loop', event: 'loop', kind: 'proportion' };
        await attack.push(
          'itself',
          { collection: 'metrics', key: 'loop', value: metric },
          'applied',
        );
        const outcome = { variant: 'nobody', decision: 'shipped', at: '2026-11-20T00:00:00Z' };
        const over = {
          collection: 'experiments',
          key: 'over',
          value: experiment('over', { outcome }),
        };
        await attack.push('a variant that is none', over, 422);
        const alias = { collection: 'metrics', key: 'other', value: metric };
        await attack.push('a key that is another’s', alias, 422);
        await attack.request('config', { path: '/v1/config' }, 200);
      },
      { stores: true },
    );

    category(
      147,
      'deletes of nothing, twice, and changes after them',
      async (attack) => {
        const gone = { key: 'gone' };
        await attack.push(
          'of nothing',
          { key: 'never', op: 'delete', value: undefined },
          'applied',
        );
        await attack.push(
          'with a base of nothing',
          { key: 'never', op: 'delete', base: 5, value: undefined },
          'conflict',
        );
        await attack.push('create', gone, 'applied');
        await attack.push(
          'delete',
          { ...gone, op: 'delete', base: 1, value: undefined },
          'applied',
        );
        await attack.push(
          'delete again',
          { ...gone, op: 'delete', base: 2, value: undefined },
          'applied',
        );
        await attack.push(
          'delete, stale',
          { ...gone, op: 'delete', base: 1, value: undefined },
          'conflict',
        );
        const update = { ...gone, op: 'update', patch: { title: 'back' }, value: undefined };
        await attack.push('update', { ...update, base: 2 }, 404);
        await attack.push('update, stale', { ...update, base: 1 }, 'conflict');
        await attack.push('create, stale', { ...gone, base: 1 }, 'conflict');
        expect(await attack.rows()).not.to.have.any.keys('gone', 'never');
      },
      { stores: true },
    );

    category(
      148,
      'clocks that are wrong by ten years',
      async (attack) => {
        const key = 'clock';
        await attack.push(
          '2036',
          { key, at: '2036-11-22T00:00:00.000Z-0000', value: { title: 'first' } },
          'applied',
        );
        const change = { key, op: 'update', value: undefined, base: 1 };
        await attack.push(
          '2016',
          { ...change, at: '2016-11-22T00:00:00.000Z-0000', patch: { title: 'second' } },
          'applied',
        );
        await attack.push(
          '+275760',
          { ...change, at: '+275760-09-13T00:00:00.000Z', patch: { title: 'stale' } },
          'conflict',
        );
        await attack.push(
          'no time at all',
          { ...change, base: 2, at: '', patch: { title: 'third' } },
          'applied',
        );
        expect((await attack.rows())[key]).to.deep.equal({ title: 'third' });
      },
      { stores: true },
    );

    category(
      149,
      'one device’s work under two names',
      async (attack) => {
        const body = { client: attack.client, mutations: [attack.mutation()] };
        await attack.request('another user', { body, as: 'admin' }, 403);
        const elsewhere = `Bearer ${await tokenFor(`other-${attack.workspace}`, 'editor')}`;
        // Another workspace neither has a part in it nor can take the name away.
        const there = { body, headers: { Authorization: elsewhere } };
        await attack.request('another workspace', there, 200);
        await attack.request('the same user again', { body }, 200);
      },
      { stores: true },
    );

    category(
      150,
      'a captured push, sent again',
      async (attack) => {
        const mutation = attack.mutation({
          id: 'captured',
          key: 'honest',
          op: 'update',
          base: 1,
          patch: { done: true },
          value: undefined,
        });
        const body = JSON.stringify({ client: attack.client, mutations: [mutation] });
        const first = resultsOf((await attack.request('first', { body }, 200)).body);
        const state = await attack.subject.ask('state');
        for (let i = 0; i < 5; i++) {
          const again = resultsOf((await attack.request(`again ${i}`, { body }, 200)).body);
          expect(again).to.deep.equal(first);
        }
        expect(await attack.subject.ask('state')).to.deep.equal(state);
      },
      { stores: true },
    );

    category(
      152,
      'everybody at one row of one workspace',
      async (attack) => {
        const answers = await Promise.all(
          Array.from({ length: 200 }, async (_, i) => {
            const mutations = [
              attack.mutation({ key: 'hot' }),
              attack.mutation({ key: `cold-${i % 20}` }),
            ];
            if (i % 2) mutations.reverse();
            return attack.request(
              `push ${i}`,
              { body: { client: attack.client, mutations } },
              [200, 429, 503],
            );
          }),
        );
        const results = answers
          .filter(({ status }) => status === 200)
          .flatMap(({ body }) => resultsOf(body));
        const applied = results.filter(({ outcome }) => outcome === 'applied');
        const rows = Object.keys(await attack.rows()).filter((key) => /^(hot|cold-)/.test(key));
        expect(applied).to.have.length(rows.length);
        expect(results.filter(({ outcome }) => outcome === 'rejected')).to.deep.equal([]);
      },
      { stores: true },
    );
  },
  { onBoth: true },
);
