import { expect } from 'chai';
import fc from 'fast-check';
import {
  arm,
  compare,
  groupSequentialBounds,
  groupSequentialPower,
  groupSequentialTest,
  informationTimes,
  sequentialMultiplier,
} from '../../src/stats/index.js';

const equal = (looks: number): number[] => Array.from({ length: looks }, (_, i) => (i + 1) / looks);

describe('group-sequential bounds', () => {
  it('are those of the literature', () => {
    // ldbounds (R) and Lan & DeMets, five equal looks, alpha 0.05 two-sided, O'Brien–Fleming type.
    [4.8769, 3.357, 2.6803, 2.2898, 2.031].forEach((published, i) => {
      expect(groupSequentialBounds(equal(5))[i]).to.be.closeTo(published, 1e-4);
    });
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
        const times = informationTimes(
          raw.map((step) => (sum += step)),
          1e-9,
        );
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

  it('count an overrun as the end', () => {
    expect(informationTimes([400, 900, 1_200], 1_000)).to.deep.equal([1 / 3, 0.75, 1]);
    expect(informationTimes([400], 1_000)).to.deep.equal([0.4]);
    expect(() => informationTimes([0], 0)).to.throw(/above 0/);
  });

  it('refuse times that do not ascend within (0, 1]', () => {
    expect(() => groupSequentialBounds([0.5, 0.5])).to.throw(/ascend/);
    expect(() => groupSequentialBounds([0, 1])).to.throw(/ascend/);
    expect(() => groupSequentialBounds([0.5, 1.2])).to.throw(/ascend/);
    expect(() => groupSequentialBounds([1], { alpha: 0 })).to.throw(/alpha/);
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
    expect(sequential.critical).to.be.below(sequentialMultiplier(20_000, 0.05));
  });
});
