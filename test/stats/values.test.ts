import { expect } from 'chai';
import fc from 'fast-check';
import {
  addValue,
  compare,
  emptyArm,
  quantileArm,
  UNKNOWN_SPREAD,
  varianceOf,
  winsorize,
} from '../../src/stats/index.js';
import { seeded } from './random.js';

describe('winsorising', () => {
  it('sets what lies beyond an absolute cap to it', () => {
    expect(winsorize([[1, 20], [7]], { cap: 10 })).to.deep.equal([[1, 10], [7]]);
  });

  it('takes one percentile of all variants’ values together', () => {
    const groups = [
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 90],
    ];
    expect(winsorize(groups, { percentile: 0.5 })).to.deep.equal([
      [0, 1, 2, 3, 4],
      [4.5, 4.5, 4.5, 4.5, 4.5],
    ]);
    const paying = winsorize(
      [
        [0, 0, 0, 10],
        [20, 30],
      ],
      { percentile: 0.5, ignoreZeros: true },
    );
    expect(paying).to.deep.equal([
      [0, 0, 0, 10],
      [20, 20],
    ]);
    expect(winsorize([[], []], { percentile: 0.9 })).to.deep.equal([[], []]);
  });

  it('takes exactly one cap, and numbers', () => {
    expect(() => winsorize([[1]], {})).to.throw(/one cap/);
    expect(() => winsorize([[1]], { cap: 1, percentile: 0.5 })).to.throw(/one cap/);
    expect(() => winsorize([[1]], { percentile: 95 })).to.throw(/between 0 and 1; got 95/);
    expect(() => winsorize([[]], { percentile: 1.5 })).to.throw(/between 0 and 1; got 1.5/);
    expect(() => winsorize([[NaN]], { percentile: 0.5 })).to.throw(/finite number/);
  });
});

describe('quantiles as arms', () => {
  it('have the quantile as their mean and no spread without values', () => {
    expect(quantileArm([3, 1, 2], 0.5).mean).to.equal(2);
    expect(quantileArm([], 0.9)).to.deep.equal(emptyArm);
    expect(() => quantileArm([1], 1)).to.throw(/between 0 and 1/);
  });

  it('are the same from values and from how many units have each', () => {
    const some = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.nat({ max: 5 })));
    fc.assert(
      fc.property(some, fc.constantFrom(0.1, 0.5, 0.9), (groups, p) => {
        const each = groups.flatMap(([value, count]) => Array<number>(count).fill(value));
        const values = groups.map(([value]) => value);
        const counts = groups.map(([, count]) => count);
        expect(quantileArm(values, p, counts)).to.deep.equal(quantileArm(each, p));
      }),
    );
    expect(() => quantileArm([1], 0.5, [1.5])).to.throw(/counted; got 1.5/);
    expect(() => quantileArm([5, 6], 0.5, [1])).to.throw(/needs its units; got 1/);
  });

  it('cover the true difference of quantiles about as often as they say', () => {
    const random = seeded(99);
    const exponential = (): number => -Math.log(1 - random());
    const draw = (n: number): number[] => Array.from({ length: n }, exponential);
    const runs = 600;
    let missed = 0;
    for (let run = 0; run < runs; run++) {
      const { interval } = compare(quantileArm(draw(400), 0.9), quantileArm(draw(400), 0.9));
      if (interval![0] > 0 || interval![1] < 0) missed++;
    }
    expect(missed / runs).to.be.within(0.025, 0.075);
  });

  it('are called no oftener than that where many units have the same value', () => {
    const random = seeded(7);
    // Counts of which half are 2 or less, so that the plain median is 2 or 3 by chance.
    const count = (): number => {
      let [of, chance] = [0, Math.exp(-2.674)];
      for (let rest = random() - chance; rest > 0; rest -= chance) chance *= 2.674 / ++of;
      return of;
    };
    const price = (): number => {
      const share = random();
      return share < 0.5 ? 9 : share < 0.8 ? 19 : 49;
    };
    for (const value of [count, price]) {
      const draw = () => quantileArm(Array.from({ length: 1_000 }, value), 0.5);
      let called = 0;
      for (let run = 0; run < 300; run++) {
        if (compare(draw(), draw()).pValue! < 0.05) called++;
      }
      expect(called / 300).to.be.below(0.09);
    }
  });

  it('lie between equal values as their shares do', () => {
    // Half of the 9s are below 9: 9 lies at 25 %, 19 at 65 %.
    expect(quantileArm([9, 19, 49], 0.5, [500, 300, 200]).mean).to.be.closeTo(15.25, 1e-12);
    expect(quantileArm([9, 19, 49], 0.5, [500, 400, 100]).mean).to.be.above(14.5);
    // p(1 − p)/n holds for the share below; here 9 counts (1 + λ)/2 and 19 λ/2, λ being 0.625.
    const share = 0.5 * 0.8125 ** 2 + 0.3 * 0.3125 ** 2 - 0.25;
    const { n, m2 } = quantileArm([9, 19, 49], 0.5, [500, 300, 200]);
    expect(Math.sqrt(m2 / (n - 1) / n)).to.be.closeTo(25 * Math.sqrt(share / 1_000), 1e-9);
  });

  it('have no spread to tell too near an end, and beside a mass in a spread of others', () => {
    const some = Array.from({ length: 2_000 }, (_, i) => Math.exp((i - 1_000) / 300));
    const few = quantileArm(some, 0.999);
    const half = quantileArm([...some, ...Array<number>(2_000).fill(0)], 0.5);
    for (const arm of [few, half]) {
      expect(arm.m2).to.equal(UNKNOWN_SPREAD);
      expect(varianceOf(arm)).to.equal(null);
      const { reason, pValue, interval, difference } = compare(arm, quantileArm(some, 0.9));
      expect([reason, pValue, interval]).to.deep.equal(['unknown-spread', null, null]);
      expect(difference).to.be.a('number');
    }
    // Where most of the largest are the same, such as at a cap, that is the end.
    const capped = some.map((value) => Math.min(value, 10));
    expect(compare(quantileArm(capped, 0.95), quantileArm(some, 0.9)).reason).to.equal(null);
  });

  it('compare like any other arm', () => {
    const fast = Array.from({ length: 500 }, (_, i) => i % 100);
    const slow = fast.map((x) => x * 1.5);
    const { lift, pValue } = compare(quantileArm(fast, 0.9), quantileArm(slow, 0.9));
    expect(lift).to.be.closeTo(0.5, 1e-12);
    expect(pValue).to.be.below(1e-6);
    expect(addValue(emptyArm, 2).mean).to.equal(2);
  });
});
