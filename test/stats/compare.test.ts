import { expect } from 'chai';
import fc from 'fast-check';
import { arm, compare, emptyArm, type Arm } from '../../src/stats/index.js';
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
      const { sequential, ...fixed } = compare(control, treatment);
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
