import { requireThat } from './error.js';

export interface QuantileProblem {
  /** [P(X ≤ x), P(X > x)]. */
  tails(x: number): readonly [number, number];
  pdf(x: number): number;
  /** The support; `low` is finite, `high` may be Infinity. */
  low: number;
  high: number;
  /** 1 − p, where the caller knows it better than subtraction does. */
  upper?: number;
}

/**
 * The x at which the lower tail is p: Newton's method on the logarithm of the smaller tail, kept
 * inside a shrinking bracket, so that it converges from anywhere and to full relative precision.
 */
export function solveQuantile(p: number, problem: QuantileProblem): number {
  requireThat(p >= 0 && p <= 1, 'A probability must be between 0 and 1', p);
  const upper = problem.upper ?? 1 - p;
  if (p === 0) return problem.low;
  if (upper === 0) return problem.high;

  // `side` picks the smaller tail; `error` grows with x on either side.
  const side = p < upper ? 0 : 1;
  const target = side === 0 ? p : upper;
  const sign = side === 0 ? 1 : -1;
  const error = (tail: number): number => sign * Math.log(tail / target);

  let { low, high } = problem;
  if (high === Infinity) {
    for (high = 1; error(problem.tails(high)[side]) < 0; high *= 2) {
      low = high;
      if (high > 1e300) return Infinity;
    }
  }
  let x = (low + high) / 2;
  for (let i = 0; i < 2_000; i++) {
    const tail = problem.tails(x)[side];
    const off = error(tail);
    if (off === 0) return x;
    if (off < 0) low = x;
    else high = x;
    const newton = x - (off * tail) / problem.pdf(x);
    const inside = newton > low && newton < high;
    const next = inside ? newton : middle(low, high);
    if (Math.abs(next - x) <= Number.EPSILON * Math.abs(x) || next === low || next === high) {
      return next;
    }
    x = next;
  }
  return x;
}

/** Halves the bracket, by magnitude where its ends are far apart. */
function middle(low: number, high: number): number {
  if (low === 0 && high > 1e-300) return high > 1e-3 ? high / 2 : high * 1e-3;
  return high > 4 * low && low > 0 ? Math.sqrt(low) * Math.sqrt(high) : low + (high - low) / 2;
}
