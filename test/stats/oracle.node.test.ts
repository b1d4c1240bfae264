/** Against @stdlib, an independent implementation: Node only, it has no business in a page. */
import { expect } from 'chai';
import betaDistribution from '@stdlib/stats-base-dists-beta';
import chiSquareDistribution from '@stdlib/stats-base-dists-chisquare';
import normalDistribution from '@stdlib/stats-base-dists-normal';
import studentTDistribution from '@stdlib/stats-base-dists-t';
import {
  beta,
  chiSquare,
  gamma,
  normal,
  studentT,
  type Distribution,
} from '../../src/stats/index.js';

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

  it('gamma, which is a scaled χ²', () => {
    for (const [shape, rate] of [
      [0.1, 1],
      [1, 3],
      [7.3, 0.2],
      [300, 4],
    ] as const) {
      const scaled = 2 * rate;
      const centre = shape / rate;
      const spread = Math.sqrt(shape) / rate;
      expectAgreement(
        gamma(shape, rate),
        {
          pdf: (x) => scaled * chiSquareDistribution.pdf(scaled * x, 2 * shape),
          cdf: (x) => chiSquareDistribution.cdf(scaled * x, 2 * shape),
          quantile: (p) => chiSquareDistribution.quantile(p, 2 * shape) / scaled,
        },
        Math.max(0, centre - 4 * spread),
        centre + 4 * spread,
      );
    }
  });
});

describe('tails against @stdlib, to 1e-12 and down to 1e-300', () => {
  function expectTails(
    xs: readonly number[],
    ours: (x: number) => number,
    oracle: (x: number) => number,
  ): void {
    let smallest = 1;
    for (const x of xs) {
      const [actual, expected] = [ours(x), oracle(x)];
      if (expected < 1e-300) continue;
      smallest = Math.min(smallest, expected);
      expect(Math.abs(actual / expected - 1), `at ${x}: ${actual}`).to.be.below(1e-12);
    }
    expect(smallest).to.be.below(1e-50);
  }
  /** 80 numbers from `low` to `high`. */
  const grid = (low: number, high: number): number[] =>
    Array.from({ length: 80 }, (_, i) => low + ((high - low) * (i + 0.5)) / 80);

  it('normal', () => {
    expectTails(
      grid(-37, 0),
      (x) => normal.cdf(x),
      (x) => normalDistribution.cdf(x, 0, 1),
    );
  });

  for (const df of [6, 9, 60, 1234, 1e5]) {
    it(`studentT(${df})`, () => {
      expectTails(
        grid(0, 20).map((exponent) => -(10 ** exponent)),
        (x) => studentT(df).cdf(x),
        (x) => studentTDistribution.cdf(x, df),
      );
    });
  }

  for (const shape of [1, 7.3, 300, 5_000]) {
    it(`gamma(${shape})`, () => {
      expectTails(
        [
          ...grid(-290, 0).map((exponent) => shape * 10 ** (exponent / shape)),
          ...(shape > 100 ? grid(0.1 * shape, shape) : []),
        ],
        (x) => gamma(shape).cdf(x),
        (x) => chiSquareDistribution.cdf(2 * x, 2 * shape),
      );
    });
  }

  it('beta', () => {
    expectTails(
      grid(-240, 0).map((exponent) => 10 ** (exponent / 40)),
      (x) => beta(40, 3).cdf(x),
      (x) => betaDistribution.cdf(x, 40, 3),
    );
  });
});
