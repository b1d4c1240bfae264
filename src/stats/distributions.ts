/**
 * The distributions behind every p-value and interval. Ours, because they must keep their tails
 * (p-values down to 1e-300 at 1e-12 relative) at a size that a page can afford.
 */
import { requireThat } from './error.js';
import { betaKernel, betaTails, gammaKernel, gammaTails } from './incomplete.js';
import { solveQuantile } from './quantile.js';

export interface Distribution {
  /** Density at x. */
  pdf(x: number): number;
  /** P(X ≤ x). */
  cdf(x: number): number;
  /** P(X > x), exact where `1 − cdf` would be 0. */
  sf(x: number): number;
  /** The x with cdf(x) = p; throws a `StatisticsError` unless 0 ≤ p ≤ 1. */
  quantile(p: number): number;
}

/** The standard normal distribution. */
export const normal: Distribution = symmetric(
  (x) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI),
  // Half of χ²(1)'s tail, which has its own digits.
  (x) => 0.5 * gammaTails(0.5, 0.5 * x * x)[1],
);

/** Student's t with `df` > 0 degrees of freedom (need not be whole). */
export function studentT(df: number): Distribution {
  requireThat(df > 0, 'Degrees of freedom must be above 0', df);
  if (df === Infinity) return normal;
  return symmetric(
    (t) => {
      const [x, y] = split(df, t);
      // betaKernel is the density of the log-odds of x, and |d log-odds / dt| = 2/|t|.
      return t === 0
        ? betaKernel(df / 2, 0.5, df / (df + 1), 1 / (df + 1)) *
            Math.exp(((df + 1) / 2) * Math.log1p(1 / df))
        : betaKernel(df / 2, 0.5, x, y) / Math.abs(t);
    },
    (t) => 0.5 * betaTails(df / 2, 0.5, ...split(df, t))[0],
  );
}

/** df/(df + t²) and t²/(df + t²), neither by subtraction, whatever the size of t. */
function split(df: number, t: number): [number, number] {
  const ratio = (t / df) * t;
  return ratio < 1
    ? [1 / (1 + ratio), ratio / (1 + ratio)]
    : [1 / ratio / (1 + 1 / ratio), 1 / (1 + 1 / ratio)];
}

/** χ² with `df` > 0 degrees of freedom. */
export function chiSquare(df: number): Distribution {
  requireThat(df > 0, 'Degrees of freedom must be above 0', df);
  const pdf = (x: number): number => {
    if (x < 0) return 0;
    if (x === 0) return df < 2 ? Infinity : df === 2 ? 0.5 : 0;
    return gammaKernel(df / 2, x / 2) / x;
  };
  const tails = (x: number): [number, number] => gammaTails(df / 2, x / 2);
  return {
    pdf,
    cdf: (x) => tails(x)[0],
    sf: (x) => tails(x)[1],
    quantile: (p) => solveQuantile(p, { tails, pdf, low: 0, high: Infinity }),
  };
}

/** Beta with shapes a, b > 0. */
export function beta(a: number, b: number): Distribution {
  requireThat(a > 0 && b > 0 && a + b < Infinity, 'Shapes must be above 0', `${a}, ${b}`);
  const pdf = (x: number): number => {
    if (x < 0 || x > 1) return 0;
    if (x === 0) return a < 1 ? Infinity : a === 1 ? b : 0;
    if (x === 1) return b < 1 ? Infinity : b === 1 ? a : 0;
    return betaKernel(a, b, x, 1 - x) / x / (1 - x);
  };
  const tails = (x: number): [number, number] => betaTails(a, b, x, 1 - x);
  return {
    pdf,
    cdf: (x) => tails(x)[0],
    sf: (x) => tails(x)[1],
    quantile: (p) => solveQuantile(p, { tails, pdf, low: 0, high: 1 }),
  };
}

/** A distribution symmetric about 0 from its density and its upper tail at x ≥ 0. */
function symmetric(pdf: (x: number) => number, tail: (x: number) => number): Distribution {
  /** The x ≥ 0 beyond which `upper` ≤ ½ of the probability lies. */
  const beyond = (upper: number): number =>
    solveQuantile(1 - upper, {
      tails: (x) => [1 - tail(x), tail(x)],
      pdf,
      low: 0,
      high: Infinity,
      upper,
    });
  return {
    pdf,
    cdf: (x) => (x <= 0 ? tail(-x) : 1 - tail(x)),
    sf: (x) => (x >= 0 ? tail(x) : 1 - tail(-x)),
    quantile: (p) => (p === 0.5 ? 0 : p < 0.5 ? -beyond(p) : beyond(1 - p)),
  };
}
