import { chiSquare } from './distributions.js';
import { requireThat } from './error.js';
import { logGamma } from './incomplete.js';

/** Below this a mismatch is called: real ones are extreme, and every experiment is checked daily. */
export const SRM_ALPHA = 0.001;

/** How strongly the test believes in the planned split (pseudo-units of its prior). */
const CONCENTRATION = 1_000;

export interface SampleRatio {
  /** χ² goodness of fit, valid for a single look. */
  pValue: number;
  chiSquare: number;
  df: number;
  /** Dirichlet–multinomial, valid at every look at once; it decides. */
  sequentialPValue: number;
  mismatch: boolean;
}

/**
 * Whether units arrive in the planned ratio. Null without units or with fewer than two variants
 * that get any. `mismatch` is the sequential test's call at 0.001 (Lindon & Malek, “Anytime-valid
 * inference for multinomial count data”, 2022), so that checking daily raises no false alarm.
 *
 * @param counts units by variant
 * @param weights planned shares; scaled to sum to 1
 * @throws StatisticsError when a count or weight is negative or not finite, or lengths differ
 */
export function srm(counts: readonly number[], weights: readonly number[]): SampleRatio | null {
  requireThat(counts.length === weights.length, 'Each count needs a weight', weights.length);
  for (const x of [...counts, ...weights]) {
    requireThat(Number.isFinite(x) && x >= 0, 'Counts and weights must be finite and ≥ 0', x);
  }
  const planned = counts.flatMap((count, i) => {
    const weight = weights[i] ?? 0;
    return weight > 0 ? [{ count, weight }] : [];
  });
  const total = planned.reduce((sum, { count }) => sum + count, 0);
  const whole = planned.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0 || planned.length < 2) return null;

  let statistic = 0;
  let logBayesFactor = logGamma(CONCENTRATION) - logGamma(CONCENTRATION + total);
  for (const { count, weight } of planned) {
    const share = weight / whole;
    const expected = total * share;
    statistic += (count - expected) ** 2 / expected;
    logBayesFactor +=
      logGamma(CONCENTRATION * share + count) -
      logGamma(CONCENTRATION * share) -
      count * Math.log(share);
  }
  const df = planned.length - 1;
  const sequentialPValue = Math.min(1, Math.exp(-logBayesFactor));
  return {
    pValue: chiSquare(df).sf(statistic),
    chiSquare: statistic,
    df,
    sequentialPValue,
    mismatch: sequentialPValue < SRM_ALPHA,
  };
}
