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
  rowFaults(builtIn.get('experiments')!, key, { ...good, ...change }).map(
    ({ pointer, code }) => `${pointer} ${code}`,
  );
const variants = (...weights: number[]) =>
  weights.map((weight, i) => ({ key: `v${i}`, name: `V${i}`, weight }));

describe('a row of experiments', () => {
  it('is taken when it fits', () => {
    expect(faultsOf({})).to.deep.equal([]);
    expect(faultsOf({ startedAt: null, stoppedAt: null, outcome: null })).to.deep.equal([]);
    expect(faultsOf({ variants: variants(0.333, 0.333, 0.333) })).to.deep.equal([]);
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
    const [fault] = rowFaults(builtIn.get('experiments')!, 'checkout', rest);
    expect(fault).to.include({ pointer: '/plan', code: 'missing' });
  });
});
