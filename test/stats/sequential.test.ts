import { expect } from 'chai';
import fc from 'fast-check';
import {
  arm,
  compare,
  groupSequentialBounds,
  groupSequentialPower,
  groupSequentialTest,
  normal,
  sequentialMultiplier,
  studentT,
} from '../../src/stats/index.js';

const equal = (looks: number): number[] => Array.from({ length: looks }, (_, i) => (i + 1) / looks);

describe('p-values of planned looks', () => {
  it('are plain ones at a single look', () => {
    const { pValue } = groupSequentialTest([1]);
    for (const z of [0, 0.1, 0.5, 1.2, 2.2, 3, 5, 7]) {
      expect(pValue(z) / (2 * normal.sf(z))).to.be.closeTo(1, 1e-9);
      expect(pValue(-z)).to.equal(pValue(z));
    }
  });

  it('are exact where Holm reads them', () => {
    const times = [0.21, 0.4, 0.55, 0.8, 1];
    const { pValue } = groupSequentialTest(times, { family: 3 });
    for (const alpha of [0.05, 0.05 / 2, 0.05 / 3]) {
      const bound = groupSequentialBounds(times, { alpha }).at(-1)!;
      expect(pValue(bound) / alpha).to.be.closeTo(1, 1e-9);
      expect(pValue(bound + 1e-6)).to.be.below(alpha);
      expect(pValue(bound - 1e-6)).to.be.above(alpha);
    }
  });

  it('are right to a hundredth elsewhere, also with many looks', () => {
    const times = equal(30);
    const { pValue } = groupSequentialTest(times);
    for (const alpha of [0.3, 0.0278, 0.005]) {
      const bound = groupSequentialBounds(times, { alpha }).at(-1)!;
      expect(pValue(bound) / alpha).to.be.closeTo(1, 0.01);
    }
  });

  it('fall with the effect, and are of numbers', () => {
    for (const times of [[0.03], [0.3, 0.6], [0.5, 1.3]]) {
      const { pValue } = groupSequentialTest(times, { family: 2 });
      let last = 1;
      for (let z = 0; z < 12; z += 0.05) {
        expect(pValue(z)).to.be.within(0, last);
        last = pValue(z);
      }
    }
    expect(() => groupSequentialTest([0.2, 1]).pValue(NaN)).to.throw(/must be a number; got NaN/);
  });
});

describe('group-sequential bounds', () => {
  it('are those of the literature', () => {
    // Two-sided 0.05, O'Brien–Fleming type: Lan & DeMets (1983), ldbounds and gsDesign (R).
    for (const published of [
      [2.9626, 1.9686],
      [3.7103, 2.5114, 1.993],
      [4.3326, 2.9631, 2.359, 2.0141],
      [4.8769, 3.357, 2.6803, 2.2898, 2.031],
    ]) {
      const bounds = groupSequentialBounds(equal(published.length));
      published.forEach((bound, i) => expect(bounds[i]).to.be.closeTo(bound, 6e-5));
    }
  });

  it('are those of another integration at uneven looks and other errors', () => {
    // Gauss–Legendre with 600 nodes a look, in Python with scipy.
    const cases: [number[], number, 'obrien-fleming' | 'quadratic', number[]][] = [
      [[0.1, 0.25, 0.6, 0.95], 0.05, 'obrien-fleming', [6.991352, 4.332634, 2.668869, 2.048162]],
      [[0.05, 0.5, 0.52, 1], 0.05, 'obrien-fleming', [8, 2.962588, 2.972079, 1.970871]],
      [equal(5), 0.01, 'obrien-fleming', [6.168001, 4.286717, 3.443575, 2.94698, 2.615311]],
      [equal(3), 0.1, 'obrien-fleming', [3.200102, 2.140815, 1.694812]],
      [equal(5), 0.05, 'quadratic', [3.090232, 2.714112, 2.472777, 2.279863, 2.114027]],
      [[0.05, 0.5, 0.52, 1], 0.05, 'quadratic', [3.836107, 2.500905, 2.615603, 2.024345]],
      [[0.1, 0.25, 0.6, 0.95], 0.01, 'quadratic', [3.890592, 3.46064, 2.956995, 2.708964]],
      // An overrun: the looks before it have spent what they had.
      [
        [0.24, 0.48, 0.72, 0.96, 1.2],
        0.05,
        'obrien-fleming',
        [4.42795, 3.032201, 2.415245, 2.062297, 2.307685],
      ],
      [[0.5, 1.1], 0.05, 'obrien-fleming', [2.962588, 1.970175]],
    ];
    for (const [times, alpha, spending, wanted] of cases) {
      const bounds = groupSequentialBounds(times, { alpha, spending });
      wanted.forEach((bound, i) => expect(bounds[i]).to.be.closeTo(bound, 1e-5));
    }
  });

  it('are the fixed test’s with one look', () => {
    expect(groupSequentialBounds([1])[0]).to.be.closeTo(1.959963984540054, 1e-10);
    expect(groupSequentialBounds([1], { alpha: 0.01 })[0]).to.be.closeTo(2.5758293035489, 1e-10);
  });

  it('spend exactly alpha, however the looks lie', () => {
    const steps = fc.array(fc.double({ min: 0.02, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 12,
    });
    const spending = fc.constantFrom('obrien-fleming' as const, 'quadratic' as const);
    fc.assert(
      fc.property(steps, fc.constantFrom(0.01, 0.05, 0.2), spending, (raw, alpha, kind) => {
        let sum = 0;
        const times = raw.map((step) => (sum += step));
        for (let i = 0; i < times.length; i++) times[i]! /= sum;
        const bounds = groupSequentialBounds(times, { alpha, spending: kind });
        const spent = groupSequentialPower(times, bounds, 0).at(-1)!;
        expect(spent).to.be.closeTo(alpha, 1e-8);
        for (const bound of bounds) expect(bound).to.be.within(1, 8);
      }),
      { numRuns: 30 },
    );
  });

  it('cost a design of 80 % power two points of it at 20 looks', () => {
    const times = equal(20);
    const drift = 1.959963984540054 + 0.8416212335729143;
    const reached = groupSequentialPower(times, groupSequentialBounds(times), drift).at(-1);
    expect(reached).to.be.within(0.775, 0.79);
  });

  it('have nothing to spend after an overrun, and spend no more than alpha with it', () => {
    const times = [0.3, 0.6, 0.9, 1.1, 1.2, 1.5];
    const bounds = groupSequentialBounds(times);
    expect(bounds.slice(4)).to.deep.equal([8, 8]);
    expect(groupSequentialPower(times, bounds, 0).at(-1)).to.be.closeTo(0.05, 1e-9);
  });

  it('have spent what their time allows where the last look is early', () => {
    const times = [0.4, 0.8];
    const spent = groupSequentialPower(times, groupSequentialBounds(times), 0).at(-1);
    expect(spent).to.be.closeTo(4 * normal.sf(-normal.quantile(0.0125) / Math.sqrt(0.8)), 1e-9);
  });

  it('refuse times that do not ascend from above 0, in steps that can be told apart', () => {
    for (const times of [
      [0.5, 0.5],
      [0, 1],
      [-1, 1],
      [0.5, 0.5001, 1],
      [NaN],
      [0.5, Infinity],
      [1e15, 1e15 + 1],
    ]) {
      expect(() => groupSequentialBounds(times)).to.throw(/ascend/);
    }
    expect(() => groupSequentialBounds([1], { alpha: 0 })).to.throw(/alpha/);
    expect(() => groupSequentialTest([])).to.throw(/look/);
    expect(() => groupSequentialPower([1], [2], NaN)).to.throw(/drift/);
    expect(() => groupSequentialPower([1], [NaN], 1)).to.throw(/bound/);
  });
});

describe('a group-sequential test', () => {
  it('calls by its bound, and by its p-value the same', () => {
    const test = groupSequentialTest(equal(6));
    expect(test.pValue(test.critical)).to.be.closeTo(0.05, 1e-12);
    const z = fc.double({ min: -12, max: 12, noNaN: true });
    fc.assert(
      fc.property(z, (at) => {
        const p = test.pValue(at);
        expect(p).to.be.within(0, 1);
        expect(p < 0.05).to.equal(at * at > test.critical ** 2);
        expect(test.pValue(Math.abs(at) + 0.1)).to.be.at.most(p);
      }),
    );
  });

  it('has the p-value whose bound the effect is', () => {
    const times = equal(8);
    const test = groupSequentialTest(times);
    for (const alpha of [0.3, 0.025, 0.0167, 0.002, 1e-4]) {
      const z = groupSequentialBounds(times, { alpha }).at(-1)!;
      expect(test.pValue(z) / alpha).to.be.within(0.97, 1.03);
    }
  });

  it('replaces the confidence sequence of a comparison', () => {
    const mk = (n: number, sum: number) => arm({ n, sum, sumSquares: sum });
    const sequential = groupSequentialTest([0.25, 0.5, 0.75, 1]);
    const result = compare(mk(10_000, 1_000), mk(10_000, 1_090), { sequential });
    const { standardError, difference } = result;
    expect(result.sequential.interval![0]).to.be.closeTo(
      difference! - sequential.critical * standardError!,
      1e-15,
    );
    expect(result.df).to.be.above(1e4);
    expect(sequential.critical).to.be.below(sequentialMultiplier(20_000, 0.05));
  });

  it('has Student’s tails with few units, in its interval and its p-value alike', () => {
    const sequential = groupSequentialTest([0.5, 1]);
    const [n, m2] = [12, 11];
    const at = (mean: number) => compare({ n, mean: 0, m2 }, { n, mean, m2 }, { sequential });
    const edge = studentT(22).quantile(normal.cdf(sequential.critical)) * Math.sqrt(2 / n);
    expect(edge / Math.sqrt(2 / n)).to.be.above(sequential.critical + 0.1);
    for (const [effect, called] of [
      [edge - 1e-9, false],
      [edge + 1e-9, true],
    ] as const) {
      const { pValue, interval } = at(effect).sequential;
      expect(interval![0] > 0).to.equal(called);
      expect(pValue! < 0.05).to.equal(called);
    }
    expect(at(1e9).sequential.pValue).to.be.within(0, 1e-8);
  });
});
