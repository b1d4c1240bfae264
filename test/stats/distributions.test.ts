import { expect } from 'chai';
import fc from 'fast-check';
import {
  beta,
  chiSquare,
  gamma,
  normal,
  studentT,
  type Distribution,
} from '../../src/stats/index.js';
import * as golden from './golden.js';

/** Below this a double has no full precision to compare. */
const SMALLEST = 1e-300;

function expectClose(actual: number, expected: number, what: string, tolerance = 1e-12): void {
  if (Math.abs(expected) < SMALLEST) {
    expect(actual, what).to.be.within(0, 2 * SMALLEST);
  } else {
    expect(Math.abs(actual / expected - 1), `${what}: ${actual} for ${expected}`).to.be.below(
      tolerance,
    );
  }
}

const families: [string, golden.Golden, (...shape: number[]) => Distribution][] = [
  ['normal', golden.normal, () => normal],
  ['studentT', golden.studentT, (df = NaN) => studentT(df)],
  ['chiSquare', golden.chiSquare, (df = NaN) => chiSquare(df)],
  ['beta', golden.beta, (a = NaN, b = NaN) => beta(a, b)],
  ['gamma', golden.chiSquare, (df = NaN) => gamma(df / 2, 0.5)],
];

describe('distributions', () => {
  for (const [name, rows, make] of families) {
    it(`${name}: density and both tails are right to 1e-12, down to 1e-300`, () => {
      for (const row of rows) {
        const [x = NaN, pdf = NaN, cdf = NaN, sf = NaN] = row.slice(-4);
        const shape = row.slice(0, -4);
        const distribution = make(...shape);
        const at = `${name}(${shape.join()}) at ${x}`;
        expectClose(distribution.pdf(x), pdf, `pdf of ${at}`);
        expectClose(distribution.cdf(x), cdf, `cdf of ${at}`);
        expectClose(distribution.sf(x), sf, `sf of ${at}`);
      }
    });

    it(`${name}: the quantile of a lower tail is where that tail is`, () => {
      for (const row of rows) {
        const [x = NaN, , cdf = NaN, sf = NaN] = row.slice(-4);
        const shape = row.slice(0, -4);
        const distribution = make(...shape);
        const symmetric = name === 'normal' || name === 'studentT';
        const [p, expected] = symmetric ? [sf, -x] : [cdf, x];
        // Near ½ a double cannot hold p finely enough to give x back.
        if (p < SMALLEST || p > 0.499) continue;
        expectClose(
          distribution.quantile(p),
          expected,
          `quantile(${p}) of ${name}(${shape.join()})`,
        );
      }
    });
  }

  it('are right at extreme shapes too: from 1e-3 to 1e9, down to 1e-300', () => {
    const make = { studentT, chiSquare, beta, gamma };
    for (const [name, shape, x = NaN, ...expected] of golden.extremes) {
      const [first = NaN, second = NaN] = shape;
      const { pdf, cdf, sf } = make[name](first, second);
      [pdf, cdf, sf].forEach((of, i) => {
        expectClose(
          of(x),
          expected[i]!,
          `${['pdf', 'cdf', 'sf'][i]} of ${name}(${shape.join()}) at ${x}`,
        );
      });
    }
  });

  it('are symmetric where they should be', () => {
    for (const distribution of [normal, studentT(3), studentT(250.5)]) {
      expect(distribution.quantile(0.5)).to.equal(0);
      for (const x of [0.2, 1.7, 9]) {
        expect(distribution.cdf(-x)).to.equal(distribution.sf(x));
        expect(distribution.pdf(-x)).to.equal(distribution.pdf(x));
      }
    }
  });

  it('know their ends', () => {
    expect(normal.cdf(-Infinity)).to.equal(0);
    expect(normal.sf(Infinity)).to.equal(0);
    expect(normal.quantile(0)).to.equal(-Infinity);
    expect(normal.quantile(1)).to.equal(Infinity);
    expect(studentT(Infinity).sf(2)).to.equal(normal.sf(2));
    expect(studentT(2).sf(1e200)).to.be.within(0, 1e-300);
    expect(studentT(1e-3).quantile(0)).to.equal(-Infinity);
    expect(studentT(1e-3).pdf(Infinity)).to.equal(0);
    expect(chiSquare(2).cdf(-1)).to.equal(0);
    expect(chiSquare(2).quantile(0)).to.equal(0);
    expect(chiSquare(2).pdf(0)).to.equal(0.5);
    expect(beta(1, 3).pdf(0)).to.equal(3);
    expect(beta(2, 2).cdf(1)).to.equal(1);
    expect(beta(2, 2).quantile(1)).to.equal(1);
  });

  it('keep their digits next to zero, where the lower tail is a power of x', () => {
    // I_x(a, b) → xᵃ / (a B(a, b)), P(a, x) → xᵃ / Γ(a + 1)
    for (const x of [1e-300, 1e-200, 5.1e-108, 1e-40]) {
      expectClose(beta(0.5, 0.5).cdf(x), (2 / Math.PI) * Math.sqrt(x), `beta at ${x}`);
      expectClose(beta(2, 5).cdf(x), 15 * x * x, `beta at ${x}`);
      expectClose(gamma(1, 3).cdf(x), 3 * x, `gamma at ${x}`);
      expectClose(gamma(0.5, 1).cdf(x), 2 * Math.sqrt(x / Math.PI), `gamma at ${x}`);
    }
    expect(gamma(0.1).cdf(2e-318)).to.be.within(1.7e-32, 1.9e-32);
  });

  it('scale with their rate', () => {
    expect(gamma(3, 2).quantile(0.3)).to.be.closeTo(gamma(3).quantile(0.3) / 2, 1e-14);
    expect(gamma(3, 2).pdf(1)).to.be.closeTo(2 * gamma(3).pdf(2), 1e-14);
    expect(gamma(1, 2).pdf(0)).to.equal(2);
  });

  it('have the same quantile by series and by search (Student’s t)', () => {
    for (const df of [100, 173.5, 400, 1e4, 1e8]) {
      for (const p of [1e-8, 1e-4, 0.005, 0.025, 0.2, 0.45]) {
        const t = studentT(df);
        const x = t.quantile(p);
        expect(Math.abs((t.cdf(x) - p) / t.pdf(x) / x), `${df} at ${p}`).to.be.below(1e-13);
      }
    }
  });

  it('say what was wrong with a shape or a probability', () => {
    expect(() => gamma(1, 0)).to.throw(/A rate must be above 0; got 0/);
    expect(() => chiSquare(1e12)).to.throw(/at most 1e10/);
    expect(() => normal.sf(NaN)).to.throw(/must be a number/);
    expect(() => studentT(0)).to.throw(/Degrees of freedom must be above 0; got 0/);
    expect(() => chiSquare(NaN)).to.throw(/degrees of freedom/);
    expect(() => beta(1, -1)).to.throw(/Shapes and degrees/);
    expect(() => normal.quantile(1.2)).to.throw(/between 0 and 1; got 1.2/);
    expect(() => normal.quantile(NaN)).to.throw(/between 0 and 1/);
  });

  it('have quantiles that invert them, for any shape and probability', () => {
    const shape = fc.double({ min: 0.3, max: 1e5, noNaN: true });
    const probability = fc.double({ min: 1e-12, max: 1 - 1e-9, noNaN: true });
    fc.assert(
      fc.property(shape, shape, probability, (a, b, p) => {
        for (const distribution of [normal, studentT(a), chiSquare(a), beta(a, b)]) {
          const x = distribution.quantile(p);
          // A hair to the left less than p lies below, a hair to the right more.
          const hair = 1e-10 * Math.abs(x);
          const [below, above] = [x - hair, x + hair];
          if (p < 0.5) {
            expect(distribution.cdf(below)).to.be.at.most(p * (1 + 1e-11));
            expect(distribution.cdf(above)).to.be.at.least(p * (1 - 1e-11));
          } else {
            expect(distribution.sf(below)).to.be.at.least((1 - p) * (1 - 1e-11));
            expect(distribution.sf(above)).to.be.at.most((1 - p) * (1 + 1e-11));
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
