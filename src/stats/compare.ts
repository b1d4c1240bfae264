import { checkedArm, ratioOf, type Arm } from './arm.js';
import { bayesian, type Bayesian, type Prior } from './bayesian.js';
import { cuped, type Adjustment } from './cuped.js';
import { contrast, effectOf, type Contrast, type Effect, type Judging } from './effect.js';
import { requireAlpha, requireOneOf, requireThat } from './error.js';
import type { SequentialTest } from './sequential.js';

export interface CompareOptions {
  /** `ratio`: Σy/Σd of arms with a denominator. Default `mean`; a proportion is a mean of 0 and 1. */
  metric?: 'proportion' | 'mean' | 'ratio';
  /** Two-sided error; default 0.05. */
  alpha?: number;
  /**
   * How the lift's interval is made; default `fieller`. `delta` is there to compare with tools that
   * use it: it can contradict the absolute test, and misses on one side.
   */
  lift?: 'fieller' | 'delta';
  /** Units of both arms at which the always-valid interval is tightest; default 5000. */
  plannedUnits?: number | undefined;
  /**
   * What judges looks: the confidence sequence (`true`, the default), planned ones (see
   * `groupSequentialTest`), or nothing (`false`): its numbers are null then.
   */
  sequential?: SequentialTest | boolean | undefined;
  /**
   * Adjusts for the covariate. Default: where it explains 2 % of the variance or more.
   */
  cuped?: boolean | undefined;
  /** Adds the Bayesian view, starting from this. */
  prior?: Prior | undefined;
  /** For the chance to win and the losses; default false. */
  lowerIsBetter?: boolean | undefined;
}

export interface Comparison extends Effect {
  /** When adjusted: how, and the effect as it would be without. */
  cuped?: {
    theta: number;
    /** Share of the variance that the covariate explains. */
    explained: number;
    raw: Effect;
    /** Adjusted and raw differ in sign: believe neither before it is understood. */
    signFlip: boolean;
  };
  bayesian?: Bayesian | null;
}

/**
 * Compares two arms on the absolute scale (Welch, 1947) and shows the lift with Fieller's interval
 * (1954) from the same critical value, so that the two never disagree about zero. Differences are in
 * the metric's unit, lifts are fractions (0.05 is 5 %), p-values and chances from 0 to 1. A number
 * that the data do not determine is null, and `reason` says why; none is NaN or infinite.
 *
 * @throws StatisticsError when alpha is not between 0 and 1, planned units are no number, a prior
 *   has no spread, an option is none of its words, or an arm's numbers are not finite
 */
export function compare(control: Arm, treatment: Arm, options?: CompareOptions | null): Comparison {
  return compareArms(checkedArm(control), checkedArm(treatment), options ?? {});
}

/** The same of arms from sums, which may have overflowed: that is not computable, and no error. */
export function compareArms(control: Arm, treatment: Arm, options: CompareOptions): Comparison {
  const { metric, alpha = 0.05, lift = 'fieller', plannedUnits, sequential = true } = options;
  requireAlpha(alpha);
  requireOneOf('proportion mean ratio', metric, 'A metric');
  requireOneOf('fieller delta', lift, 'The interval of a lift');
  const test = typeof sequential === 'boolean' || typeof sequential?.pValue === 'function';
  requireThat(test, 'What judges looks is a test, true or false', sequential);
  const planned = plannedUnits === undefined || (plannedUnits >= 0 && plannedUnits < Infinity);
  requireThat(planned, 'Planned units must be a number ≥ 0', plannedUnits);
  const judging: Judging = {
    alpha,
    lift,
    plannedUnits,
    sequential,
  };
  const ratios = metric === 'ratio';
  const [c, t] = ratios ? [ratioOf(control), ratioOf(treatment)] : [control, treatment];
  if (!c || !t) {
    const empty = { n: 0, mean: 0, m2: 0 };
    return { ...effectOf(contrast(empty, empty), judging), reason: 'no-denominator' };
  }
  const raw = effectOf(contrast(c, t), judging);
  const adjusted = adjustedBy(c, t, options.cuped);
  const effect = adjusted ? effectOf(adjusted.contrast, judging) : raw;
  const { prior, lowerIsBetter = false } = options;
  return {
    ...effect,
    ...(adjusted && {
      cuped: {
        theta: adjusted.theta,
        explained: adjusted.explained,
        raw,
        signFlip: (effect.difference ?? 0) * (raw.difference ?? 0) < 0,
      },
    }),
    ...(prior && { bayesian: bayesian(c, effect, { prior, alpha, lowerIsBetter }) }),
  };
}

/** The covariate's adjustment, where it is wanted and there is one. */
function adjustedBy(control: Arm, treatment: Arm, wanted: boolean | undefined): Adjustment | null {
  return wanted === false ? null : cuped(control, treatment, wanted === true);
}

/** What `compareArms` judges, for other questions of the same numbers; null without a denominator. */
export function contrastOf(
  control: Arm,
  treatment: Arm,
  { metric, cuped: wanted }: CompareOptions,
): Contrast | null {
  const [c, t] = metric === 'ratio' ? [ratioOf(control), ratioOf(treatment)] : [control, treatment];
  return c && t && (adjustedBy(c, t, wanted)?.contrast ?? contrast(c, t));
}
