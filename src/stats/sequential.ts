/**
 * The asymptotic confidence sequence: an interval that may be looked at any time and as often as
 * one likes (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, “Time-uniform central limit theory and
 * asymptotic confidence sequences”, 2024).
 */

/** What judges a look among several: instead of the confidence sequence, bounds that were planned. */
export interface SequentialTest {
  /** How many standard errors away from 0 an effect is called, at this look. */
  critical: number;
  /** From the effect in standard errors: valid at every look that was counted. */
  pValue(z: number): number;
}

/** Units for which the sequence is tightest where no plan names a number. */
const DEFAULT_UNITS = 5_000;

/**
 * By how many standard errors the interval reaches to either side after `n` units of all
 * variants, tightest at `plannedUnits`.
 */
export function sequentialMultiplier(n: number, alpha: number, plannedUnits?: number): number {
  const nrho2 = n * mixingVariance(alpha, plannedUnits);
  return Math.sqrt(((2 * (nrho2 + 1)) / nrho2) * (0.5 * Math.log1p(nrho2) - Math.log(alpha)));
}

/**
 * The smallest error at which the sequence tuned for `alpha` excludes an effect of 0 that is
 * `z` standard errors away: a p-value valid at any look.
 */
export function sequentialPValue(
  z: number,
  n: number,
  alpha: number,
  plannedUnits?: number,
): number {
  const nrho2 = n * mixingVariance(alpha, plannedUnits);
  return Math.min(1, Math.exp(0.5 * Math.log1p(nrho2) - (z * z * nrho2) / (2 * (nrho2 + 1))));
}

/** ρ², chosen so that the sequence is tightest at the planned number of units. */
function mixingVariance(alpha: number, plannedUnits = DEFAULT_UNITS): number {
  const k = -2 * Math.log(alpha);
  return (k + Math.log(k + 1)) / Math.max(1, plannedUnits);
}
