import { expect } from 'chai';
import fc from 'fast-check';
import {
  holm,
  minimumDetectableEffect,
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
    expect(() => power({ mean: 0.1, mde: 0.1, perVariant: 0 })).to.throw(/needs units/);
    const error = new StatisticsError('x');
    expect(error.code).to.equal('invalid-argument');
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
