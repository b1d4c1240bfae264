/** A difference of two means, absolute and relative, with interval and p-value. */
import { UNKNOWN_SPREAD, varianceOf, type Arm } from './arm.js';
import { normal, normalCritical, studentCritical, studentTail } from './distributions.js';
import { sequentialMultiplier, sequentialPValue, type SequentialTest } from './sequential.js';

export type Interval = [low: number, high: number];

/**
 * Why a number is missing: an arm with fewer than two units; no spread in either arm; a quantile
 * too near an end or beside too many equal values for its error to be told; a control mean that is 0 or not clearly away from it (only the relative numbers are missing then); a ratio
 * whose denominator is 0; numbers beyond what a double can square.
 */
export type NotComputable =
  | 'too-few-units'
  | 'no-variance'
  | 'unknown-spread'
  | 'control-too-close-to-zero'
  | 'no-denominator'
  | 'out-of-range';

/** Treatment against control. A member is null where the data do not determine it. */
export interface Effect {
  /** Absolute: treatment mean − control mean. */
  difference: number | null;
  standardError: number | null;
  /** Welch–Satterthwaite degrees of freedom. */
  df: number | null;
  interval: Interval | null;
  /** Two-sided; of Welch's test, for one look at the planned end. */
  pValue: number | null;
  /** Difference as a share of the control mean's size: its sign is the difference's. */
  lift: number | null;
  /** Fieller's; null where the control mean is not clearly away from zero. */
  liftInterval: Interval | null;
  /** The same on the sequential scale, true at every look at once; null where none was asked for. */
  sequential: { interval: Interval | null; pValue: number | null; liftInterval: Interval | null };
  /** Why something above is null; null when nothing is. */
  reason: NotComputable | null;
}

export interface Judging {
  alpha: number;
  lift: 'fieller' | 'delta';
  plannedUnits?: number | undefined;
  /** `true`: the confidence sequence. */
  sequential: SequentialTest | boolean;
}

/** What an effect is made of: means may be adjusted, the one that a lift is relative to never is. */
export interface Contrast {
  control: Arm;
  treatment: Arm;
  /** The control's mean, and its variance. */
  base: number;
  baseVariance: number;
  /** Of base + difference, which without adjustment is the treatment's mean: variance … */
  sumVariance: number;
  /** … and covariance with the base. */
  sumCovariance: number;
}

/** The variance of an arm's mean; null as `varianceOf` is. */
export function meanVariance(arm: Arm): number | null {
  const variance = varianceOf(arm);
  return variance === null ? null : variance / arm.n;
}

/** The contrast of two arms as they are. */
export function contrast(control: Arm, treatment: Arm): Contrast {
  return {
    control,
    treatment,
    base: control.mean,
    baseVariance: meanVariance(control) ?? 0,
    sumVariance: meanVariance(treatment) ?? 0,
    sumCovariance: 0,
  };
}

/** Beyond this a sum or a product with what follows may overflow. */
export const LARGEST = 1e300;

export function effectOf(given: Contrast, judging: Judging): Effect {
  const { control, treatment, base } = given;
  const { alpha, plannedUnits, sequential } = judging;
  const both = control.n > 0 && treatment.n > 0;
  const difference = both ? finite(treatment.mean - control.mean) : null;
  const lift = difference === null || base === 0 ? null : finite(difference / Math.abs(base));
  const none = { interval: null, pValue: null, liftInterval: null };
  const missing = (reason: NotComputable): Effect => ({
    difference,
    standardError: null,
    df: null,
    lift,
    ...none,
    sequential: none,
    reason,
  });

  const a = meanVariance(control);
  const b = meanVariance(treatment);
  if (a === null || b === null) {
    if (control.n < 2 || treatment.n < 2) return missing('too-few-units');
    const isBeyond = Math.max(control.m2, treatment.m2) > UNKNOWN_SPREAD;
    return missing(isBeyond ? 'out-of-range' : 'unknown-spread');
  }
  const variance = a + b;
  const representable = variance < LARGEST && Math.abs(difference ?? Infinity) < LARGEST;
  if (difference === null || !representable) return missing('out-of-range');
  const standardError = Math.sqrt(variance);
  // Below that, squares of variances are lost: such a spread is rounding, not data.
  if (!(variance > 1e-150)) return missing('no-variance');
  const [shareA, shareB] = [a / variance, b / variance];
  const df = 1 / (shareA ** 2 / (control.n - 1) + shareB ** 2 / (treatment.n - 1));
  const z = difference / standardError;
  const n = control.n + treatment.n;

  const within = (critical: number): Pick<Effect, 'interval' | 'liftInterval'> => {
    const reach = critical * standardError;
    const interval = ends(difference - reach, difference + reach);
    return {
      interval,
      liftInterval: interval && relative(given, difference, interval, critical, judging),
    };
  };
  const fixed = within(studentCritical(df, alpha / 2));
  const tail = studentTail(df, Math.abs(z));
  const looks = (): Effect['sequential'] => {
    if (sequential === true) {
      const pValue = sequentialPValue(z, n, alpha, plannedUnits);
      return { pValue, ...within(sequentialMultiplier(n, alpha, plannedUnits)) };
    }
    if (sequential === false) return none;
    // Planned bounds are of normal scores: with few units Student's have the same tails.
    const few = df < 1e4;
    const { critical } = sequential;
    return {
      pValue: sequential.pValue(few ? normalCritical(tail) : z),
      ...within(few ? studentCritical(df, normal.sf(critical)) : critical),
    };
  };
  const anytime = looks();
  const all = sequential === false ? [fixed] : [fixed, anytime];
  return {
    difference,
    standardError,
    df,
    pValue: 2 * tail,
    lift,
    ...fixed,
    sequential: anytime,
    reason: all.every(({ liftInterval }) => liftInterval)
      ? null
      : all.every(({ interval }) => interval)
        ? 'control-too-close-to-zero'
        : 'out-of-range',
  };
}

/**
 * The interval of difference/|base|. Fieller's (1954): the lifts that the data do not reject, all L
 * with (Δ − L·m)² ≤ c²·Var(Δ − L·m). Null where it has no end: the control is too close to zero.
 * By the delta method, as GrowthBook has it, where `lift` says so.
 */
function relative(
  { base, baseVariance, sumVariance, sumCovariance }: Contrast,
  difference: number,
  [low, high]: Interval,
  critical: number,
  { lift }: Judging,
): Interval | null {
  const c2 = critical * critical;
  const a = baseVariance / base / base;
  const g = c2 * a;
  if (!(g < 1 || (lift === 'delta' && base !== 0))) return null;
  // Relative to the base, which may be negative: the sign is put right at the end.
  const effect = difference / base;
  const sign = Math.sign(base);
  const b = sumVariance / base / base;
  const k = sumCovariance / base / base;
  const ratio = 1 + effect;
  const variance = b - 2 * ratio * k + ratio * ratio * a;
  if (lift === 'delta') {
    const reach = critical * Math.sqrt(Math.max(0, variance));
    return ends(sign * effect - reach, sign * effect + reach);
  }
  const middle = effect + g - c2 * k;
  const half = critical * Math.sqrt(Math.max(0, variance - g * b + c2 * k * k));
  // The root that is farther from zero, and the nearer one from the product of both: its sign is
  // then that of the absolute interval's ends, to the last digit.
  const far = middle + (middle < 0 ? -half : half);
  if (far === 0) return null;
  const near = ((low / base) * (high / base)) / far;
  return ends(sign * near, (sign * far) / (1 - g));
}

/** In their order; null where a double can't hold them. */
function ends(low: number, high: number): Interval | null {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
  return low < high ? [low, high] : [high, low];
}

function finite(x: number): number | null {
  return Number.isFinite(x) ? x : null;
}
