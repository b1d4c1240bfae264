import { expect } from 'chai';
import fc from 'fast-check';
import {
  addValue,
  arm,
  emptyArm,
  merge,
  sumOf,
  varianceOf,
  type Arm,
} from '../../src/stats/index.js';

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const values = fc.array(value, { maxLength: 50 });

function armOf(data: readonly number[]): Arm {
  return data.reduce(addValue, emptyArm);
}

function expectSame(actual: Arm, expected: Arm): void {
  expect(actual.n).to.equal(expected.n);
  const scale = Math.max(1, Math.abs(expected.mean), Math.sqrt(expected.m2));
  expect(actual.mean).to.be.closeTo(expected.mean, 1e-9 * scale);
  expect(actual.m2).to.be.closeTo(expected.m2, 1e-9 * Math.max(1, expected.m2));
}

describe('arms', () => {
  it('merge to what a recomputation from all values gives, in any grouping', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const all = armOf([...a, ...b, ...c]);
        expectSame(merge(merge(armOf(a), armOf(b)), armOf(c)), all);
        expectSame(merge(armOf(a), merge(armOf(c), armOf(b))), all);
      }),
    );
  });

  it('from sums are those from values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 50 }), (data) => {
        const sum = data.reduce((s, y) => s + y, 0);
        const sumSquares = data.reduce((s, y) => s + y * y, 0);
        expectSame(arm({ n: data.length, sum, sumSquares }), armOf(data));
      }),
    );
  });

  it('give mean, sum and the unbiased variance', () => {
    const made = armOf([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(made.mean).to.equal(5);
    expect(sumOf(made)).to.equal(40);
    expect(varianceOf(made)).to.be.closeTo(32 / 7, 1e-12);
    expect(varianceOf(armOf([3]))).to.equal(null);
    expect(merge(emptyArm, emptyArm)).to.deep.equal(emptyArm);
  });

  it('keep their digits where values are large against their spread', () => {
    const offset = 1e9;
    const made = armOf([offset + 4, offset + 7, offset + 13, offset + 16]);
    expect(varianceOf(made)).to.equal(30);
  });

  it('refuse what is no number, and say so', () => {
    expect(() => arm({ n: -1, sum: 0, sumSquares: 0 })).to.throw(/n ≥ 0 units; got -1/);
    expect(() => arm({ n: 1, sum: NaN, sumSquares: 0 })).to.throw(/finite sum/);
    expect(() => addValue(emptyArm, Infinity)).to.throw(/finite number; got Infinity/);
  });
});
