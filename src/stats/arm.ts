import { requireThat } from './error.js';

/**
 * Sufficient statistics of one variant and metric: one value y per unit. Centred, so that values
 * large against their spread keep their digits (Welford 1962; Chan, Golub & LeVeque 1979).
 */
export interface Arm {
  /** Units. */
  readonly n: number;
  /** Mean of their values; 0 without units. */
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly m2: number;
  /** x: what is known of a unit from before its first exposure. */
  readonly covariate?: Companion;
  /** d: what y is divided by in a ratio of two sums, such as clicks per view. */
  readonly denominator?: Denominator;
}

/** A second value of each unit, beside y. */
export interface Companion {
  readonly mean: number;
  readonly m2: number;
  /** Σ(x − x̄)(y − ȳ). */
  readonly cross: number;
}

export interface Denominator extends Companion {
  /** Σ(d − d̄)(x − x̄), x being the covariate; default 0. */
  readonly covariateCross?: number;
}

/** Σx, Σx² and Σxy of a second value x beside y. */
export interface CompanionSums {
  sum: number;
  sumSquares: number;
  sumProducts: number;
}

export interface ArmSums {
  n: number;
  /** Σy. */
  sum: number;
  /** Σy². */
  sumSquares: number;
  covariate?: CompanionSums;
  /** `sumCovariateProducts`: Σdx. */
  denominator?: CompanionSums & { sumCovariateProducts?: number };
}

export const emptyArm: Arm = { n: 0, mean: 0, m2: 0 };

/**
 * An arm from its plain sums. Values large against their spread have lost it in such sums: add them
 * one by one, or merge arms that are centred already.
 * @throws StatisticsError unless they are finite and n ≥ 0
 */
export function arm({ n, sum, sumSquares, covariate, denominator }: ArmSums): Arm {
  requireThat(Number.isFinite(n) && n >= 0, 'An arm needs n ≥ 0 units', n);
  const finite = (what: string, value: number): number => {
    requireThat(Number.isFinite(value), `An arm needs a finite ${what}`, value);
    return value;
  };
  const square = (mean: number, total: number, squares: number): number =>
    Math.max(0, finite('sum of squares', squares) - mean * total);
  const mean = finite('sum', sum) / (n || 1);
  const companion = (of: CompanionSums): Companion => {
    const own = finite('sum', of.sum) / (n || 1);
    const cross = finite('sum of products', of.sumProducts) - own * sum;
    return { mean: own, m2: square(own, of.sum, of.sumSquares), cross };
  };
  const m2 = square(mean, sum, sumSquares);
  if (n === 0) return emptyArm;
  const products = denominator?.sumCovariateProducts ?? 0;
  return {
    n,
    mean,
    m2,
    ...(covariate && { covariate: companion(covariate) }),
    ...(denominator && {
      denominator: {
        ...companion(denominator),
        covariateCross: covariate
          ? finite('sum of products', products) - (denominator.sum / n) * covariate.sum
          : 0,
      },
    }),
  };
}

/** One unit with more than its value. */
export interface UnitValue {
  value: number;
  covariate?: number;
  denominator?: number;
}

/** The arm with one more unit. Throws a `StatisticsError` unless its values are finite. */
export function addValue(to: Arm, unit: number | UnitValue): Arm {
  const { value, covariate, denominator } = typeof unit === 'number' ? { value: unit } : unit;
  const alone = (mean: number): Companion => {
    requireThat(Number.isFinite(mean), 'A value must be a finite number', mean);
    return { mean, m2: 0, cross: 0 };
  };
  return merge(to, {
    n: 1,
    mean: alone(value).mean,
    m2: 0,
    ...(covariate !== undefined && { covariate: alone(covariate) }),
    ...(denominator !== undefined && { denominator: alone(denominator) }),
  });
}

/**
 * The arm when the value of one of its units has gone from `before` to `after`: what an event does
 * to a unit's total. Only y changes, so an arm with a covariate or a denominator is refused.
 */
export function changeValue({ n, mean, m2, ...rest }: Arm, before: number, after: number): Arm {
  requireThat(n > 0 && !rest.covariate && !rest.denominator, 'Only y alone can change, of n', n);
  const change = after - before;
  requireThat(Number.isFinite(change), 'A value must be a finite number', change);
  const next = mean + change / n;
  return { n, mean: next, m2: Math.max(0, m2 + change * (after - next + (before - mean))) };
}

/** The arm of both arms' units. Where only one has a covariate, it is 0 for the others' units. */
export function merge(a: Arm, b: Arm): Arm {
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  const n = a.n + b.n;
  const share = b.n / n;
  const weight = a.n * share;
  const delta = b.mean - a.mean;
  const join = (one: Companion = NOTHING, other: Companion = NOTHING): Companion => {
    const step = other.mean - one.mean;
    return {
      mean: one.mean + step * share,
      m2: one.m2 + other.m2 + step * step * weight,
      cross: one.cross + other.cross + step * delta * weight,
    };
  };
  const step = (which: 'covariate' | 'denominator'): number =>
    (b[which]?.mean ?? 0) - (a[which]?.mean ?? 0);
  const [one, other] = [a.denominator, b.denominator];
  return {
    n,
    mean: a.mean + delta * share,
    m2: a.m2 + b.m2 + delta * delta * weight,
    ...((a.covariate ?? b.covariate) && { covariate: join(a.covariate, b.covariate) }),
    ...((one ?? other) && {
      denominator: {
        ...join(one, other),
        covariateCross:
          (one?.covariateCross ?? 0) +
          (other?.covariateCross ?? 0) +
          step('covariate') * step('denominator') * weight,
      },
    }),
  };
}

const NOTHING: Companion = { mean: 0, m2: 0, cross: 0 };

export function sumOf({ n, mean }: Arm): number {
  return n * mean;
}

/** The unbiased variance of one unit's value; null below two units. */
export function varianceOf({ n, m2 }: Arm): number | null {
  return n < 2 ? null : m2 / (n - 1);
}

/**
 * A ratio Σy/Σd as an arm: its mean is the ratio, and its values are (y − R·d)/d̄, which have the
 * variance that the delta method gives the ratio, and the covariance with a covariate. Null where
 * the denominator is missing, or 0 or next to it.
 */
export function ratioArm({ n, mean, m2, covariate, denominator: d }: Arm): Arm | null {
  if (!d || d.mean === 0) return null;
  const ratio = mean / d.mean;
  const squares = (m2 - 2 * ratio * d.cross + ratio * ratio * d.m2) / d.mean / d.mean;
  if (!Number.isFinite(ratio) || !Number.isFinite(squares)) return null;
  return {
    n,
    mean: ratio,
    m2: Math.max(0, squares),
    ...(covariate && {
      covariate: {
        ...covariate,
        cross: (covariate.cross - ratio * (d.covariateCross ?? 0)) / d.mean,
      },
    }),
  };
}
