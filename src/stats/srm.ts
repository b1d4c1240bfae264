import { requireList, requireThat } from './error.js';
import { gammaTails, logGamma } from './incomplete.js';

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
  /** Units in variants that should get none: something assigns past the plan. */
  leaked: number;
}

/** Units that arrived while the weights were these. */
export interface Period {
  counts: readonly number[];
  weights: readonly number[];
}

/**
 * Whether units arrive in the planned ratio. Null without units or with fewer than two variants
 * that get any. `mismatch` is the sequential test's call at 0.001 (Lindon & Malek, “Anytime-valid
 * inference for multinomial count data”, 2022), so that checking daily raises no false alarm.
 *
 * @param counts units by variant
 * @param weights planned shares; scaled to sum to 1
 * @throws StatisticsError when a count or weight is below 0 or above 2⁵³, or lengths differ
 */
export function srm(counts: readonly number[], weights: readonly number[]): SampleRatio | null {
  return srmOfPeriods([{ counts, weights }]);
}

/**
 * The same of a bandit, whose weights change: each period's units against its own weights. The
 * evidence of the periods multiplies, and their χ² add up.
 * @throws StatisticsError as `srm` does, and for weights so small that units which came could not be
 *   expected
 */
export function srmOfPeriods(periods: readonly Period[]): SampleRatio | null {
  let [statistic, df, leaked, logBayesFactor] = [0, 0, 0, 0];
  for (const { counts, weights } of periods) {
    requireList(counts, 'Counts');
    requireList(weights, 'Weights');
    requireThat(counts.length === weights.length, 'Each count needs a weight', weights.length);
    for (const x of [...counts, ...weights]) {
      requireThat(
        Number.isFinite(x) && x >= 0 && x <= Number.MAX_SAFE_INTEGER,
        'Counts and weights are from 0 to 2⁵³',
        x,
      );
    }
    let [total, whole, planned] = [0, 0, 0];
    weights.forEach((weight, i) => {
      const count = counts[i] ?? 0;
      if (weight > 0) {
        planned += 1;
        whole += weight;
        total += count;
      } else leaked += count;
    });
    if (total === 0 || planned < 2) continue;
    df += planned - 1;
    logBayesFactor -= logRise(CONCENTRATION, total);
    weights.forEach((weight, i) => {
      if (weight === 0) return;
      const count = counts[i] ?? 0;
      const share = weight / whole;
      const expected = total * share;
      statistic += (count - expected) ** 2 / expected;
      logBayesFactor += logRise(CONCENTRATION * share, count) - count * Math.log(share);
    });
  }
  requireThat(statistic < 1e300, 'Weights must be large enough to expect units', statistic);
  if (df === 0) return null;
  const sequentialPValue = Math.min(1, Math.exp(-logBayesFactor));
  return {
    // χ²'s upper tail.
    pValue: gammaTails(df / 2, statistic / 2)[1],
    chiSquare: statistic,
    df,
    sequentialPValue,
    mismatch: sequentialPValue < SRM_ALPHA,
    leaked,
  };
}

/** ln Γ(a + n)/Γ(a). */
function logRise(a: number, n: number): number {
  return logGamma(a + n) - logGamma(a);
}
