import { expect } from 'chai';
import fc from 'fast-check';
import { bucketRanges, chooseVariation } from '../../src/experiments/index.js';
import { variantAt } from '../../src/experiments/ranges.js';

describe('bucket ranges', () => {
  it('follow the weights', () => {
    expect(bucketRanges(2, 1, [0.25, 0.75])).to.deep.equal([
      [0, 0.25],
      [0.25, 1],
    ]);
  });

  it('keep their starts when the coverage is less', () => {
    expect(bucketRanges(2, 0.5, [0.5, 0.5])).to.deep.equal([
      [0, 0.25],
      [0.5, 0.75],
    ]);
  });

  it('are equal when weights are missing, of another number, negative or do not sum to 1', () => {
    const equal = bucketRanges(2);
    expect(equal).to.deep.equal([
      [0, 0.5],
      [0.5, 1],
    ]);
    for (const weights of [[1], [0.4, 0.4], [1.5, -0.5], [NaN, 1]]) {
      expect(bucketRanges(2, 1, weights), String(weights)).to.deep.equal(equal);
    }
  });

  it('hold nobody where the coverage is no number', () => {
    expect(bucketRanges(2, NaN)).to.deep.equal([
      [0, 0],
      [0.5, 0.5],
    ]);
  });

  it('take a sum that is off by rounding', () => {
    expect(bucketRanges(3, 1, [0.33, 0.33, 0.33])[2]?.[1]).to.be.closeTo(0.99, 1e-12);
  });

  it('choose the range that holds the number: its start is in, its end is not', () => {
    const ranges = bucketRanges(2, 0.5, [0.5, 0.5]);
    expect([0, 0.24, 0.25, 0.5, 0.75, 0.99].map((n) => chooseVariation(n, ranges))).to.deep.equal([
      0, 0, -1, 1, -1, -1,
    ]);
  });

  it('never move a unit to another variant when the coverage rises', () => {
    const weights = fc
      .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 })
      .map((parts) => parts.map((part) => part / parts.reduce((a, b) => a + b, 0)));
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(weights, share, share, share, (parts, a, b, n) => {
        const less = chooseVariation(n, bucketRanges(parts.length, Math.min(a, b), parts));
        const more = chooseVariation(n, bucketRanges(parts.length, Math.max(a, b), parts));
        if (less >= 0) expect(more).to.equal(less);
      }),
    );
  });

  it('are those that `decide` chooses by, which makes no list of them', () => {
    const double = (min: number, max: number) => fc.double({ min, max });
    const weights = fc.oneof(
      fc.array(double(-1, 1), { maxLength: 5 }),
      fc.constantFrom([0.5, 0.5], [0.2, 0.8], [0, 1], [0.33, 0.33, 0.33], [0.505, 0.505]),
    );
    fc.assert(
      fc.property(weights, double(-1, 2), double(0, 1), (given, coverage, n) => {
        const variants = given.map((weight) => ({ weight }));
        const ranges = bucketRanges(given.length, coverage, given);
        for (const at of [n, ...ranges.flat()])
          expect(variantAt(at, coverage, variants)).to.equal(chooseVariation(at, ranges));
      }),
      { numRuns: 500 },
    );
  });
});
