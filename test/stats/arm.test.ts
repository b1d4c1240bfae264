import { expect } from 'chai';
import fc from 'fast-check';
import {
  addValue,
  arm,
  changeValue,
  emptyArm,
  merge,
  ratioArm,
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
    expect(() => arm({ n: -1, sum: 0, sumSquares: 0 })).to.throw(/n ≥ 0 units and m2 ≥ 0; got -1/);
    expect(() => arm({ n: 1, sum: NaN, sumSquares: 0 })).to.throw(/finite numbers/);
    expect(() => addValue(emptyArm, Infinity)).to.throw(/finite numbers/);
  });

  const unit = fc.record({ value, covariate: value, denominator: value });
  const units = fc.array(unit, { maxLength: 30 });

  it('carry a covariate and a denominator through any grouping', () => {
    fc.assert(
      fc.property(units, units, (a, b) => {
        const of = (data: typeof a): Arm => data.reduce<Arm>(addValue, emptyArm);
        const [all, merged] = [of([...a, ...b]), merge(of(a), of(b))];
        expectSame(merged, all);
        for (const which of ['covariate', 'denominator'] as const) {
          const [one, other] = [merged[which], all[which]];
          if (!one || !other) continue;
          expect(one.mean).to.be.closeTo(other.mean, 1e-9 * 1e6);
          expect(one.m2).to.be.closeTo(other.m2, 1e-9 * Math.max(1, other.m2));
          const scale = Math.sqrt(other.m2 * all.m2) + 1;
          expect(one.cross).to.be.closeTo(other.cross, 1e-6 * scale);
        }
      }),
    );
  });

  it('from plain sums with companions are those from the units', () => {
    const small = fc.integer({ min: -50, max: 50 });
    const whole = fc.record({ value: small, covariate: small, denominator: small });
    fc.assert(
      fc.property(fc.array(whole, { minLength: 1, maxLength: 30 }), (data) => {
        const total = (of: (u: (typeof data)[0]) => number): number =>
          data.reduce((sum, u) => sum + of(u), 0);
        const sums = (of: (u: (typeof data)[0]) => number) => ({
          sum: total(of),
          sumSquares: total((u) => of(u) ** 2),
          sumProducts: total((u) => of(u) * u.value),
        });
        const { sum, sumSquares } = sums((u) => u.value);
        const made = arm({
          n: data.length,
          sum,
          sumSquares,
          covariate: sums((u) => u.covariate),
          denominator: {
            ...sums((u) => u.denominator),
            sumCovariateProducts: total((u) => u.denominator * u.covariate),
          },
        });
        const added = data.reduce<Arm>(addValue, emptyArm);
        for (const which of ['covariate', 'denominator'] as const) {
          for (const member of ['mean', 'm2', 'cross'] as const) {
            expect(made[which]?.[member]).to.be.closeTo(added[which]![member], 1e-6);
          }
        }
        const { covariateCross } = made.denominator!;
        expect(covariateCross).to.be.closeTo(added.denominator!.covariateCross ?? 0, 1e-6);
      }),
    );
  });

  it('take a covariate that only some units have as 0 for the others', () => {
    const some = addValue(addValue(emptyArm, { value: 1, covariate: 4 }), 3);
    expect(some.covariate).to.deep.equal({ mean: 2, m2: 8, cross: -4 });
  });

  it('follow one unit’s total as events come in', () => {
    const change = fc.tuple(fc.nat({ max: 9 }), value);
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const totals = Array.from({ length: 10 }, () => 0);
        let followed = armOf(totals);
        for (const [at, amount] of changes) {
          const before = totals[at]!;
          totals[at] = before + amount;
          followed = changeValue(followed, before, totals[at]);
        }
        const afresh = armOf(totals);
        expect(followed.mean).to.be.closeTo(afresh.mean, 1e-6);
        expect(followed.m2).to.be.closeTo(afresh.m2, 1e-9 * Math.max(1e13, afresh.m2));
      }),
    );
    expect(() => changeValue(emptyArm, 0, 1)).to.throw(/Only y alone/);
  });

  it('of a ratio have the delta method’s variance', () => {
    // Clicks per view of four units, by hand: R = 10/40, values y − R·d over d̄.
    const data = [
      { value: 1, denominator: 8 },
      { value: 4, denominator: 12 },
      { value: 2, denominator: 10 },
      { value: 3, denominator: 10 },
    ];
    const ratio = ratioArm(data.reduce<Arm>(addValue, emptyArm))!;
    expect(ratio.mean).to.equal(0.25);
    const rests = data.map((u) => (u.value - 0.25 * u.denominator) / 10);
    expect(ratio.m2).to.be.closeTo(armOf(rests).m2, 1e-15);
    expect(ratioArm(armOf([1, 2]))).to.equal(null);
    expect(ratioArm(addValue(emptyArm, { value: 1, denominator: 0 }))).to.equal(null);
  });
});
