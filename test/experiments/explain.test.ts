import { expect } from 'chai';
import fc from 'fast-check';
import {
  decide,
  explain,
  pages,
  type DecideOptions,
  type DecisionReason,
  type ExperimentConfig,
} from '../../src/experiments/index.js';
import { whyNot } from '../../src/experiments/why-not.js';
import { matches, type Condition } from '../../src/conditions/index.js';

const base: ExperimentConfig = {
  key: 'hero',
  status: 'running',
  phase: 3,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: 'hero',
  coverage: 1,
  variants: [
    { key: 'control', weight: 0.5 },
    { key: 'bold', weight: 0.5 },
  ],
};
const page = 'https://shop.example/';

/** How each reason comes about, and what is said of it. */
const reasons: Record<
  Exclude<DecisionReason, 'unknown-experiment'>,
  [change: Partial<ExperimentConfig>, options: DecideOptions, said: RegExp]
> = {
  assigned: [{}, {}, /Hash version 3 of seed “hero” and the unit is 0\.900711, in range 1/],
  override: [{}, { url: `${page}?hero=1` }, /The URL asks for variant 1/],
  forced: [{}, { forced: { hero: 'bold' } }, /Variant 1 is forced/],
  unsupported: [{ needs: ['weather'] }, {}, /knows no “weather”; a newer one does/],
  'not-running': [{ status: 'paused' }, {}, /its status is “paused”/],
  schedule: [{ startAt: '2100-01-01T00:00:00Z' }, {}, /the experiment runs from 2100-01-01/],
  bot: [{}, { bot: true }, /The unit is a bot/],
  url: [
    { urls: [{ include: true, type: 'simple', pattern: '/cart' }] },
    { url: page, pages },
    /The page is “https:\/\/shop\.example\/”, which is not among/,
  ],
  'no-unit': [{ hashAttribute: 'user' }, {}, /The attribute “user” names no unit .*not there/],
  'met-before': [
    { sticky: { bucketVersion: 3, minBucketVersion: 3 } },
    { met: (_, phase) => (phase === 2 ? 'bold' : undefined) },
    /has met a variant in a phase before 3/,
  ],
  holdout: [
    {},
    { experiments: [{ ...base, key: 'h', seed: 'h3', kind: 'holdout' }] },
    /The holdout “h” holds the unit out/,
  ],
  filter: [
    { layer: { key: 'page', ranges: [[0, 0.1]] } },
    {},
    /In the layer “page” the unit is 0\.866092, which is not in \[0, 0\.1\)/,
  ],
  condition: [{ condition: { plan: 'pro' } }, {}, /“plan” must be "pro", and is "free"/],
  prerequisite: [
    { prerequisites: [{ experiment: 'hero' }] },
    { experiments: [{ ...base, prerequisites: [{ experiment: 'hero' }] }] },
    /which needs this experiment itself/,
  ],
  coverage: [{ coverage: 0.1 }, {}, /in none of the ranges .*: the coverage leaves it out/],
};

describe('explain', () => {
  for (const [reason, [change, options, said]] of Object.entries(reasons)) {
    it(`puts “${reason}” into words`, () => {
      const decision = decide({ ...base, ...change }, { id: 'u1', plan: 'free' }, options);
      expect(decision.reason).to.equal(reason);
      const lines = explain(decision);
      expect(lines.join('\n')).to.match(said);
      for (const line of lines)
        expect(line)
          .to.match(/^[A-Z].*[.\w]$/)
          .and.not.contain('undefined');
    });
  }

  it('says what is wrong with a filter that nobody can be in', () => {
    const decision = decide(
      { ...base, filters: [{ seed: 'f', attribute: 'team', ranges: [[0, 1]] }] },
      { id: 'u1' },
    );
    expect(explain(decision).join(' ')).to.contain('has no place: an attribute is missing');
  });

  it('asks for `pages` where nothing judges the page', () => {
    const urls = [{ include: true, type: 'simple' as const, pattern: '/' }];
    const decision = decide({ ...base, urls }, { id: 'u1' }, { url: page });
    expect(explain(decision).join(' ')).to.contain('give `decide` the option `pages`');
  });
});

describe('why a condition does not match', () => {
  const unit = { plan: 'free', age: 17, tags: ['a'], geo: { country: 'NL' } };
  const table: [Condition, string][] = [
    [{ plan: 'free' }, ''],
    [{ plan: 'free', age: { $gte: 18 } }, '“age” must satisfy {"$gte":18}, and is 17'],
    [{ 'geo.city': 'Delft' }, '“geo.city” must be "Delft", and is not there'],
    [
      { $and: [{ plan: 'free' }, { $and: [{ tags: ['b'] }] }] },
      '“tags” must be ["b"], and is ["a"]',
    ],
    [
      { $or: [{ plan: 'pro' }, { age: { $gt: 65 } }] },
      'none holds of: “plan” must be "pro", and is "free"; “age” must satisfy {"$gt":65}, and is 17',
    ],
    [{ $not: { plan: 'free' } }, '{"plan":"free"} holds, and must not'],
    [{ $nor: [{ age: 1 }, { age: 17 }] }, '[{"age":1},{"age":17}] holds, and must not'],
  ];
  for (const [condition, words] of table) {
    it(`is told of ${JSON.stringify(condition)}`, () => {
      expect(whyNot(condition, unit, {})).to.equal(words);
    });
  }

  it('is told of whatever does not match, and of nothing else', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const condition = fc.oneof(
      value,
      fc.dictionary(fc.constantFrom('$and', '$or', '$nor', '$not', 'age', 'geo.country'), value),
    );
    fc.assert(
      fc.property(condition, (given) => {
        expect(whyNot(given, unit, {}) === '').to.equal(matches(given as Condition, unit));
      }),
      { numRuns: 500 },
    );
  });
});
