import { varianceOf, type Arm } from './arm.js';
import { studentT } from './distributions.js';
import { requireThat } from './error.js';
import { sequentialMultiplier, sequentialPValue } from './sequential.js';

export type Interval = [low: number, high: number];

export interface CompareOptions {
  /** Two-sided error; default 0.05. */
  alpha?: number;
  /** Units over all variants at which the always-valid interval is tightest; default 5000. */
  plannedUnits?: number | undefined;
}

/** Treatment against control. A member is null where the data do not determine it. */
export interface Comparison {
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
  /** The same on the always-valid scale: true at every look at once. */
  sequential: { interval: Interval | null; pValue: number | null; liftInterval: Interval | null };
}

/**
 * Compares two arms on the absolute scale (Welch) and shows the lift with Fieller's interval from
 * the same critical value, so that the two never disagree about zero.
 */
export function compare(
  control: Arm,
  treatment: Arm,
  { alpha = 0.05, plannedUnits }: CompareOptions = {},
): Comparison {
  requireThat(alpha > 0 && alpha < 1, 'alpha must be between 0 and 1', alpha);
  const none = { interval: null, pValue: null, liftInterval: null };
  const both = control.n > 0 && treatment.n > 0;
  const difference = both ? treatment.mean - control.mean : null;
  const lift =
    difference === null || control.mean === 0 ? null : difference / Math.abs(control.mean);

  const a = meanVariance(control);
  const b = meanVariance(treatment);
  if (difference === null || a === null || b === null || a + b === 0) {
    return { difference, standardError: null, df: null, lift, ...none, sequential: none };
  }
  const standardError = Math.sqrt(a + b);
  const df = (a + b) ** 2 / (a ** 2 / (control.n - 1) + b ** 2 / (treatment.n - 1));
  const z = difference / standardError;
  const n = control.n + treatment.n;
  const t = studentT(df);

  const within = (critical: number): { interval: Interval; liftInterval: Interval | null } => ({
    interval: [difference - critical * standardError, difference + critical * standardError],
    liftInterval: fieller(control.mean, a, treatment.mean, b, critical),
  });
  return {
    difference,
    standardError,
    df,
    pValue: 2 * t.sf(Math.abs(z)),
    lift,
    ...within(-t.quantile(alpha / 2)),
    sequential: {
      pValue: sequentialPValue(z, n, alpha, plannedUnits),
      ...within(sequentialMultiplier(n, alpha, plannedUnits)),
    },
  };
}

/** Only the lift and its always-valid interval: what a chart over many days needs. */
export function anytimeLift(
  control: Arm,
  treatment: Arm,
  { alpha = 0.05, plannedUnits }: CompareOptions = {},
): { lift: number | null; interval: Interval | null } {
  const a = meanVariance(control);
  const b = meanVariance(treatment);
  if (a === null || b === null || control.mean === 0) return { lift: null, interval: null };
  const critical = sequentialMultiplier(control.n + treatment.n, alpha, plannedUnits);
  return {
    lift: (treatment.mean - control.mean) / Math.abs(control.mean),
    interval: a + b === 0 ? null : fieller(control.mean, a, treatment.mean, b, critical),
  };
}

/** The variance of an arm's mean. */
export function meanVariance(arm: Arm): number | null {
  const variance = varianceOf(arm);
  return variance === null ? null : variance / arm.n;
}

/**
 * Fieller's interval (1954) for (mT − mC)/|mC|, given the variances a and b of the two means: the
 * lifts that the data do not reject. Null where it has no end: the control is too close to zero.
 */
function fieller(mC: number, a: number, mT: number, b: number, critical: number): Interval | null {
  const g = (critical * critical * a) / (mC * mC);
  if (!(g < 1)) return null;
  const ratio = mT / mC;
  const half = (critical / Math.abs(mC)) * Math.sqrt(b * (1 - g) + ratio * ratio * a);
  const low = (ratio - half) / (1 - g) - 1;
  const high = (ratio + half) / (1 - g) - 1;
  return mC > 0 ? [low, high] : [-high, -low];
}
