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
