import { expect } from 'chai';
import fc from 'fast-check';
import { addValue, compare, emptyArm, quantileArm, winsorize } from '../../src/stats/index.js';
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

  it('compare like any other arm', () => {
    const fast = Array.from({ length: 500 }, (_, i) => i % 100);
    const slow = fast.map((x) => x * 1.5);
    const { lift, pValue } = compare(quantileArm(fast, 0.9), quantileArm(slow, 0.9));
    expect(lift).to.be.closeTo(0.5, 1e-12);
    expect(pValue).to.be.below(1e-6);
    expect(addValue(emptyArm, 2).mean).to.equal(2);
  });
});
