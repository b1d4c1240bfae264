import { requireThat, StatisticsError } from './error.js';

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
  /** Units that did what the metric counts, where that is known. */
  readonly converted?: number;
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

/**
 * The m2 that says that the spread is not known: such an arm has no variance (see `quantileArm`).
 * A number, since JSON and sums have no other word for it.
 */
export const UNKNOWN_SPREAD = Number.MAX_VALUE;

/** No units yet. */
export const emptyArm: Arm = { n: 0, mean: 0, m2: 0 };

/** Whether its numbers are finite, and n and m2 at least 0: sums may have overflowed. */
export function isSound(arm: Arm): boolean {
  const { n, mean, m2, covariate, denominator } = arm ?? {};
  return (
    isSize(n) &&
    Number.isFinite(mean) &&
    isSize(m2) &&
    isCompanion(covariate) &&
    isCompanion(denominator) &&
    Number.isFinite(denominator?.covariateCross ?? 0)
  );
}

function isCompanion(of: Companion | undefined): boolean {
  return !of || (Number.isFinite(of.mean) && isSize(of.m2) && Number.isFinite(of.cross));
}

function isSize(x: number): boolean {
  return Number.isFinite(x) && x >= 0;
}

/** The arm; throws a `StatisticsError` unless it is sound. */
export function checkedArm(arm: Arm): Arm {
  if (isSound(arm)) return arm;
  const { n, mean, m2 } = arm ?? {};
  const what = 'An arm needs finite numbers, n ≥ 0 units and m2 ≥ 0';
  throw new StatisticsError(`${what}; got ${n}, ${mean}, ${m2}`);
}

/**
 * An arm from its plain sums. Values large against their spread have lost it in such sums: add them
 * one by one, or merge arms that are centred already.
 * @throws StatisticsError unless they are finite, n ≥ 0, and squares as large as sums demand
 */
export function arm({ n, sum, sumSquares, covariate, denominator }: ArmSums): Arm {
  requireThat(n !== 0 || (sum === 0 && sumSquares === 0), 'Without units there are no sums', sum);
  const mean = sum / (n || 1);
  const companion = (of: CompanionSums): Companion => {
    const own = of.sum / (n || 1);
    return {
      mean: own,
      m2: squares(of.sumSquares, own * of.sum),
      cross: of.sumProducts - own * sum,
    };
  };
  const made = checkedArm({
    n,
    mean,
    m2: squares(sumSquares, mean * sum),
    ...(covariate && { covariate: companion(covariate) }),
    ...(denominator && {
      denominator: {
        ...companion(denominator),
        covariateCross: covariate
          ? (denominator.sumCovariateProducts ?? 0) - (denominator.sum / (n || 1)) * covariate.sum
          : 0,
      },
    }),
  });
  return n === 0 ? emptyArm : made;
}

/** Σ(y − ȳ)² of Σy² and (Σy)²/n, which is at most as large, but for its rounding. */
function squares(sumSquares: number, ofMean: number): number {
  const holds = !(sumSquares < ofMean * (1 - 1e-9));
  requireThat(holds, 'A sum of squares is at least the square of the sum over n', sumSquares);
  return Math.max(0, sumSquares - ofMean);
}

/** One unit with more than its value. */
export interface UnitValue {
  value: number;
  covariate?: number;
  denominator?: number;
}

/**
 * The arm with one more unit.
 * @throws StatisticsError unless its values, and the sums with them, are finite
 */
export function addValue(to: Arm, unit: number | UnitValue): Arm {
  const { value, covariate, denominator } =
    Object(unit) === unit ? (unit as UnitValue) : { value: unit as number };
  const alone = (mean: number): Companion => ({ mean, m2: 0, cross: 0 });
  return merge(to, {
    n: 1,
    mean: value,
    m2: 0,
    ...(covariate !== undefined && { covariate: alone(covariate) }),
    ...(denominator !== undefined && { denominator: alone(denominator) }),
  });
}

/**
 * The arm when the value of one of its units has gone from `before` to `after`: what an event does
 * to a unit's total. Only y changes, so an arm with a covariate or a denominator is refused.
 * @throws StatisticsError for such an arm, one without units, or values that are not finite
 */
export function changeValue(of: Arm, before: number, after: number): Arm {
  const { n, mean, m2, ...rest } = checkedArm(of);
  requireThat(n > 0 && !rest.covariate && !rest.denominator, 'Only y alone can change, of n', n);
  const change = after - before;
  const next = mean + change / n;
  const nextM2 = Math.max(0, m2 + change * (after - next + (before - mean)));
  return checkedArm({ n, mean: next, m2: nextM2 });
}

/**
 * The arm of both arms' units. Where only one has a covariate, it is 0 for the others' units.
 * @throws StatisticsError unless their numbers, and those of the result, are finite
 */
export function merge(a: Arm, b: Arm): Arm {
  return checkedArm(joined(checkedArm(a), checkedArm(b)));
}

/** The same of arms that are known to be right; what overflows is not computable later. */
export function joined(a: Arm, b: Arm): Arm {
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
    ...(a.converted !== undefined &&
      b.converted !== undefined && { converted: a.converted + b.converted }),
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

/** Σy, in the metric's unit. */
export function sumOf({ n, mean }: Arm): number {
  return n * mean;
}

/**
 * The unbiased variance of one unit's value, s² = Σ(y − ȳ)²/(n − 1); null below two units, and where
 * the spread is unknown.
 */
export function varianceOf({ n, m2 }: Arm): number | null {
  return n < 2 || !(m2 < UNKNOWN_SPREAD) ? null : m2 / (n - 1);
}

/**
 * A ratio Σy/Σd as an arm: its mean is the ratio, and its values are (y − R·d)/d̄, which have the
 * variance that the delta method gives the ratio, and the covariance with a covariate. Null where
 * the denominator is missing, or 0 or next to it.
 * @throws StatisticsError when its numbers are not finite
 */
export function ratioArm(of: Arm): Arm | null {
  return ratioOf(checkedArm(of));
}

/** The same of an arm that is known to be right. */
export function ratioOf({ n, mean, m2, covariate, denominator: d }: Arm): Arm | null {
  if (!d || d.mean === 0) return null;
  const ratio = mean / d.mean;
  const squares = (m2 - 2 * ratio * d.cross + ratio * ratio * d.m2) / d.mean / d.mean;
  const cross = ((covariate?.cross ?? 0) - ratio * (d.covariateCross ?? 0)) / d.mean;
  if (!Number.isFinite(ratio + squares + cross)) return null;
  return {
    n,
    mean: ratio,
    m2: Math.max(0, squares),
    ...(covariate && { covariate: { ...covariate, cross } }),
  };
}
