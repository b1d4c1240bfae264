/**
 * The distributions behind every p-value and interval. Ours, because they must keep their tails
 * (p-values down to 1e-300 at 1e-12 relative) at a size that a page can afford.
 */
import { requireNumber, requirePositive, requireThat } from './error.js';
import { betaKernel, betaTails, gammaKernel, gammaTails } from './incomplete.js';
import { solveQuantile } from './quantile.js';

/** Shapes from here to 1e10: what lies beyond takes for ever, or its digits are lost. */
const LEAST = 1e-10;

function requireShape(shape: number): void {
  const holds = typeof shape === 'number' && shape >= LEAST && shape <= 1e10;
  requireThat(holds, 'Shapes and degrees of freedom are above 0 and at most 1e10', shape);
}

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
  upperTail,
);

/** At x ≥ 0 half of χ²(1)'s tail, which has its own digits. */
function upperTail(x: number): number {
  return 0.5 * gammaTails(0.5, 0.5 * x * x)[1];
}

/** [P(X ≤ x), P(X > x)] of the normal distribution, at the price of one. */
export function normalTails(x: number): [number, number] {
  const tail = upperTail(Math.abs(x));
  return x < 0 ? [tail, 1 - tail] : [1 - tail, tail];
}

/**
 * Student's t with df > 0 degrees of freedom, which need not be whole; Infinity is the normal.
 * @throws StatisticsError when df is not above 0
 */
export function studentT(df: number): Distribution {
  requireThat(typeof df === 'number' && df >= LEAST, 'Degrees of freedom must be above 0', df);
  if (df > 1e30) return normal;
  return symmetric(
    (t) => {
      if (t > FAR) return studentT(df).pdf(FAR) * (t / FAR) ** (-df - 1);
      const [x, y] = split(df, t);
      // betaKernel is the density of the log-odds of x, and |d log-odds / dt| = 2/|t|.
      return t === 0
        ? betaKernel(df / 2, 0.5, df / (df + 1), 1 / (df + 1)) *
            Math.exp(((df + 1) / 2) * Math.log1p(1 / df))
        : betaKernel(df / 2, 0.5, x, y) / t;
    },
    (t) => studentTail(df, t),
    (upper) => expandQuantile(df, upper),
  );
}

/** Squares of t beyond this overflow; the tail is a power of t long before. */
const FAR = 1e150;

/** P(T > t) at t ≥ 0, and below the t ≥ 0 with that upper tail: without a distribution around it. */
export function studentTail(df: number, t: number): number {
  if (t > FAR) return studentTail(df, FAR) * (t / FAR) ** -df;
  const [x, y] = split(df, t);
  return 0.5 * betaTails(df / 2, 0.5, x, y)[0];
}

export function studentCritical(df: number, upper: number): number {
  return expandQuantile(df, upper) ?? -studentT(df).quantile(upper);
}

/** What `normalCritical` was asked for last: comparisons ask for the same again and again. */
let known = { upper: 0.5, z: 0 };

/** The z with that upper tail. */
export function normalCritical(upper: number): number {
  if (known.upper !== upper) known = { upper, z: -normal.quantile(upper) };
  return known.z;
}

/**
 * Student's quantile as a series in 1/df around the normal's (Cornish & Fisher; Abramowitz & Stegun
 * 26.7.5 with one more term). Null where what it leaves out could show.
 */
function expandQuantile(df: number, upper: number): number | null {
  if (df < 100 || !(upper > 1e-9)) return null;
  const z = normalCritical(upper);
  const y = z * z;
  const terms = [
    1,
    (y + 1) / 4,
    ((5 * y + 16) * y + 3) / 96,
    (((3 * y + 19) * y + 17) * y - 15) / 384,
    ((((79 * y + 776) * y + 1482) * y - 1920) * y - 945) / 92160,
    (((((27 * y + 339) * y + 930) * y - 1782) * y - 765) * y + 17955) / 368640,
  ];
  let sum = 0;
  for (let k = 5; k >= 0; k--) sum = sum / df + terms[k]!;
  return Math.abs(terms[5]! / df ** 5) * (y + 3) < 1e-14 * df ? z * sum : null;
}

/** df/(df + t²) and t²/(df + t²), neither by subtraction, whatever the size of t. */
function split(df: number, t: number): [number, number] {
  const ratio = (t / df) * t;
  return ratio < 1
    ? [1 / (1 + ratio), ratio / (1 + ratio)]
    : [1 / ratio / (1 + 1 / ratio), 1 / (1 + 1 / ratio)];
}

/**
 * χ² with df > 0 degrees of freedom: gamma(df/2, ½).
 * @throws StatisticsError when df is not above 0, or above 2e10
 */
export function chiSquare(df: number): Distribution {
  return gamma(df / 2, 0.5);
}

/**
 * Gamma with shape > 0 and rate > 0; its mean is shape / rate.
 * @throws StatisticsError when one is not above 0, or the shape above 1e10
 */
export function gamma(shape: number, rate = 1): Distribution {
  requireShape(shape);
  requirePositive(rate, 'A rate');
  return fromTails(
    (x) => gammaTails(shape, rate * x),
    (x) => {
      if (x < 0) return 0;
      if (x === 0) return shape < 1 ? Infinity : shape === 1 ? rate : 0;
      return gammaKernel(shape, rate * x) / x;
    },
    Infinity,
  );
}

/**
 * Beta with shapes a, b > 0; its mean is a / (a + b).
 * @throws StatisticsError when one is not above 0, or above 1e10
 */
export function beta(a: number, b: number): Distribution {
  requireShape(a);
  requireShape(b);
  return fromTails(
    (x) => betaTails(a, b, x, 1 - x),
    (x) => {
      if (x < 0 || x > 1) return 0;
      if (x === 0) return a < 1 ? Infinity : a === 1 ? b : 0;
      if (x === 1) return b < 1 ? Infinity : b === 1 ? a : 0;
      return betaKernel(a, b, x, 1 - x) / x / (1 - x);
    },
    1,
  );
}

/** A distribution on [0, high] from its two tails and its density. */
function fromTails(
  tails: (x: number) => readonly [number, number],
  pdf: (x: number) => number,
  high: number,
): Distribution {
  return checked({
    pdf,
    cdf: (x) => tails(x)[0],
    sf: (x) => tails(x)[1],
    quantile: (p) => solveQuantile(p, { tails, pdf, low: 0, high }),
  });
}

/** The same for numbers; NaN throws. */
function checked({ pdf, cdf, sf, quantile }: Distribution): Distribution {
  const guard =
    (f: (x: number) => number) =>
    (x: number): number => {
      requireNumber(x, 'What a distribution is asked for, x or p,');
      return f(x);
    };
  return { pdf: guard(pdf), cdf: guard(cdf), sf: guard(sf), quantile };
}

/**
 * A distribution symmetric about 0 from its density and upper tail at x ≥ 0; `guess` gives the
 * x ≥ 0 with that upper tail directly where it is sure of it.
 */
function symmetric(
  pdf: (x: number) => number,
  tail: (x: number) => number,
  guess?: (upper: number) => number | null,
): Distribution {
  /** The x ≥ 0 beyond which `upper` ≤ ½ of the probability lies. */
  const beyond = (upper: number): number =>
    guess?.(upper) ??
    solveQuantile(1 - upper, {
      tails: (x) => [1 - tail(x), tail(x)],
      pdf,
      low: 0,
      high: Infinity,
      upper,
    });
  return checked({
    pdf: (x) => pdf(Math.abs(x)),
    cdf: (x) => (x <= 0 ? tail(-x) : 1 - tail(x)),
    sf: (x) => (x >= 0 ? tail(x) : 1 - tail(-x)),
    quantile: (p) => (p === 0.5 ? 0 : p < 0.5 ? -beyond(p) : beyond(1 - p)),
  });
}
