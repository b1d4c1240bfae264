/** Planning a fixed design: how many units, what they can find, how surely. */
import { normal } from './distributions.js';
import { requireThat } from './error.js';

/** What the control is expected to do. */
export interface Baseline {
  /** Mean per unit; for a proportion its rate. */
  mean: number;
  /** Variance of one unit's value; without it the metric is a proportion, mean·(1 − mean). */
  variance?: number | undefined;
}

export interface Errors {
  /** Two-sided; default 0.05. */
  alpha?: number;
  /** Chance to find the effect; default 0.8. */
  power?: number;
}

/**
 * Units per variant that find a relative lift of `mde` against the control:
 * n = (z₁₋α⸝₂ + z_power)² (σ²_C + σ²_T) / δ², rounded up.
 */
export function sampleSize(
  { mean, variance, mde }: Baseline & { mde: number },
  { alpha = 0.05, power: wanted = 0.8 }: Errors = {},
): number {
  checkErrors(alpha, wanted);
  requireThat(mde !== 0 && Number.isFinite(mde), 'The effect to find must not be 0', mde);
  const { delta, noise } = effect({ mean, variance }, mde);
  const reach = -normal.quantile(alpha / 2) - normal.quantile(1 - wanted);
  return Math.ceil((reach / delta) ** 2 * noise);
}

/** The chance that `perVariant` units each find a relative lift of `mde`. */
export function power(
  { mean, variance, mde, perVariant }: Baseline & { mde: number; perVariant: number },
  { alpha = 0.05 }: Pick<Errors, 'alpha'> = {},
): number {
  checkErrors(alpha, 0.5);
  requireThat(perVariant > 0, 'Power needs units', perVariant);
  const { delta, noise } = effect({ mean, variance }, mde);
  return powerAt(Math.abs(delta) / Math.sqrt(noise / perVariant), -normal.quantile(alpha / 2));
}

/** The chance that an effect of `z` standard errors passes a two-sided `critical` value. */
export function powerAt(z: number, critical: number): number {
  return normal.sf(critical - z) + normal.cdf(-critical - z);
}

/**
 * The smallest relative lift that `perVariant` units each find with the wanted power. For a
 * proportion null where no rate up to 1 is far enough away.
 */
export function minimumDetectableEffect(
  { mean, variance, perVariant }: Baseline & { perVariant: number },
  errors: Errors = {},
): number | null {
  const needed = (mde: number): number => sampleSize({ mean, variance, mde }, errors);
  requireThat(perVariant > 0, 'An effect needs units to be found', perVariant);
  let high = variance === undefined ? 1 / mean - 1 : 1;
  if (variance !== undefined) while (needed(high) > perVariant) high *= 2;
  else if (high <= 0 || needed(high) > perVariant) return null;
  let low = 0;
  for (let i = 0; i < 200 && high - low > 1e-12 * high; i++) {
    const mid = (low + high) / 2;
    if (needed(mid) > perVariant) low = mid;
    else high = mid;
  }
  return high;
}

/** The absolute effect of a relative lift, and both arms' variance with it. */
function effect(
  { mean, variance }: { mean: number; variance: number | undefined },
  mde: number,
): { delta: number; noise: number } {
  requireThat(
    Number.isFinite(mean) && mean !== 0,
    'The baseline must be a number other than 0',
    mean,
  );
  const delta = Math.abs(mean) * mde;
  if (variance !== undefined) {
    requireThat(variance > 0, 'The variance must be above 0', variance);
    return { delta, noise: 2 * variance };
  }
  const raised = mean + delta;
  requireThat(mean > 0 && mean < 1, 'A rate must be between 0 and 1', mean);
  // Rounding may carry a rate of 1 a hair beyond itself.
  const inside = raised >= 0 && raised <= 1 + 1e-12;
  requireThat(inside, 'The rate with its effect must be within 0 and 1', raised);
  return { delta, noise: mean * (1 - mean) + raised * Math.max(0, 1 - raised) };
}

function checkErrors(alpha: number, wanted: number): void {
  requireThat(alpha > 0 && alpha < 1, 'alpha must be between 0 and 1', alpha);
  requireThat(wanted > 0 && wanted < 1, 'power must be between 0 and 1', wanted);
}
