/** What may be behind a result: effects that fade, groups that differed before, a thin margin. */
import { arm, checkedArm, emptyArm, merge, type Arm } from './arm.js';
import { compare, type CompareOptions } from './compare.js';
import { normal } from './distributions.js';
import { meanVariance, type NotComputable } from './effect.js';
import { requireList, requireThat } from './error.js';

/** A number with its standard error and two-sided p-value of being 0. */
export interface Estimate {
  estimate: number;
  standardError: number;
  pValue: number;
}

/**
 * Whether the lift changes as the days go by: the slope of the daily lift on ln(day), each day
 * weighted by 1/SE² (weighted least squares). Errors are of all days' means and spread together: of a
 * day's own they would be small when it has few by chance, and its lift off with them. The estimate is the change of the lift, a fraction,
 * for each factor e of the days. Negative of a gain: novelty that wears off; positive: users who
 * learn. Null with fewer than four days that have a lift.
 *
 * @param days both arms of the units of each day, the first day first
 * @throws StatisticsError when an arm's numbers are not finite
 */
export function novelty(days: readonly { control: Arm; treatment: Arm }[]): Estimate | null {
  requireList(days, 'Days');
  const whole = (of: 'control' | 'treatment'): Arm =>
    days.map((day) => day[of]).reduce(merge, emptyArm);
  const [allControl, allTreatment] = [whole('control'), whole('treatment')];
  const [a, b] = [within(days.map((day) => day.control)), within(days.map((day) => day.treatment))];
  const base = allControl.mean;
  const ratio = allTreatment.mean / base;
  let [w, wx, wy, wxx, wxy, count] = [0, 0, 0, 0, 0, 0];
  days.forEach(({ control, treatment }, day) => {
    if (control.n < 2 || treatment.n < 2 || base === 0) return;
    const weight = base ** 2 / (b / treatment.n + (ratio * ratio * a) / control.n);
    if (!(weight > 0 && weight < Infinity)) return;
    const x = Math.log(day + 1);
    // The day's lift beyond the whole one, by its linear part.
    const y = (treatment.mean - ratio * control.mean) / Math.abs(base);
    count += 1;
    w += weight;
    wx += weight * x;
    wy += weight * y;
    wxx += weight * x * x;
    wxy += weight * x * y;
  });
  const spread = wxx - (wx * wx) / w;
  if (count < 4 || !(spread > 0)) return null;
  return estimate((wxy - (wx * wy) / w) / spread, 1 / Math.sqrt(spread));
}

/** One unit's variance within the days. */
function within(days: readonly Arm[]): number {
  let [squares, units] = [0, 0];
  for (const { n, m2 } of days) {
    squares += m2;
    units += Math.max(0, n - 1);
  }
  return squares / units;
}

/** Below this, divided by how many are looked at, groups are not the same. */
const BIAS_ALPHA = 0.001;

/**
 * Whether units differed before they met a variant: compares the covariates of each treatment with
 * the control's. p-values are adjusted for how many there are (Bonferroni); null where a covariate
 * is missing. `biased` is p < 0.001.
 * @throws StatisticsError when an arm's numbers are not finite
 */
export function preExperimentBias(
  control: Arm,
  treatments: readonly Arm[],
): { pValue: number | null; biased: boolean }[] {
  requireList(treatments, 'Treatments');
  const before = (of: Arm): Arm => {
    const { n, covariate } = checkedArm(of);
    return covariate ? { n, mean: covariate.mean, m2: covariate.m2 } : emptyArm;
  };
  return treatments.map((treatment) => {
    const { pValue } = compare(before(control), before(treatment));
    const adjusted = pValue === null ? null : Math.min(1, pValue * treatments.length);
    return { pValue: adjusted, biased: adjusted !== null && adjusted < BIAS_ALPHA };
  });
}

/**
 * Whether two experiments on the same units change each other's effect: the difference of
 * differences, in the metric's unit. Null where an arm has fewer than two units or none has spread.
 *
 * @param arms one metric by [variant of the first][variant of the second], 2 × 2, controls first
 * @throws StatisticsError when an arm's numbers are not finite
 */
export function interaction(
  arms: readonly [readonly [Arm, Arm], readonly [Arm, Arm]],
): Estimate | null {
  const [[none, second], [first, both]] = arms;
  let variance = 0;
  for (const one of [none, second, first, both]) variance += meanVariance(checkedArm(one)) ?? NaN;
  const difference = both.mean - first.mean - (second.mean - none.mean);
  if (!(variance > 0 && variance < Infinity && Number.isFinite(difference))) return null;
  return estimate(difference, Math.sqrt(variance));
}

/**
 * How thin a significant difference of two proportions is: the fewest conversions of the better arm
 * that, had they not happened, would leave nothing significant (Walsh et al., 2014). Null when
 * nothing is significant to begin with.
 * @throws StatisticsError when a mean or alpha is not between 0 and 1
 */
export function fragility(
  control: Arm,
  treatment: Arm,
  options: Pick<CompareOptions, 'alpha'> = {},
): { flips: number; reason: null } | { flips: null; reason: NotComputable | 'not-significant' } {
  const { alpha = 0.05 } = options;
  const counts = [control, treatment].map((of) => {
    const { n, mean } = checkedArm(of);
    requireThat(mean >= 0 && mean <= 1, 'Fragility is of proportions', mean);
    return { n, sum: Math.round(n * mean) };
  }) as [Count, Count];
  const better = treatment.mean > control.mean ? 1 : 0;
  /** Whether it is still significant with so many fewer conversions of the better arm. */
  const holds = (fewer: number): boolean => {
    const [c, t] = counts.map(({ n, sum }, i) => {
      const left = i === better ? sum - fewer : sum;
      return arm({ n, sum: left, sumSquares: left });
    }) as [Arm, Arm];
    const { pValue, difference } = compare(c, t, options);
    return pValue !== null && pValue < alpha && difference! > 0 === (better === 1);
  };
  if (!holds(0)) {
    return {
      flips: null,
      reason: compare(control, treatment, options).reason ?? 'not-significant',
    };
  }
  let [low, high] = [0, counts[better]!.sum];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return { flips: high, reason: null };
}

interface Count {
  n: number;
  sum: number;
}

function estimate(value: number, standardError: number): Estimate {
  return {
    estimate: value,
    standardError,
    pValue: 2 * normal.sf(Math.abs(value / standardError)),
  };
}
