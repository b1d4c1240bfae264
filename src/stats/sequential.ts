/**
 * The asymptotic confidence sequence: an interval that may be looked at any time and as often as
 * one likes (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, “Time-uniform central limit theory and
 * asymptotic confidence sequences”, 2024).
 */

import { requireAlpha, requireThat } from './error.js';

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
 * variants, tightest at `plannedUnits` (default 5000): √(2(nρ² + 1)/(nρ²) · ln(√(nρ² + 1)/α)) with
 * ρ² = (−2 ln α + ln(−2 ln α + 1))/plannedUnits.
 *
 * @param alpha two-sided error over all looks
 * @throws StatisticsError unless units are above 0, and alpha is between 0 and 1
 */
export function sequentialMultiplier(n: number, alpha: number, plannedUnits?: number): number {
  const nrho2 = informationOf(n, alpha, plannedUnits);
  return Math.sqrt(((2 * (nrho2 + 1)) / nrho2) * (0.5 * Math.log1p(nrho2) - Math.log(alpha)));
}

/**
 * The smallest error at which the sequence tuned for `alpha` excludes an effect of 0 that is
 * `z` standard errors away: a p-value valid at any look, between 0 and 1.
 *
 * @param n units of all variants
 * @throws StatisticsError unless units are above 0, and alpha is between 0 and 1
 */
export function sequentialPValue(
  z: number,
  n: number,
  alpha: number,
  plannedUnits?: number,
): number {
  const nrho2 = informationOf(n, alpha, plannedUnits);
  const p = Math.exp(0.5 * Math.log1p(nrho2) - (z * z * nrho2) / (2 * (nrho2 + 1)));
  requireThat(p >= 0, 'An effect must be a number', z);
  return Math.min(1, p);
}

/** n·ρ², with the ρ² for which the sequence is tightest at the planned number of units. */
function informationOf(n: number, alpha: number, plannedUnits = DEFAULT_UNITS): number {
  requireAlpha(alpha);
  const k = -2 * Math.log(alpha);
  const information = (n / Math.max(1, plannedUnits)) * (k + Math.log(k + 1));
  const known = information > 1e-300 && information < Infinity;
  requireThat(known, 'Units must be above 0, and those planned finite', n);
  return information;
}
