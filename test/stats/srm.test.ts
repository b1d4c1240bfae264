import { expect } from 'chai';
import fc from 'fast-check';
import { srm, srmOfPeriods } from '../../src/stats/index.js';
import { binomial, seeded } from './random.js';

describe('srm', () => {
  it('gives χ², its p-value and the sequential one', () => {
    const result = srm([50_500, 49_500], [0.5, 0.5])!;
    expect(result.chiSquare).to.be.closeTo(10, 1e-9);
    expect(result.df).to.equal(1);
    expect(result.pValue).to.be.closeTo(0.0015654022580025495, 1e-14);
    // Beta(500, 500) prior: BF = B(500 + a, 500 + b) / B(500, 500) · 2^n
    expect(result.sequentialPValue).to.be.closeTo(0.0711, 5e-4);
    expect(result.mismatch).to.equal(false);
  });

  it('calls a real mismatch, and no fair split', () => {
    expect(srm([52_000, 48_000], [0.5, 0.5])?.mismatch).to.equal(true);
    expect(srm([33_400, 33_300, 33_300], [1, 1, 1])?.mismatch).to.equal(false);
    expect(srm([9_000, 1_000], [0.9, 0.1])?.mismatch).to.equal(false);
    expect(srm([9_000, 1_000], [0.8, 0.2])?.mismatch).to.equal(true);
  });

  it('has nothing to say without units, or without two variants that get any', () => {
    expect(srm([0, 0], [0.5, 0.5])).to.equal(null);
    expect(srm([10, 0], [1, 0])).to.equal(null);
    expect(srm([], [])).to.equal(null);
  });

  it('counts units where there should be none', () => {
    expect(srm([500, 500, 3], [0.5, 0.5, 0])).to.include({ leaked: 3, df: 1, mismatch: false });
    expect(srm([500, 500], [0.5, 0.5])?.leaked).to.equal(0);
  });

  it('holds a bandit against the weights of each period', () => {
    const fair = [
      { counts: [1_000, 1_000], weights: [0.5, 0.5] },
      { counts: [9_000, 1_000], weights: [0.9, 0.1] },
    ];
    expect(srmOfPeriods(fair)?.mismatch).to.equal(false);
    expect(srm([10_000, 2_000], [0.5, 0.5])?.mismatch).to.equal(true);
    const off = srmOfPeriods([...fair, { counts: [8_600, 1_400], weights: [0.9, 0.1] }])!;
    expect(off.mismatch).to.equal(true);
    expect(off.df).to.equal(3);
    expect(srmOfPeriods([])).to.equal(null);
  });

  it('refuses what are no counts and weights', () => {
    expect(() => srm([1, 2], [1])).to.throw(/Each count needs a weight/);
    expect(() => srm([-1, 2], [1, 1])).to.throw(/from 0 to 2⁵³; got -1/);
    expect(() => srm([1, 2], [1, NaN])).to.throw(/from 0 to 2⁵³; got NaN/);
  });

  it('raises no false alarm when it is checked every day', () => {
    const random = seeded(3);
    const runs = 300;
    let alarms = 0;
    for (let run = 0; run < runs; run++) {
      let left = 0;
      for (let day = 1; day <= 28; day++) {
        left += binomial(400, 0.5, random);
        if (srm([left, 400 * day - left], [0.5, 0.5])?.mismatch) {
          alarms++;
          break;
        }
      }
    }
    expect(alarms).to.be.at.most(2);
  });

  it('does not mind the order of variants nor the scale of weights', () => {
    const count = fc.integer({ min: 0, max: 1e6 });
    const weight = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(count, count, weight, weight, (a, b, wa, wb) => {
        const one = srm([a, b], [wa, wb]);
        const other = srm([b, a], [wb / 7, wa / 7]);
        if (one === null || other === null) {
          expect(one).to.equal(other);
          return;
        }
        expect(one.pValue).to.be.within(0, 1);
        expect(one.sequentialPValue).to.be.within(0, 1);
        expect(other.chiSquare).to.be.closeTo(one.chiSquare, 1e-6 * (1 + one.chiSquare));
        expect(other.mismatch).to.equal(one.mismatch);
      }),
    );
  });
});
