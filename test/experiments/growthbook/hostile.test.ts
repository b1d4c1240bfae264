/** What payloads, attributes and the app's own functions may do: nothing but be overlooked. */
import { expect } from 'chai';
import fc from 'fast-check';
import { ExperimentsError } from '../../../src/experiments/index.js';
import {
  importGrowthBook,
  type GrowthBookPayload,
} from '../../../src/experiments/growthbook/index.js';

const split: GrowthBookPayload = {
  features: { split: { defaultValue: 'none', rules: [{ variations: ['a', 'b'] }] } },
};

describe('importGrowthBook, of an app whose `track` or `sticky` fails', () => {
  let warned: unknown[];
  const { warn } = console;
  beforeEach(() => {
    warned = [];
    console.warn = (error: unknown) => void warned.push(error);
  });
  afterEach(() => {
    console.warn = warn;
  });

  const failing: [string, () => never | Promise<never>][] = [
    [
      'throws',
      () => {
        throw new Error('app bug');
      },
    ],
    ['rejects', () => Promise.reject(new Error('app bug'))],
  ];
  for (const [fails, track] of failing)
    it(`shows what it would, and tells the console, if \`track\` ${fails}`, async () => {
      const calls: unknown[] = [];
      const { evaluateFeature } = importGrowthBook(split, {
        track: (...call) => {
          calls.push(call);
          return track() as never;
        },
      });
      for (let i = 0; i < 2; i++)
        expect(evaluateFeature('split', { id: 'u1' }).value).to.match(/^[ab]$/);
      await Promise.resolve();
      expect(calls).to.have.length(1);
      expect(warned.map(String)).to.deep.equal(['Error: app bug']);
    });

  it('shows what it would, and tells the console, if the documents can’t be had', () => {
    const blocked = (): never => {
      throw new Error('blocked');
    };
    const sticky = { get: blocked, set: blocked };
    const { evaluateFeature } = importGrowthBook(split, { sticky });
    const plain = importGrowthBook(split).evaluateFeature('split', { id: 'u1' }).value;
    expect(evaluateFeature('split', { id: 'u1' }).value).to.equal(plain);
    expect(warned.map(String)).to.include('Error: blocked');
  });

  it('remembers the last thousands of exposures, not every one for ever', () => {
    let calls = 0;
    const { evaluateFeature } = importGrowthBook(split, { track: () => void calls++ });
    const see = (from: number, to: number): number => {
      calls = 0;
      for (let i = from; i < to; i++) evaluateFeature('split', { id: `u${i}` });
      return calls;
    };
    expect(see(0, 15_000)).to.equal(15_000);
    expect(see(10_000, 15_000), 'the last ones').to.equal(0);
    expect(see(0, 1_000), 'the first ones').to.equal(1_000);
  });
});

describe('importGrowthBook, of a payload that is not as it should be', () => {
  const valued = { defaultValue: 1 };
  const group = { g: { type: 'list', attributeKey: 'id', values: ['u1'] } };
  const rules = (...list: unknown[]) => ({ features: { f: { ...valued, rules: list } } });
  const both = { variations: ['a', 'b'], hashVersion: 2, weights: [1, 0] };
  /** And what `f` is, as GrowthBook’s SDK says unless it throws. */
  const odd: [string, unknown, unknown][] = [
    ['a feature that is null', { features: { f: null } }, null],
    ['another that is null', { features: { f: valued, g: null } }, 1],
    ['rules that are null', { features: { f: { ...valued, rules: null } } }, 1],
    ['a rule that is null', rules(null, { force: 2 }), 2],
    ['a malformed rule', rules({ ...both, filters: [null] }, { force: 2 }), 2],
    ['prerequisites that are null', rules({ ...both, parentConditions: null }), 'a'],
    ['a coverage that is null', rules({ ...both, coverage: null }), 1],
    ['groups that are null', { features: { f: valued }, savedGroups: null }, 1],
    ['experiments that are null', { features: { f: valued }, experiments: null }, 1],
    ['an experiment that is null', { features: { f: valued }, experiments: [null] }, 1],
    [
      'a context whose condition is null',
      {
        ...rules({ contextualVariations: ['a', 'b'], contextualBanditRef: 'b', hashVersion: 2 }),
        contextualBandits: { b: { contexts: [{ leafId: 1, condition: null, weights: [1, 0] }] } },
      },
      'a',
    ],
    [
      'a condition malformed beside a group',
      {
        ...rules({ force: 2, condition: { $savedGroup: { id: 'g' }, $and: {} } }),
        savedGroups: group,
      },
      1,
    ],
  ];
  for (const [name, payload, value] of odd)
    it(`overlooks ${name}`, () => {
      const { evaluateFeature } = importGrowthBook(payload as GrowthBookPayload);
      expect(evaluateFeature('f', { id: 'u1' }).value).to.deep.equal(value);
    });

  it('takes attributes that are missing for none', () => {
    const { evaluateFeature, run } = importGrowthBook(split);
    for (const attributes of [undefined, null, 5] as never[]) {
      expect(evaluateFeature('split', attributes).value).to.equal('none');
      expect(run({ key: 'x', variations: [0, 1] }, attributes).inExperiment).to.equal(false);
    }
  });

  it('never throws, whatever stands in place of a member', () => {
    const junk = fc.constantFrom<unknown>(null, 5, '', 'x', true, [], [null], {}, { a: null }, NaN);
    const rule = {
      force: 1,
      variations: [0, 1],
      contextualVariations: [0, 1],
      contextualBanditRef: 'b',
      weights: [0.5, 0.5],
      ranges: [[0, 1]],
      range: [0, 1],
      meta: [{ key: 'a' }],
      filters: [{ seed: 's', ranges: [[0, 1]] }],
      namespace: ['n', 0, 1],
      condition: { id: { $in: ['u1'] } },
      parentConditions: [{ id: 'g', condition: { value: true } }],
      tracks: [],
      hashAttribute: 'id',
      seed: 's',
      hashVersion: 2,
      coverage: 1,
      key: 'k',
      urlPatterns: [{ type: 'simple', pattern: '*' }],
      status: 'running',
      bucketVersion: 1,
      minBucketVersion: 1,
      fallbackAttribute: 'other',
    };
    const members = Object.keys(rule) as (keyof typeof rule)[];
    const odd = fc
      .tuple(fc.subarray(members), fc.dictionary(fc.constantFrom(...members), junk))
      .map(([names, others]) => ({
        ...Object.fromEntries(names.map((name) => [name, rule[name]])),
        ...others,
      }));
    const list = fc.oneof({ weight: 9, arbitrary: fc.array(odd, { maxLength: 2 }) }, junk);
    const payloads = fc.record(
      {
        features: fc.oneof(
          junk,
          fc.record({
            f: fc.oneof(junk, fc.record({ rules: list })),
            g: fc.oneof(junk, fc.constant<unknown>({ defaultValue: true })),
          }),
        ),
        experiments: list,
        savedGroups: junk,
        contextualBandits: fc.oneof(junk, fc.record({ b: fc.record({ contexts: list }) })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(payloads, odd, junk, (payload, experiment, id) => {
        let growthbook;
        try {
          growthbook = importGrowthBook(payload as never, { sticky: new Map() });
        } catch (error) {
          expect(error).to.be.instanceOf(ExperimentsError).with.property('code', 'payload');
          return;
        }
        const attributes = { id } as never;
        const options = { url: 'https://shop.example/?k=1' };
        for (const key of ['f', 'g']) growthbook.evaluateFeature(key, attributes, options);
        growthbook.run(experiment as never, attributes, options);
        growthbook.redirect(attributes, options);
      }),
      { numRuns: 1_500 },
    );
  });
});
