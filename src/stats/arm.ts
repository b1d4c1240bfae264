import { requireThat } from './error.js';

/**
 * Sufficient statistics of one variant and metric: one value per unit. Centred, so that values
 * large against their spread keep their digits (Welford 1962; Chan, Golub & LeVeque 1979).
 */
export interface Arm {
  /** Units. */
  readonly n: number;
  /** Mean of their values; 0 without units. */
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly m2: number;
}

export const emptyArm: Arm = { n: 0, mean: 0, m2: 0 };

/** An arm from n, Σy and Σy². Throws a `StatisticsError` unless they are finite and n ≥ 0. */
export function arm({ n, sum, sumSquares }: { n: number; sum: number; sumSquares: number }): Arm {
  requireThat(Number.isFinite(n) && n >= 0, 'An arm needs n ≥ 0 units', n);
  requireThat(Number.isFinite(sum), 'An arm needs a finite sum', sum);
  requireThat(Number.isFinite(sumSquares), 'An arm needs a finite sum of squares', sumSquares);
  if (n === 0) return emptyArm;
  return { n, mean: sum / n, m2: Math.max(0, sumSquares - (sum / n) * sum) };
}

/** The arm with one more unit. */
export function addValue({ n, mean, m2 }: Arm, value: number): Arm {
  requireThat(Number.isFinite(value), 'A value must be a finite number', value);
  const delta = value - mean;
  const next = mean + delta / (n + 1);
  return { n: n + 1, mean: next, m2: m2 + delta * (value - next) };
}

/** The arm of both arms' units. */
export function merge(a: Arm, b: Arm): Arm {
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  const n = a.n + b.n;
  const delta = b.mean - a.mean;
  return {
    n,
    mean: a.mean + delta * (b.n / n),
    m2: a.m2 + b.m2 + delta * delta * a.n * (b.n / n),
  };
}

export function sumOf({ n, mean }: Arm): number {
  return n * mean;
}

/** The unbiased variance of one unit's value; null below two units. */
export function varianceOf({ n, m2 }: Arm): number | null {
  return n < 2 ? null : m2 / (n - 1);
}
