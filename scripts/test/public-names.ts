/**
 * The names that apps and migrations call, each with one call whose answer is known. They are a
 * promise: one that is missing, or answers in another shape, breaks somebody's page.
 */
import type * as Advisor from '../../src/advisor/index.js';
import type * as Conditions from '../../src/conditions/index.js';
import type * as Experiments from '../../src/experiments/index.js';
import type * as Inline from '../../src/experiments/inline/index.js';
import type * as Stats from '../../src/stats/index.js';

/** For each name a call; true where it answers as promised. */
type Calls<Module> = Partial<Record<keyof Module & string, (module: Module) => unknown>>;

const config: Experiments.ExperimentConfig = {
  key: 'hero',
  status: 'running',
  phase: 1,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: 'hero',
  coverage: 1,
  variants: [
    { key: 'control', weight: 0 },
    { key: 'bold', weight: 1 },
  ],
};

const experiments: Calls<typeof Experiments> = {
  decide: ({ decide }) => decide(config, { id: 'u1' }, {}).variant === 'bold',
  explain: ({ decide, explain }) =>
    explain(decide(config, { id: 'u1' })).every((sentence) => sentence.length > 0),
  hash: ({ hash }) =>
    hash('seed', 'a', 1) === 0.913 &&
    hash('seed', 'a', 2) === 0.0505 &&
    hash('seed', 'a', 3) === 0.6713942582719028 &&
    hash('seed', 'a', 99) === null,
  bucketRanges: ({ bucketRanges }) =>
    same(bucketRanges(2, 0.5, [0.4, 0.6]), [
      [0, 0.2],
      [0.4, 0.7],
    ]) &&
    same(bucketRanges(2, 1), [
      [0, 0.5],
      [0.5, 1],
    ]),
  chooseVariation: ({ chooseVariation }) =>
    same(
      [0.4, 0.7, 0.8].map((n) =>
        chooseVariation(n, [
          [0, 0.5],
          [0.5, 0.8],
        ]),
      ),
      [0, 1, -1],
    ),
  inNamespace: ({ inNamespace }) =>
    inNamespace('u1', ['page', 0, 1]) && !inNamespace('u1', ['page', 0, 0]),
  queryOverride: ({ queryOverride }) =>
    queryOverride('hero', 'https://shop.example/?hero=1', 2) === 1 &&
    queryOverride('hero', 'https://shop.example/?hero=2', 2) === null,
  takeSnapshot: ({ takeSnapshot }) => {
    const { unit, decisions } = takeSnapshot({ experiments: [config] }, { id: 'u1' });
    return unit['id'] === 'u1' && decisions[0]?.variant === 'bold';
  },
  importGrowthBook: ({ importGrowthBook }) => {
    const growthbook = importGrowthBook({
      features: { hero: { defaultValue: 'a', rules: [{ force: 'b' }] } },
    });
    const run = growthbook.run({ key: 'hero', variations: ['a', 'b'] }, { id: 'u1' });
    return (
      growthbook.evaluateFeature('hero', { id: 'u1' }).value === 'b' &&
      run.inExperiment &&
      run.hashValue === 'u1'
    );
  },
  createExperiments: ({ createExperiments }) => {
    const collection = (): never => null as never;
    const sync = { ready: Promise.resolve(), forget: () => Promise.resolve(), collection };
    const given = { sync, config: { experiments: [] }, attributes: {}, consent: 'denied' as const };
    return typeof createExperiments(given).variant === 'function';
  },
  matches: ({ matches }) =>
    matches({ plan: { $inGroup: 'paying' } }, { plan: 'pro' }, { groups: { paying: ['pro'] } }),
};

const inline: Calls<typeof Inline> = {
  inlineScript: ({ inlineScript, inlineSource }) =>
    inlineScript({ nonce: 'YWJj' }) === `<script nonce="YWJj">${inlineSource}</script>`,
  inlineHash: ({ inlineHash }) => /^sha256-[\w+/]{43}=$/.test(inlineHash),
};

const conditions: Calls<typeof Conditions> = {
  matches: ({ matches }) =>
    matches({ age: { $gte: 18 } }, { age: 20 }) && !matches({ age: { $gte: 18 } }, { age: 2 }),
};

const control = { n: 1_000, sum: 100, sumSquares: 100 };
const distribution = ({ pdf, cdf, sf, quantile }: Stats.Distribution): boolean =>
  pdf(0.5) > 0 && Math.abs(cdf(0.5) + sf(0.5) - 1) < 1e-12 && near(cdf(quantile(0.3)), 0.3);

const stats: Calls<typeof Stats> = {
  normal: ({ normal }) => distribution(normal),
  studentT: ({ studentT }) => distribution(studentT(5)),
  chiSquare: ({ chiSquare }) => distribution(chiSquare(5)),
  beta: ({ beta }) => distribution(beta(2, 3)),
  arm: ({ arm }) => arm(control).n === 1_000,
  addValue: ({ arm, addValue }) => addValue(arm(control), 1).n === 1_001,
  merge: ({ arm, merge }) => merge(arm(control), arm(control)).n === 2_000,
  compare: ({ arm, compare }) => {
    const treatment = arm({ n: 1_000, sum: 150, sumSquares: 150 });
    const { difference, interval, pValue, lift, liftInterval, standardError, df } = compare(
      arm(control),
      treatment,
      { metric: 'proportion', alpha: 0.05, lift: 'fieller' },
    );
    return (
      near(difference, 0.05) &&
      near(lift, 0.5) &&
      interval !== null &&
      liftInterval !== null &&
      [pValue, standardError, df].every((value) => value !== null && value > 0)
    );
  },
  srm: ({ srm }) => srm([500, 500], [0.5, 0.5]) !== null,
  sampleSize: ({ sampleSize }) => sampleSize({ mean: 0.1, mde: 0.1 }) === 14_749,
  power: ({ power }) => power({ mean: 0.1, mde: 0.1, perVariant: 14_749 }) > 0.8,
  minimumDetectableEffect: ({ minimumDetectableEffect }) =>
    near(minimumDetectableEffect({ mean: 0.1, perVariant: 14_749 }), 0.1, 1e-5),
  groupSequentialBounds: ({ groupSequentialBounds }) =>
    groupSequentialBounds([0.5, 1], { alpha: 0.05, spending: 'obrien-fleming' }).length === 2,
  holm: ({ holm }) => same(holm([0.01, 0.02]), [0.02, 0.02]),
  benjaminiHochberg: ({ benjaminiHochberg }) => same(benjaminiHochberg([0.01, 0.02]), [0.02, 0.02]),
  thompsonWeights: ({ arm, thompsonWeights }) =>
    same(thompsonWeights([arm(control), arm(control)]), [0.5, 0.5]),
  analyze: (module) => typeof module.analyze === 'function',
};

const advisor: Calls<typeof Advisor> = {
  advise: (module) => typeof module.advise === 'function',
  verifyRewording: ({ verifyRewording }) => {
    const suggestion = { claim: ['It gained 5 %.'], evidence: [] };
    const { ok, problems } = verifyRewording(suggestion, 'It gained 6 %.');
    return !ok && problems.length > 0 && verifyRewording(suggestion, 'It gained 5 %.').ok;
  },
};

/** By the entry of package.json that exports them. */
export const publicNames: Readonly<Record<string, Calls<never>>> = {
  './experiments': experiments as Calls<never>,
  './experiments/inline': inline as Calls<never>,
  './conditions': conditions as Calls<never>,
  './stats': stats as Calls<never>,
  './advisor': advisor as Calls<never>,
};

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function near(a: number | null, b: number, within = 1e-9): boolean {
  return a !== null && Math.abs(a - b) < within;
}
