import { expect } from 'chai';
import type { JsonObject } from '../../src/protocol/index.js';
import { builtIn, rowFaults } from '../../src/server/collections/index.js';
import { demoExperiments } from '../../src/server/demo/experiments.js';

const good: JsonObject = {
  ...(demoExperiments[0]!.row as unknown as JsonObject),
  key: 'checkout',
  createdAt: '2026-11-20T10:00:00.000Z',
};
const faultsOf = (change: JsonObject, key = 'checkout') =>
  rowFaults(builtIn.get('experiments')!, key, { ...good, ...change }, 'main').map(
    ({ pointer, code }) => `${pointer} ${code}`,
  );
const rules: JsonObject = {
  condition: { country: 'NL' },
  layer: { key: 'page', ranges: [[0, 0.5]] },
  filters: [{ seed: 's', ranges: [[0, 1]], attribute: 'company', hashVersion: 2 }],
  namespace: ['pricing', 0, 0.4],
  prerequisites: [{ experiment: 'nav', variants: ['bold'] }],
  sticky: { bucketVersion: 2, minBucketVersion: 1, fallbackAttribute: 'visitor' },
  urls: [{ include: true, type: 'regex', pattern: '^/cart' }],
  startAt: '2026-11-20T10:00:00Z',
  stopAt: '2026-12-20T10:00:00Z',
};
const variants = (...weights: number[]) =>
  weights.map((weight, i) => ({ key: `v${i}`, name: `V${i}`, weight }));

describe('a row of experiments', () => {
  it('is taken when it fits', () => {
    expect(faultsOf({})).to.deep.equal([]);
    expect(faultsOf({ startedAt: null, stoppedAt: null, outcome: null })).to.deep.equal([]);
    expect(faultsOf({ variants: variants(0.333, 0.333, 0.333) })).to.deep.equal([]);
  });

  it('is taken with every rule about who takes part', () => {
    expect(faultsOf(rules)).to.deep.equal([]);
    expect(faultsOf({ kind: 'holdout', startAt: null, stopAt: null })).to.deep.equal([]);
    const [control, ...others] = variants(0.5, 0.5);
    for (const redirect of ['/new?v=2', 'https://new.example/'])
      for (const kind of ['ab', 'redirect'])
        expect(faultsOf({ kind, variants: [{ ...control!, redirect }, ...others] })).to.deep.equal(
          [],
        );
  });

  const nested = (levels: number): JsonObject => (levels ? { $not: nested(levels - 1) } : {});
  const refused: [string, JsonObject, string][] = [
    ['weights that don’t sum to 1', { variants: variants(0.5, 0.4) }, '/variants weights-sum'],
    ['a negative weight', { variants: variants(1.5, -0.5) }, '/variants/0/weight maximum'],
    ['a single variant', { variants: variants(1) }, '/variants minItems'],
    [
      '21 variants',
      { variants: variants(...Array<number>(21).fill(1 / 21)) },
      '/variants maxItems',
    ],
    [
      'two variants of one key',
      { variants: [...variants(0.5), ...variants(0.5)] },
      '/variants duplicate-key',
    ],
    ['a kind that redirects nowhere', { kind: 'redirect' }, '/variants no-redirect'],
    [
      'a holdout that needs what it holds out',
      { kind: 'holdout', prerequisites: [{ experiment: 'nav' }] },
      '/prerequisites cycle',
    ],
    ['an unknown member', { admin: true }, '/admin unknown-member'],
    ['an id', { id: 'x' }, '/id unknown-member'],
    ['an unknown status', { status: 'live' }, '/status enum'],
    ['a name too long', { name: 'x'.repeat(201) }, '/name maxLength'],
    ['a condition that nests too deep', { condition: nested(11) }, '/condition too-deep'],
    ['a time without a zone', { startedAt: '2026-11-20T10:00:00' }, '/startedAt format'],
    [
      'an outcome with a variant that is none',
      { outcome: { variant: 'x', decision: 'shipped', at: '2026-11-20T10:00:00Z' } },
      '/outcome/variant unknown-variant',
    ],
    [
      'a variant whose key would reach a prototype',
      { variants: [{ key: '__proto__', name: 'V', weight: 0.5 }, ...variants(0.5)] },
      '/variants/0/key not',
    ],
    [
      'a layer’s range that ends before it starts',
      { layer: { key: 'page', ranges: [[0.5, 0.4]] } },
      '/layer/ranges range',
    ],
    [
      'a filter’s range outside [0, 1]',
      { filters: [{ seed: 's', ranges: [[0, 2]] }] },
      '/filters/0/ranges/0/1 maximum',
    ],
    ['a namespace without a share', { namespace: ['pricing', 0] }, '/namespace minItems'],
    [
      'a prerequisite that is the experiment itself',
      { prerequisites: [{ experiment: 'checkout' }] },
      '/prerequisites/0/experiment cycle',
    ],
    ['a bucket version of 0', { sticky: { bucketVersion: 0 } }, '/sticky/bucketVersion minimum'],
    [
      'a page’s pattern that has to backtrack',
      { urls: [{ include: true, type: 'regex', pattern: '(a)\\1' }] },
      '/urls/0/pattern pattern',
    ],
    [
      'an end before the start',
      { startAt: '2026-11-20T10:00:00Z', stopAt: '2026-11-20T10:00:00Z' },
      '/stopAt schedule',
    ],
    [
      'a redirect that is a script',
      { variants: variants(0.5, 0.5).map((v) => ({ ...v, redirect: 'javascript:alert(1)' })) },
      '/variants/0/redirect address',
    ],
    ['metadata that nests', { metadata: { a: { b: 1 } } }, '/metadata/a type'],
    ['phase 0', { phase: 0 }, '/phase minimum'],
    ['a hash version of its own', { hashVersion: 4 }, '/hashVersion enum'],
  ];
  for (const [what, change, fault] of refused) {
    it(`is refused for ${what}`, () => {
      expect(faultsOf(change)).to.include(fault);
    });
  }

  it('is refused when its key is not the row’s', () => {
    expect(faultsOf({}, 'other')).to.deep.equal(['/key key-mismatch']);
  });

  it('is refused when something is missing', () => {
    const { plan: _, ...rest } = good;
    const [fault] = rowFaults(builtIn.get('experiments')!, 'checkout', rest, 'main');
    expect(fault).to.include({ pointer: '/plan', code: 'missing' });
  });
});
