/** Against @stdlib, an independent implementation: Node only, it has no business in a page. */
import { expect } from 'chai';
import betaDistribution from '@stdlib/stats-base-dists-beta';
import chiSquareDistribution from '@stdlib/stats-base-dists-chisquare';
import normalDistribution from '@stdlib/stats-base-dists-normal';
import studentTDistribution from '@stdlib/stats-base-dists-t';
import { beta, chiSquare, normal, studentT, type Distribution } from '../../src/stats/index.js';

/** What the oracle itself is good to, in the body of a distribution. */
const TOLERANCE = 1e-9;

interface Oracle {
  pdf: (x: number) => number;
  cdf: (x: number) => number;
  quantile: (p: number) => number;
}

function expectAgreement(ours: Distribution, oracle: Oracle, low: number, high: number): void {
  for (let i = 1; i < 60; i++) {
    const x = low + ((high - low) * i) / 60;
    expect(ours.pdf(x) / oracle.pdf(x), `pdf(${x})`).to.be.closeTo(1, TOLERANCE);
    expect(ours.cdf(x) / oracle.cdf(x), `cdf(${x})`).to.be.closeTo(1, TOLERANCE);
    expect(ours.cdf(x) + ours.sf(x), `both tails at ${x}`).to.be.closeTo(1, 1e-14);
    const p = i / 60;
    expect(ours.quantile(p), `quantile(${p})`).to.be.closeTo(
      oracle.quantile(p),
      TOLERANCE * Math.max(1, Math.abs(oracle.quantile(p))),
    );
  }
}

describe('distributions against @stdlib', () => {
  it('normal', () => {
    expectAgreement(
      normal,
      {
        pdf: (x) => normalDistribution.pdf(x, 0, 1),
        cdf: (x) => normalDistribution.cdf(x, 0, 1),
        quantile: (p) => normalDistribution.quantile(p, 0, 1),
      },
      -6,
      6,
    );
  });

  for (const df of [1, 2.5, 9, 60, 1234]) {
    it(`studentT(${df})`, () => {
      expectAgreement(
        studentT(df),
        {
          pdf: (x) => studentTDistribution.pdf(x, df),
          cdf: (x) => studentTDistribution.cdf(x, df),
          quantile: (p) => studentTDistribution.quantile(p, df),
        },
        -5,
        5,
      );
    });
    it(`chiSquare(${df})`, () => {
      expectAgreement(
        chiSquare(df),
        {
          pdf: (x) => chiSquareDistribution.pdf(x, df),
          cdf: (x) => chiSquareDistribution.cdf(x, df),
          quantile: (p) => chiSquareDistribution.quantile(p, df),
        },
        Math.max(0, df - 4 * Math.sqrt(2 * df)),
        df + 5 * Math.sqrt(2 * df),
      );
    });
  }

  for (const [a, b] of [
    [0.5, 0.5],
    [2, 5],
    [40, 3],
    [120.5, 4000],
  ] as const) {
    it(`beta(${a}, ${b})`, () => {
      const mean = a / (a + b);
      const spread = Math.sqrt((mean * (1 - mean)) / (a + b + 1));
      expectAgreement(
        beta(a, b),
        {
          pdf: (x) => betaDistribution.pdf(x, a, b),
          cdf: (x) => betaDistribution.cdf(x, a, b),
          quantile: (p) => betaDistribution.quantile(p, a, b),
        },
        Math.max(0, mean - 4 * spread),
        Math.min(1, mean + 4 * spread),
      );
    });
  }
});
