import { expect } from 'chai';
import fc from 'fast-check';
import {
  benjaminiHochberg,
  conditionalPower,
  duration,
  holm,
  minimumDetectableEffect,
  normal,
  optimalAllocation,
  power,
  sampleSize,
  StatisticsError,
} from '../../src/stats/index.js';

describe('planning', () => {
  it('gives the textbook sample size', () => {
    // z = 1.95996 + 0.84162; (7.8489 · (0.1·0.9 + 0.11·0.89)) / 0.01² = 14,748.6
    expect(sampleSize({ mean: 0.1, mde: 0.1 })).to.equal(14_749);
    // Two means, σ = 1, δ = 0.1: 2 · 7.8489 / 0.01
    expect(sampleSize({ mean: 1, variance: 1, mde: 0.1 })).to.equal(1_570);
  });

  it('needs the same for a loss of a mean as for a gain', () => {
    const plan = { mean: 20, variance: 100 };
    expect(sampleSize({ ...plan, mde: -0.02 })).to.equal(sampleSize({ ...plan, mde: 0.02 }));
  });

  it('agrees with itself: size, power and smallest effect are one plan', () => {
    const mean = fc.double({ min: 0.01, max: 0.6, noNaN: true });
    const mde = fc.double({ min: 0.01, max: 0.5, noNaN: true });
    const wanted = fc.constantFrom(0.7, 0.8, 0.95);
    const alpha = fc.constantFrom(0.01, 0.05);
    const variance = fc.constantFrom(undefined, 0.5, 3);
    fc.assert(
      fc.property(mean, mde, wanted, alpha, variance, (m, effect, p, a, v) => {
        const errors = { power: p, alpha: a };
        const perVariant = sampleSize({ mean: m, variance: v, mde: effect }, errors);
        const reached = (n: number): number =>
          power({ mean: m, variance: v, mde: effect, perVariant: n }, errors);
        expect(reached(perVariant)).to.be.at.least(p - 1e-9);
        // The formula leaves out the chance to reject on the wrong side, which is next to none.
        if (perVariant > 1) expect(reached(perVariant - 1)).to.be.below(p + 1e-3);
        const smallest = minimumDetectableEffect({ mean: m, variance: v, perVariant }, errors)!;
        expect(smallest).to.be.at.most(effect * (1 + 1e-9));
        expect(sampleSize({ mean: m, variance: v, mde: smallest }, errors)).to.be.at.most(
          perVariant,
        );
      }),
      { numRuns: 200 },
    );
  });

  it('takes a rate whose largest effect rounds to a hair above 1', () => {
    const effect = minimumDetectableEffect({ mean: 0.01000000000000001, perVariant: 9e6 });
    expect(effect).to.be.within(0.001, 0.02);
  });

  it('has no smallest effect where even a rate of 1 is too close', () => {
    expect(minimumDetectableEffect({ mean: 0.9, perVariant: 10 })).to.equal(null);
  });

  it('has the false-positive rate as its power for no effect', () => {
    expect(power({ mean: 0.1, mde: 1e-12, perVariant: 1_000 })).to.be.closeTo(0.05, 1e-6);
  });

  it('says what is wrong with a plan', () => {
    expect(() => sampleSize({ mean: 0.1, mde: 0 })).to.throw(StatisticsError, /must not be 0/);
    expect(() => sampleSize({ mean: 1.2, mde: 0.1 })).to.throw(
      /A rate must be between 0 and 1; got 1.2/,
    );
    expect(() => sampleSize({ mean: 0.9, mde: 0.5 })).to.throw(/within 0 and 1/);
    expect(() => sampleSize({ mean: 0, variance: 1, mde: 0.1 })).to.throw(/other than 0/);
    expect(() => sampleSize({ mean: 0.1, mde: 0.1 }, { power: 1 })).to.throw(/power/);
    expect(() => power({ mean: 0.1, mde: 0.1, perVariant: 0 })).to.throw(/Units per variant/);
    const error = new StatisticsError('x');
    expect(error.code).to.equal('invalid-argument');
  });
});

describe('planning other designs', () => {
  const target = { mean: 0.1, mde: 0.1 };
  const fixed = sampleSize(target);

  it('needs more units, the more looks are allowed', () => {
    const grouped = sampleSize(target, { design: 'group-sequential', looks: 20 });
    const open = sampleSize(target, { design: 'sequential' });
    // Published inflation of O’Brien–Fleming looks: a few percent (Jennison & Turnbull, 2000).
    expect(grouped / fixed).to.be.within(1.01, 1.09);
    expect(open / fixed).to.be.within(1.7, 2.6);
    const quadratic = sampleSize(target, { design: 'group-sequential', spending: 'quadratic' });
    expect(quadratic).to.be.above(grouped);
  });

  it('needs more units against a sceptical prior, and as many with a wide one', () => {
    const wide = sampleSize(target, { design: 'bayesian', priorSd: 100 });
    expect(wide).to.be.closeTo(fixed, 2);
    expect(sampleSize(target, { design: 'bayesian' })).to.be.above(wide);
  });

  it('agrees with itself in every design', () => {
    for (const design of ['sequential', 'group-sequential', 'bayesian'] as const) {
      const perVariant = sampleSize(target, { design });
      expect(power({ ...target, perVariant }, { design })).to.be.within(0.8, 0.8005);
      expect(power({ ...target, perVariant: perVariant - 1 }, { design })).to.be.below(0.8);
      const smallest = minimumDetectableEffect({ mean: 0.1, perVariant }, { design });
      expect(smallest).to.be.closeTo(0.1, 1e-4);
    }
  });

  it('says that a sequential effect cannot be found, not a number', () => {
    expect(() =>
      sampleSize({ mean: 1, variance: 1, mde: 1e-9 }, { design: 'sequential' }),
    ).to.throw(/large enough to be found/);
  });

  it('plans non-inferiority one-sided', () => {
    // (1.64485 + 0.84162)² · 2 · 0.1·0.9 / (0.05·0.1)²
    const size = sampleSize({ mean: 0.1, margin: 0.05 });
    expect(size).to.equal(44_515);
    expect(power({ mean: 0.1, margin: 0.05, perVariant: size })).to.be.closeTo(0.8, 1e-4);
    // A lift that is expected makes it easier, a loss harder.
    expect(sampleSize({ mean: 0.1, margin: 0.05, mde: 0.02 })).to.be.below(size);
    const hopeless = power({ mean: 0.1, margin: 0.05, mde: -0.05, perVariant: 1e6 });
    expect(hopeless).to.be.closeTo(0.05, 1e-9);
    expect(() => sampleSize({ mean: 0.1, margin: 0 })).to.throw(/margin/);
    expect(() => sampleSize({ mean: 0.1, margin: 0.1 }, { design: 'bayesian' })).to.throw(/fixed/);
  });

  it('needs fewer units with a covariate', () => {
    const adjusted = sampleSize({ ...target, explained: 0.4 });
    expect(adjusted / fixed).to.be.closeTo(0.6, 1e-3);
  });

  it('counts the days of all variants', () => {
    expect(duration(target, { unitsPerDay: 2_000 })).to.equal(Math.ceil((2 * fixed) / 2_000));
    expect(duration(target, { unitsPerDay: 2_000, variants: 3, ratio: 0.5 })).to.equal(
      Math.ceil((2 * sampleSize(target, { ratio: 0.5 })) / 2_000),
    );
    expect(() => duration(target, { unitsPerDay: 0 })).to.throw(/Units a day/);
  });

  it('gives the control of k comparisons √k', () => {
    const [control, one, ...rest] = optimalAllocation([1, 1, 1, 1, 1]);
    expect(control! / one!).to.be.closeTo(2, 1e-12);
    expect(rest).to.have.length(3);
    expect(optimalAllocation([1, 3])).to.deep.equal([0.25, 0.75]);
    expect(() => optimalAllocation([1])).to.throw(/two arms/);
    expect(() => optimalAllocation([1, 0])).to.throw(/above 0/);
  });

  it('tells halfway how it will probably end', () => {
    // Nothing so far, and the effect that was planned for 80 %: B = 0, the rest brings half of it.
    const drift = 1.959963984540054 + 0.8416212335729143;
    const expected = normal.sf((1.959963984540054 - drift / 2) / Math.sqrt(0.5));
    const wrong = normal.cdf((-1.959963984540054 - drift / 2) / Math.sqrt(0.5));
    expect(conditionalPower(0, 0.5, { drift })).to.be.closeTo(expected + wrong, 1e-12);
    expect(conditionalPower(2.5, 1)).to.equal(1);
    expect(conditionalPower(1.5, 1)).to.equal(0);
    expect(() => conditionalPower(1, 0)).to.throw(/fraction/i);
  });
});

describe('Benjamini & Hochberg', () => {
  it('adjusts from the largest down', () => {
    const adjusted = benjaminiHochberg([0.01, 0.04, 0.03, 0.5]);
    [0.04, 0.16 / 3, 0.16 / 3, 0.5].forEach((p, i) => expect(adjusted[i]).to.be.closeTo(p, 1e-15));
    expect(benjaminiHochberg([null, 0.9, null])).to.deep.equal([null, 0.9, null]);
    expect(() => benjaminiHochberg([2])).to.throw(/between 0 and 1/);
  });

  it('is never stricter than Holm', () => {
    const p = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(p, { minLength: 1, maxLength: 8 }), (pValues) => {
        const strict = holm(pValues);
        benjaminiHochberg(pValues).forEach((adjusted, i) => {
          expect(adjusted).to.be.within(pValues[i]!, strict[i]! + 1e-15);
        });
      }),
    );
  });
});

describe('holm', () => {
  it('adjusts step by step and keeps the order', () => {
    expect(holm([0.01, 0.04, 0.03])).to.deep.equal([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.9])).to.deep.equal([1, 1]);
    expect(holm([])).to.deep.equal([]);
  });

  it('leaves out what is not computable', () => {
    expect(holm([null, 0.02, null, 0.03])).to.deep.equal([null, 0.04, null, 0.04]);
  });

  it('lies between the p-value itself and Bonferroni’s', () => {
    const p = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(p, { minLength: 1, maxLength: 8 }), (pValues) => {
        holm(pValues).forEach((adjusted, i) => {
          expect(adjusted).to.be.within(
            pValues[i]!,
            Math.min(1, pValues[i]! * pValues.length) + 1e-15,
          );
        });
      }),
    );
  });
});
