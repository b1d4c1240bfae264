import { expect } from 'chai';
import fc from 'fast-check';
import {
  addValue,
  arm,
  compare,
  emptyArm,
  exactBayesian,
  normal,
  varianceOf,
  type Arm,
  type Comparison,
} from '../../src/stats/index.js';
import { binomial, seeded } from './random.js';

const proportion = (n: number, sum: number): Arm => arm({ n, sum, sumSquares: sum });

describe('compare', () => {
  it('gives Welch’s test on the absolute scale', () => {
    // The two samples of Rosetta Code's “Welch's t-test”; t, df and p by mpmath to 30 digits.
    const control = [
      27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4,
    ];
    const treatment = [
      27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4,
    ];
    const of = (data: number[]): Arm =>
      arm({
        n: data.length,
        sum: data.reduce((s, y) => s + y, 0),
        sumSquares: data.reduce((s, y) => s + y * y, 0),
      });
    const { difference, standardError, df, pValue, interval } = compare(of(control), of(treatment));
    expect(difference! / standardError!).to.be.closeTo(-2.455356398286, 1e-11);
    expect(df).to.be.closeTo(24.9885292902314, 1e-10);
    expect(pValue).to.be.closeTo(0.0213780014628671, 1e-14);
    expect(interval![0]).to.be.below(interval![1]);
    expect(interval![1]).to.be.below(0);
  });

  it('keeps p-values far below what 1 − cdf could give', () => {
    const { pValue } = compare(proportion(100_000, 10_000), proportion(100_000, 15_000));
    expect(pValue).to.be.within(1e-300, 1e-200);
  });

  it('gives null, never NaN, where the data do not determine a number', () => {
    const some = proportion(100, 10);
    for (const [control, treatment] of [
      [emptyArm, emptyArm],
      [emptyArm, some],
      [proportion(1, 1), some],
      [proportion(100, 0), proportion(100, 0)],
      [proportion(100, 0), some],
    ] as const) {
      const { sequential, reason, ...fixed } = compare(control, treatment);
      expect(reason).to.be.a('string');
      for (const part of [...Object.values(fixed), ...Object.values(sequential)].flat()) {
        expect(part).to.satisfy((x: unknown) => x === null || Number.isFinite(x));
      }
    }
    expect(compare(proportion(100, 0), some)).to.include({ lift: null, liftInterval: null });
    expect(compare(proportion(100, 0), some).pValue).to.be.a('number');
  });

  it('has no lift interval where the control is too close to zero', () => {
    const { liftInterval, interval } = compare(proportion(1_000, 2), proportion(1_000, 30));
    expect(liftInterval).to.equal(null);
    expect(interval).not.to.equal(null);
  });

  it('says the same on the absolute and the relative scale, always', () => {
    const sizes = fc.integer({ min: 50, max: 1e6 });
    const rate = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    const alpha = fc.constantFrom(0.001, 0.01, 0.05, 0.1);
    const excludes = (interval: readonly [number, number]): number =>
      interval[0] > 0 ? 1 : interval[1] < 0 ? -1 : 0;
    fc.assert(
      fc.property(
        sizes,
        sizes,
        rate,
        fc.double({ min: 0.8, max: 1.2, noNaN: true }),
        alpha,
        (nC, nT, p, factor, a) => {
          const control = proportion(nC, Math.round(nC * p));
          const treatment = proportion(nT, Math.round(nT * Math.min(0.9999, p * factor)));
          const result = compare(control, treatment, { alpha: a });
          const { interval, liftInterval, pValue, sequential, lift, difference } = result;
          if (interval && liftInterval) {
            // A hair's breadth from zero rounding may differ.
            if (Math.abs(pValue! - a) > 1e-9 * a) {
              expect(excludes(liftInterval)).to.equal(excludes(interval));
              expect(excludes(interval) !== 0).to.equal(pValue! < a);
            }
          }
          if (
            sequential.interval &&
            sequential.liftInterval &&
            Math.abs(sequential.pValue! - a) > 1e-9 * a
          ) {
            expect(excludes(sequential.liftInterval)).to.equal(excludes(sequential.interval));
            expect(excludes(sequential.interval) !== 0).to.equal(sequential.pValue! < a);
          }
          if (lift !== null) expect(Math.sign(lift)).to.equal(Math.sign(difference!));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('mirrors when better and worse change sides, also around a negative control', () => {
    const shifted = (mean: number, n: number): Arm =>
      arm({ n, sum: mean * n, sumSquares: (mean * mean + 4) * n });
    const up = compare(shifted(10, 500), shifted(11, 400));
    const down = compare(shifted(-10, 500), shifted(-11, 400));
    expect(down.lift).to.be.closeTo(-up.lift!, 1e-12);
    expect(down.liftInterval![0]).to.be.closeTo(-up.liftInterval![1], 1e-9);
    expect(down.liftInterval![1]).to.be.closeTo(-up.liftInterval![0], 1e-9);
  });

  it('judges looks by the confidence sequence when it is asked to', () => {
    const [c, t] = [proportion(5_000, 500), proportion(5_000, 540)];
    expect(compare(c, t, { sequential: true })).to.deep.equal(compare(c, t));
  });

  it('has an always-valid interval around the fixed one', () => {
    const { interval, sequential } = compare(proportion(5_000, 500), proportion(5_000, 540));
    expect(sequential.interval![0]).to.be.below(interval![0]);
    expect(sequential.interval![1]).to.be.above(interval![1]);
  });

  it('covers the true lift as often as it says, missing on both sides alike (Fieller)', () => {
    const random = seeded(20261122);
    const runs = 1_500;
    const [rate, n] = [0.05, 800];
    let low = 0;
    let high = 0;
    for (let i = 0; i < runs; i++) {
      const control = proportion(n, binomial(n, rate, random));
      const treatment = proportion(n, binomial(n, rate * 1.1, random));
      const interval = compare(control, treatment).liftInterval;
      if (interval === null) continue;
      if (interval[0] > 0.1) low++;
      if (interval[1] < 0.1) high++;
    }
    // 5 % ± 3 standard errors of the simulation, and neither side takes it all.
    expect((low + high) / runs).to.be.within(0.033, 0.067);
    expect(low / runs).to.be.within(0.01, 0.045);
    expect(high / runs).to.be.within(0.01, 0.045);
  });

  it('rarely calls a winner in an A/A test by the always-valid p-value, however often one looks', () => {
    const random = seeded(7);
    const runs = 200;
    let calls = 0;
    let fixedCalls = 0;
    for (let run = 0; run < runs; run++) {
      let [a, b, called, fixedCalled] = [0, 0, false, false];
      for (let n = 100; n <= 4_000; n += 100) {
        a += binomial(100, 0.1, random);
        b += binomial(100, 0.1, random);
        const { pValue, sequential } = compare(proportion(n, a), proportion(n, b));
        called ||= sequential.pValue !== null && sequential.pValue < 0.05;
        fixedCalled ||= pValue !== null && pValue < 0.05;
      }
      if (called) calls++;
      if (fixedCalled) fixedCalls++;
    }
    expect(calls / runs).to.be.below(0.06);
    expect(fixedCalls / runs).to.be.above(0.15);
  });
});

describe('compare with the delta method', () => {
  it('gives GrowthBook’s interval of the lift', () => {
    const [c, t] = [proportion(1_000, 100), proportion(1_200, 150)];
    const { lift, liftInterval, df } = compare(c, t, { lift: 'delta' });
    const variance =
      varianceOf(t)! / t.n / c.mean ** 2 + (varianceOf(c)! / c.n) * (t.mean ** 2 / c.mean ** 4);
    expect(lift).to.be.closeTo(0.25, 1e-12);
    const reach = (liftInterval![1] - liftInterval![0]) / 2;
    expect(df).to.be.above(1_000);
    expect(reach / Math.sqrt(variance)).to.be.within(1.9599, 1.9625);
  });
});

describe('compare with a covariate (CUPED)', () => {
  /** Units whose value is mostly what it was before. */
  function pair(seed: number, effect: number, n = 400): [Arm, Arm] {
    const random = seeded(seed);
    const draw = (lift: number): Arm => {
      let made = emptyArm;
      for (let i = 0; i < n; i++) {
        const covariate = 10 + 4 * random();
        made = addValue(made, { value: covariate + random() + lift, covariate });
      }
      return made;
    };
    return [draw(0), draw(effect)];
  }

  it('is the regression’s result, with the raw one beside it', () => {
    const [c, t] = pair(4, 0.1);
    const { cuped, difference, standardError, lift, liftInterval, interval } = compare(c, t);
    const { raw, theta, explained } = cuped!;
    expect(theta).to.be.closeTo(1, 0.05);
    expect(explained).to.be.within(0.9, 0.97);
    expect(standardError! ** 2 / raw.standardError! ** 2).to.be.closeTo(1 - explained, 0.02);
    expect(raw).to.deep.include({ difference: t.mean - c.mean });
    const byHand = t.mean - c.mean - theta * (t.covariate!.mean - c.covariate!.mean);
    expect(difference).to.be.closeTo(byHand, 1e-12);
    expect(lift).to.be.closeTo(byHand / c.mean, 1e-12);
    expect(Math.sign(liftInterval![0])).to.equal(Math.sign(interval![0]));
  });

  it('is off for a covariate that says little, unless asked for', () => {
    const random = seeded(5);
    const noise = (): Arm => {
      let made = emptyArm;
      for (let i = 0; i < 300; i++) made = addValue(made, { value: random(), covariate: random() });
      return made;
    };
    const [a, b] = [noise(), noise()];
    expect(compare(a, b).cuped).to.equal(undefined);
    expect(compare(a, b, { cuped: true }).cuped).to.be.an('object');
    const [c, t] = pair(6, 0);
    expect(compare(c, t, { cuped: false }).cuped).to.equal(undefined);
  });

  it('is on for money and for values around zero, which few units may have', () => {
    const random = seeded(7);
    const draws = [0, 0].map(() => {
      let [money, profit] = [emptyArm, emptyArm];
      for (let i = 0; i < 2_000; i++) {
        const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
        // 3 of 10 are known from before.
        const before = random() < 0.3 ? Math.exp(z) : 0;
        money = addValue(money, { value: before + random(), covariate: before });
        profit = addValue(profit, { value: z + random(), covariate: z });
      }
      return { money, profit };
    });
    for (const kind of ['money', 'profit'] as const) {
      const [c, t] = draws.map((draw) => draw[kind]) as [Arm, Arm];
      const { cuped, standardError } = compare(c, t);
      expect(cuped!.explained).to.be.above(0.7);
      expect(standardError).to.be.below(0.6 * cuped!.raw.standardError!);
    }
  });

  it('covers the true lift when it adjusts, on both sides alike', () => {
    const [runs, effect] = [400, 0.3];
    let [low, high] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const [c, t] = pair(1_000 + run, effect, 120);
      const { liftInterval } = compare(c, t);
      const truth = effect / 12.5;
      if (liftInterval![0] > truth) low++;
      if (liftInterval![1] < truth) high++;
    }
    expect((low + high) / runs).to.be.within(0.02, 0.085);
    expect(Math.min(low, high)).to.be.above(1);
  });

  it('warns when it turns the sign', () => {
    const make = (values: number[], before: number[]): Arm =>
      values.reduce<Arm>(
        (made, value, i) => addValue(made, { value, covariate: before[i]! }),
        emptyArm,
      );
    const control = make([1, 2, 3, 4], [1, 2, 3, 4]);
    const treatment = make([1.9, 3, 4.1, 5], [3, 4, 5, 6]);
    const { cuped, difference } = compare(control, treatment);
    expect(cuped!.raw.difference).to.be.above(0);
    expect(difference).to.be.below(0);
    expect(cuped!.signFlip).to.equal(true);
  });

  it('takes noise out of a ratio too', () => {
    const random = seeded(8);
    const draw = (): Arm => {
      let made = emptyArm;
      for (let i = 0; i < 500; i++) {
        const denominator = 5 + Math.floor(10 * random());
        const covariate = random();
        const value = denominator * (0.2 + 0.5 * covariate) + random();
        made = addValue(made, { value, denominator, covariate });
      }
      return made;
    };
    const [c, t] = [draw(), draw()];
    const { cuped, standardError } = compare(c, t, { metric: 'ratio' });
    expect(cuped!.explained).to.be.above(0.4);
    expect(standardError).to.be.below(0.8 * cuped!.raw.standardError!);
  });
});

describe('compare of ratios', () => {
  it('compares Σy/Σd, and says when there is nothing to divide by', () => {
    const made = (value: number): Arm =>
      [8, 12, 10, 9].reduce<Arm>(
        (one, denominator, i) => addValue(one, { value: value * denominator + i, denominator }),
        emptyArm,
      );
    expect(compare(made(1), made(2), { metric: 'ratio' }).difference).to.be.closeTo(1, 1e-12);
    const none = compare(proportion(9, 3), proportion(9, 4), { metric: 'ratio' });
    expect(none).to.include({ difference: null, pValue: null, reason: 'no-denominator' });
  });
});

describe('the Bayesian view', () => {
  const [c, t] = [proportion(10_000, 1_000), proportion(10_000, 1_060)];

  it('with a flat prior is the normal posterior in closed form', () => {
    const { bayesian, difference, standardError } = compare(c, t, { prior: 'flat' });
    const z = difference! / standardError!;
    expect(bayesian!.chanceToWin).to.be.closeTo(normal.cdf(z), 1e-15);
    const loss = standardError! * (normal.pdf(z) - z * normal.sf(z));
    expect(bayesian!.expectedLoss.treatment).to.be.closeTo(loss, 1e-15);
    expect(bayesian!.expectedLoss.control - loss).to.be.closeTo(difference!, 1e-15);
  });

  it('pulls towards its prior, the more the less data there is', () => {
    const of = (n: number): Comparison =>
      compare(proportion(n, n / 10), proportion(n, (n * 11) / 100), { prior: { sd: 0.05 } });
    const shrunk = (n: number): number => of(n).bayesian!.difference / of(n).difference!;
    expect(shrunk(1_000)).to.be.below(0.2);
    expect(shrunk(1_000_000)).to.be.above(0.95);
    // N(0, (0.05·0.1)²) and the data's variance, by hand.
    const { bayesian, standardError, difference } = of(1_000);
    const share = 0.005 ** 2 / (0.005 ** 2 + standardError! ** 2);
    expect(bayesian!.difference).to.be.closeTo(difference! * share, 1e-12);
  });

  it('is exact for small proportions', () => {
    // Evan Miller's sum for P(p_T > p_C) after 20 and 30 of 1,000; 16/21 after 0 and 1 of 10.
    const view = exactBayesian(proportion(1_000, 20), proportion(1_000, 30));
    expect(view.chanceToWin).to.be.closeTo(0.92229330871, 1e-9);
    expect(view.difference).to.be.closeTo(10 / 1_002, 1e-12);
    const few = exactBayesian(proportion(10, 0), proportion(10, 1));
    expect(few.chanceToWin).to.be.closeTo(16 / 21, 1e-12);
    expect(few.expectedLoss.control - few.expectedLoss.treatment).to.be.closeTo(1 / 12, 1e-12);
    expect(few.interval[0]).to.be.below(0);
    expect(few.interval[1]).to.be.within(0.2, 0.5);
  });

  it('mirrors where less is better', () => {
    const priors = ['flat', { sd: 0.05 }, { mean: 0.02, sd: 0.1 }] as const;
    for (const [more, less] of [
      ...priors.map((prior) => [
        compare(c, t, { prior }).bayesian!,
        compare(c, t, { prior, lowerIsBetter: true }).bayesian!,
      ]),
      [exactBayesian(c, t), exactBayesian(c, t, { lowerIsBetter: true })],
    ] as const) {
      if (!more || !less) throw new Error('not computable');
      expect(less.chanceToWin).to.be.closeTo(1 - more.chanceToWin, 1e-9);
      expect(less.expectedLoss.control).to.be.closeTo(more.expectedLoss.treatment, 1e-9);
    }
  });

  it('is null where nothing can be said, and refuses what is no prior or no rate', () => {
    expect(compare(emptyArm, t, { prior: 'flat' }).bayesian).to.equal(null);
    expect(compare(proportion(50, 0), t, { prior: { sd: 0.05 } }).bayesian).to.equal(null);
    expect(() => compare(c, t, { prior: { sd: 0 } })).to.throw(/above 0/);
    const big = arm({ n: 10, sum: 50, sumSquares: 500 });
    expect(() => exactBayesian(big, t)).to.throw(/between 0 and 1/);
  });
});

describe('compare with adversarial numbers', () => {
  const extremes = [0, 1, -1, 1e-300, 1e-160, 1e-9, 1e9, 1e150, 1e300, 5e-324, 1.7e308];
  const number = fc.oneof(
    fc.constantFrom(...extremes, ...extremes.map((x) => -x)),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const positive = number.map(Math.abs);
  const companion = fc.record({ mean: number, m2: positive, cross: number });
  const any: fc.Arbitrary<Arm> = fc
    .record({
      n: fc.constantFrom(0, 1, 2, 3, 1_000, 1e9, 1e15),
      mean: number,
      m2: positive,
      covariate: fc.option(companion, { nil: undefined }),
      denominator: fc.option(companion, { nil: undefined }),
    })
    .map(({ covariate, denominator, ...own }) => ({
      ...own,
      ...(covariate && { covariate }),
      ...(denominator && { denominator }),
    }));
  const options = fc.record({
    metric: fc.constantFrom('mean' as const, 'ratio' as const),
    lift: fc.constantFrom('fieller' as const, 'delta' as const),
    alpha: fc.constantFrom(1e-6, 0.05, 0.5),
    prior: fc.constantFrom('flat' as const, { sd: 0.05 }),
    cuped: fc.constantFrom(true, false, undefined),
    plannedUnits: fc.constantFrom(undefined, 0, 1, 1e12),
  });

  it('gives numbers or null with its reason, never NaN or infinity', () => {
    fc.assert(
      fc.property(any, any, options, (control, treatment, given) => {
        const result = compare(control, treatment, given);
        JSON.stringify(result, (key, value: unknown) => {
          if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(key);
          return value;
        });
        if (result.liftInterval === null) expect(result.reason).to.be.a('string');
        if (result.interval && result.liftInterval && given.lift === 'fieller') {
          const [low, high] = result.interval;
          const [from, to] = result.liftInterval;
          expect(from > 0 || to < 0).to.equal(low > 0 || high < 0);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('tells a difference at the end of what a double holds, and computes nothing from it', () => {
    const control = { n: 1_000, mean: -Number.MAX_VALUE, m2: 1e150 };
    const result = compare(control, { n: 3, mean: 0, m2: 0 }, { alpha: 1e-6, prior: 'flat' });
    expect(result).to.deep.include({
      difference: Number.MAX_VALUE,
      interval: null,
      bayesian: null,
      reason: 'out-of-range',
    });
  });

  it('keeps its digits where the mean is far larger than the spread', () => {
    const around = (centre: number): Arm => {
      let made = emptyArm;
      for (let i = 0; i < 200; i++) made = addValue(made, centre + (i % 2));
      return made;
    };
    const { lift, liftInterval, pValue } = compare(around(1e9), around(1e9 + 1));
    expect(lift).to.be.closeTo(1e-9, 1e-15);
    expect(liftInterval![0]).to.be.within(0.8e-9, 1e-9);
    expect(pValue).to.be.below(1e-50);
  });

  it('takes a billion units', () => {
    const { pValue, liftInterval } = compare(proportion(1e9, 2e7), proportion(1e9, 2.001e7));
    expect(pValue).to.be.within(0.02, 0.2);
    expect(liftInterval![1]).to.be.within(0, 0.002);
  });

  it('says why it has no answer', () => {
    const of = (a: Arm, b: Arm) => compare(a, b).reason;
    const some = proportion(100, 10);
    expect(of(emptyArm, some)).to.equal('too-few-units');
    expect(of(proportion(1, 1), some)).to.equal('too-few-units');
    expect(of(proportion(100, 0), proportion(100, 0))).to.equal('no-variance');
    expect(of(proportion(100, 0), some)).to.equal('control-too-close-to-zero');
    expect(of({ n: 9, mean: 1, m2: 1e308 }, { n: 9, mean: 1, m2: 1.7e308 })).to.equal(
      'out-of-range',
    );
    expect(of(proportion(9_000, 900), proportion(9_000, 900))).to.equal(null);
    expect(() => compare({ n: 1, mean: NaN, m2: 0 }, some)).to.throw(/An arm needs/);
  });
});
