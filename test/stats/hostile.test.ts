/** Every public function with every kind of number: an answer, null, or a `StatisticsError`. */
import { expect } from 'chai';
import fc from 'fast-check';
import * as stats from '../../src/stats/index.js';

const numbers = [0, 1, 2, -1, 0.05, 0.5, 3, 25, 1e3, 1e9, 1e15, 1e300, -1e300, 5e-324, 1e15 + 1];
const ends = [Number.MAX_VALUE, NaN, Infinity, -Infinity];
const strange = ['x', '12', null, undefined, {}, [], true] as unknown[] as number[];
const any = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...numbers) },
  { weight: 1, arbitrary: fc.constantFrom(...ends) },
  { weight: 1, arbitrary: fc.constantFrom(...strange) },
);
const list = fc.array(any, { maxLength: 5 });
const shares = fc.constantFrom([0.5, 0.5], [1, 2, 3], [1, 0], [], [NaN, 1], [-1, 2], [1e-300, 1]);
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 });
const sums = fc.record({ sum: any, sumSquares: any, sumProducts: any });
const companion = fc.record({ mean: any, m2: any, cross: any });
const armLike = fc.record(
  { n: any, mean: any, m2: any, covariate: companion, denominator: companion },
  { requiredKeys: ['n', 'mean', 'm2'] },
);
const armsLike = fc.array(armLike, { maxLength: 4 });
const options = fc.record(
  {
    metric: fc.constantFrom('proportion' as const, 'mean' as const, 'ratio' as const),
    alpha: any,
    lift: fc.constantFrom('fieller' as const, 'delta' as const),
    plannedUnits: any,
    prior: fc.oneof(fc.constant('flat' as const), fc.record({ mean: any, sd: any })),
    cuped: fc.boolean(),
    lowerIsBetter: fc.boolean(),
  },
  { requiredKeys: [] },
);
const spending = fc.constantFrom('obrien-fleming' as const, 'quadratic' as const);
const target = fc.record(
  { mean: any, mde: any, variance: any, explained: any, margin: any },
  { requiredKeys: ['mean'] },
);
const design = fc.record(
  {
    alpha: any,
    power: any,
    design: fc.constantFrom('fixed' as const, 'sequential' as const, 'bayesian' as const),
    ratio: any,
    priorSd: any,
  },
  { requiredKeys: [] },
);

/** Runs what throws nothing but a `StatisticsError`; whatever it gives is finite or null. */
function holds<Given extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof Given]: fc.Arbitrary<Given[K]> },
  call: (...given: Given) => unknown,
  runs = 300,
): void {
  fc.assert(
    fc.property(...arbitraries, (...given: Given) => {
      let result: unknown;
      try {
        result = call(...given);
      } catch (error) {
        if (error instanceof stats.StatisticsError) return;
        throw error;
      }
      JSON.stringify(result, (key, value: unknown) => {
        expect(Number.isNaN(value), `NaN at ${key}`).to.equal(false);
        expect(value, key).not.to.be.oneOf([Infinity, -Infinity]);
        return value;
      });
    }),
    { numRuns: runs },
  );
}

/** What types forbid. */
const wrong = <T>(value: unknown): T => value as T;

describe('statistics with what types forbid', () => {
  const { StatisticsError } = stats;
  const one = stats.arm({ n: 1_000, sum: 20, sumSquares: 20 });

  it('take no text for a number', () => {
    expect(() => stats.beta(wrong('2'), wrong('3'))).to.throw(StatisticsError);
    expect(() => stats.gamma(wrong('2'))).to.throw(StatisticsError);
    expect(() => stats.studentT(wrong('5'))).to.throw(StatisticsError);
    expect(() => stats.compare(one, one, { alpha: wrong('0.05') })).to.throw(StatisticsError);
    expect(() => stats.holm(wrong(['0.01']))).to.throw(StatisticsError);
    expect(() => stats.sampleSize({ mean: 0.1, mde: 0.1 }, { power: wrong('0.8') })).to.throw(
      StatisticsError,
    );
    expect(() => stats.quantileArm([1, 2], wrong('0.5'))).to.throw(StatisticsError);
  });

  it('take no word that they do not know', () => {
    const foo = wrong<never>('foo');
    expect(() => stats.compare(one, one, { metric: foo })).to.throw(/one of proportion mean ratio/);
    expect(() => stats.compare(one, one, { lift: foo })).to.throw(/one of fieller delta; got foo/);
    expect(() => stats.compare(one, one, { prior: foo })).to.throw(StatisticsError);
    expect(() => stats.compare(one, one, { sequential: wrong({}) })).to.throw(StatisticsError);
    expect(() => stats.groupSequentialBounds([1], { spending: foo })).to.throw(/obrien-fleming/);
    expect(() => stats.sampleSize({ mean: 0.1, mde: 0.1 }, { design: foo })).to.throw(/design/);
  });

  it('say so when nothing is given', () => {
    const calls: (() => unknown)[] = [
      () => stats.srm(wrong(null), wrong(null)),
      () => stats.holm(wrong(null)),
      () => stats.sampleSize(wrong(undefined)),
      () => stats.power(wrong(undefined)),
      () => stats.groupSequentialBounds(wrong(null)),
      () => stats.groupSequentialTest(wrong(null)),
      () => stats.compare(wrong(null), wrong(null)),
      () => stats.thompsonWeights(wrong(null)),
      () => stats.learnPrior(wrong(null)),
      () => stats.optimalAllocation(wrong(null)),
      () => stats.novelty(wrong(null)),
      () => stats.preExperimentBias(one, wrong(null)),
      () => stats.quantileArm(wrong(null), 0.5),
      () => stats.winsorize(wrong(null), { cap: 1 }),
    ];
    for (const call of calls) expect(call).to.throw(StatisticsError);
  });

  it('compare without options, and without looks', () => {
    const other = stats.arm({ n: 1_000, sum: 60, sumSquares: 60 });
    expect(stats.compare(one, other, null)).to.deep.equal(stats.compare(one, other));
    const { sequential, ...fixed } = stats.compare(one, other, { sequential: false });
    const none = { interval: null, pValue: null, liftInterval: null };
    expect(sequential).to.deep.equal(none);
    expect(fixed.reason).to.equal(null);
    expect(fixed.pValue).to.equal(stats.compare(one, other).pValue);
  });

  it('take no sums that no values can have', () => {
    expect(() => stats.arm({ n: 10, sum: 100, sumSquares: 1 })).to.throw(/sum of squares/);
    expect(() => stats.arm({ n: 0, sum: 5, sumSquares: 5 })).to.throw(/Without units/);
    // What rounding leaves of no spread is none.
    expect(stats.arm({ n: 3, sum: 0.3, sumSquares: 0.03 - 1e-17 }).m2).to.be.within(0, 1e-16);
  });

  it('plan at most a hundred looks', () => {
    const plan = { design: 'group-sequential', looks: 500 } as const;
    expect(() => stats.sampleSize({ mean: 0.1, mde: 0.1 }, plan)).to.throw(/1 to 100; got 500/);
  });
});

describe('statistics with hostile numbers', () => {
  it('arms', () => {
    holds([any, sums, maybe(sums), maybe(sums)], (n, own, covariate, denominator) =>
      stats.arm({
        n,
        ...own,
        ...(covariate && { covariate }),
        ...(denominator && { denominator }),
      }),
    );
    holds([armLike, any, maybe(any)], (arm, value, covariate) =>
      stats.addValue(arm, covariate === undefined ? value : { value, covariate }),
    );
    holds([armLike, armLike], (a, b) => stats.merge(a, b));
    holds([armLike, any, any], (arm, before, after) => stats.changeValue(arm, before, after));
    holds([armLike], (arm) => stats.ratioArm(arm));
    holds([list, any], (values, p) => stats.quantileArm(values, p));
    holds([fc.array(list, { maxLength: 3 }), maybe(any), maybe(any)], (groups, cap, percentile) =>
      stats.winsorize(groups, {
        ...(cap !== undefined && { cap }),
        ...(percentile !== undefined && { percentile }),
      }),
    );
  });

  it('comparisons', () => {
    holds([armLike, armLike, options], (c, t, given) => stats.compare(c, t, given), 2_000);
    holds([armLike, armLike, any], (c, t, alpha) => stats.fragility(c, t, { alpha }));
    holds([armsLike], (arms) => stats.thompsonWeights(arms));
    holds([armLike, armsLike], (c, arms) => stats.preExperimentBias(c, arms));
    holds([armLike, armLike, armLike, armLike], (a, b, c, d) =>
      stats.interaction([
        [a, b],
        [c, d],
      ]),
    );
    holds([fc.array(fc.record({ control: armLike, treatment: armLike }))], (days) =>
      stats.novelty(days),
    );
    // The exact posterior takes its time.
    holds([armLike, armLike, any], (c, t, alpha) => stats.exactBayesian(c, t, { alpha }), 100);
  });

  it('families, balance and past experiments', () => {
    holds([list], (pValues) => stats.holm(pValues));
    holds([list], (pValues) => stats.benjaminiHochberg(pValues));
    holds([list, shares], (counts, weights) => stats.srm(counts, weights));
    holds([fc.array(fc.record({ lift: any, standardError: any }))], (past) =>
      stats.learnPrior(past),
    );
    holds([any, any, any, any], (lift, standardError, mean, sd) =>
      stats.shrink({ lift, standardError }, { mean, sd }),
    );
    holds([list], (deviations) => stats.optimalAllocation(deviations));
  });

  it('plans', () => {
    holds([target, design], (given, how) => stats.sampleSize(given, how));
    holds([target, any, design], (given, perVariant, how) =>
      stats.power({ ...given, perVariant }, how),
    );
    holds([target, any, design], (given, perVariant, how) =>
      stats.minimumDetectableEffect({ ...given, perVariant }, how),
    );
    holds([target, design, any, any], (given, how, unitsPerDay, variants) =>
      stats.duration(given, { ...how, unitsPerDay, variants }),
    );
    holds([any, any, maybe(any)], (now, fraction, drift) =>
      stats.conditionalPower(now, fraction, drift === undefined ? {} : { drift }),
    );
  });

  it('looks', () => {
    holds([list, any, spending], (times, alpha, kind) =>
      stats.groupSequentialBounds(times, { alpha, spending: kind }),
    );
    holds([list, list, any], (times, bounds, drift) =>
      stats.groupSequentialPower(times, bounds, drift),
    );
    holds([any, any, any], (n, alpha, planned) => stats.sequentialMultiplier(n, alpha, planned));
    holds([any, any, any, any], (z, n, alpha, planned) =>
      stats.sequentialPValue(z, n, alpha, planned),
    );
  });

  it('distributions, which may have an infinite density or quantile, but no NaN', () => {
    const shape = fc.constantFrom(1e-3, 0.5, 1, 2, 25, 1e6, 1e9, 0, -1, NaN, Infinity, 1e300);
    const made = fc.oneof(
      fc.constant(() => stats.normal),
      shape.map((df) => () => stats.studentT(df)),
      shape.map((df) => () => stats.chiSquare(df)),
      fc.tuple(shape, shape).map(
        ([a, b]) =>
          () =>
            stats.beta(a, b),
      ),
      fc.tuple(shape, shape).map(
        ([a, b]) =>
          () =>
            stats.gamma(a, b),
      ),
    );
    holds([made, any], (make, x) => {
      const { pdf, cdf, sf, quantile } = make();
      expect([pdf(x), cdf(x), sf(x)].every((value) => value >= 0)).to.equal(true);
      expect(quantile(x)).to.be.a('number');
      expect(quantile(x)).not.to.deep.equal(NaN);
      return null;
    });
  });
});

describe('analyze with what types forbid', () => {
  const experiment: stats.AnalysisInput = {
    variants: ['a', 'b'].map((key) => ({ key, name: key, weight: 1 })),
    metrics: { primary: 'm', secondary: [], guardrails: [] },
    plan: { method: 'fixed', alpha: 0.05, power: 0.8, mde: 0.1, plannedDays: 1 },
    status: 'running',
    startedAt: '2026-01-01T00:00:00Z',
  };
  const summaries: stats.Summaries = {
    variants: ['a', 'b'],
    days: ['2026-01-01'],
    units: [[1_000], [1_000]],
    multiple: 0,
    metrics: { m: { sum: [[100], [180]], m2: [[90], [147.6]] } },
  };

  it('takes an experiment and its summaries, and nothing else if need be', () => {
    const { decision, metrics } = stats.analyze(experiment, summaries);
    expect(decision).to.equal('ship');
    expect(metrics[0]?.comparisons[0]?.lift).to.be.closeTo(0.8, 1e-12);
    expect(stats.analyze(experiment).decision).to.equal('keep-running');
  });

  it('says what is missing or not a number', () => {
    const broken: [RegExp, unknown, Partial<stats.Summaries>?, number?][] = [
      [/Variants must be a list/, {}],
      [/primary metric/, { ...experiment, metrics: {} }],
      [/Guardrails must be a list/, { ...experiment, metrics: { primary: 'm', secondary: [] } }],
      [/alpha/, { ...experiment, plan: undefined }],
      [/method is one of/, { ...experiment, plan: { ...experiment.plan, method: 'foo' } }],
      [/alpha/, { ...experiment, plan: { ...experiment.plan, alpha: '0.05' } }],
      [/several variants/, experiment, { multiple: NaN }],
      [/days must be a list/, experiment, wrong({ days: null })],
      [/time must be a number/, experiment, {}, NaN],
    ];
    for (const [message, input, of = {}, now] of broken) {
      const call = () => stats.analyze(wrong(input), { ...summaries, ...of }, [], now);
      expect(call).to.throw(stats.StatisticsError, message);
    }
  });

  it('tells no spread of squares below zero', () => {
    const m = { sum: [[100], [180]], m2: [[-90], [-147]] };
    const [metric] = stats.analyze(experiment, { ...summaries, metrics: { m } }).metrics;
    expect(metric?.comparisons[0]).to.include({ pValue: null, reason: 'unknown-spread' });
    expect(metric?.arms[0]?.variance).to.equal(null);
  });
});
