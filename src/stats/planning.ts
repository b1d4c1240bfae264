/**
 * Planning: how many units, what they can find, how surely, how long. Every design calls an effect
 * that is so many standard errors away from zero, and differs in how many: see `criticalAt`.
 */
import { defaultPrior } from './bayesian.js';
import { normal } from './distributions.js';
import { requireAlpha, requireList, requireOneOf, requirePositive, requireThat } from './error.js';
import { groupSequentialBounds, groupSequentialPower, type Spending } from './group-sequential.js';
import { sequentialMultiplier } from './sequential.js';

/** What the control is expected to do. */
export interface Baseline {
  /** Mean per unit; for a proportion its rate. */
  mean: number;
  /** Variance of one unit's value; without it the metric is a proportion, mean·(1 − mean). */
  variance?: number | undefined;
  /** Share of the variance that a covariate takes away (CUPED); default 0. */
  explained?: number | undefined;
}

/** The effect that a plan is made for. */
export interface Target extends Baseline {
  /** Relative lift to find, other than 0. With a margin the lift that is expected; default 0. */
  mde?: number;
  /**
   * Non-inferiority instead of a difference: the relative harm, above 0, that is to be ruled out.
   * One-sided at alpha. Harm is a fall; of a metric where lower is better give a negative mean.
   */
  margin?: number;
}

export interface Design {
  /** Default 0.05: two-sided, or one-sided against a margin. */
  alpha?: number;
  /**
   * `fixed` (default): one look. `sequential`: a confidence sequence, tightest at the planned end.
   * `group-sequential`: planned looks. `bayesian`: called when the chance to win passes
   * 1 − alpha/2 at the end.
   */
  design?: 'fixed' | 'sequential' | 'group-sequential' | 'bayesian';
  /** Looks of a group-sequential design, evenly spread, 1 to 100; default 20. */
  looks?: number;
  spending?: Spending;
  /** Standard deviation of the Bayesian prior of the relative lift; default 0.05. */
  priorSd?: number;
  /** Units of a treatment for each of the control's; default 1. */
  ratio?: number;
}

export interface Errors extends Design {
  /** Chance to find the effect; default 0.8. */
  power?: number;
}

/**
 * Units of the control that find the effect with the wanted power; each treatment takes `ratio`
 * times as many. Of a fixed design n = (z₁₋α⸝₂ + z_power)² (σ²_C + σ²_T/ratio) / δ², rounded up;
 * the other designs search for the n whose power is the wanted one.
 *
 * @throws StatisticsError when a share (alpha, power, a rate) is not between 0 and 1, the mean or
 *   the effect is 0, or it would take over 1e15 units
 */
export function sampleSize(
  target: Target,
  { power: wanted = 0.8, ...design }: Errors = {},
): number {
  requirePower(wanted);
  const { delta, chance } = planned(target, design);
  requireThat(
    delta > 0 || target.margin === undefined,
    'The lift to expect must be within the margin',
    target.mde,
  );
  if (isFixed(design)) {
    const units = fixedUnits(target, design, wanted);
    requireFindable(units, target);
    return units;
  }
  let high = 2;
  for (; chance(high) < wanted; high *= 2) requireFindable(high, target);
  let low = high / 2;
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (chance(middle) < wanted) low = middle;
    else high = middle;
  }
  return Math.ceil(high);
}

function requirePower(wanted: number): void {
  const holds = Number.isFinite(wanted) && wanted > 0 && wanted < 1;
  requireThat(holds, 'power must be between 0 and 1', wanted);
}

function isFixed({ design = 'fixed' }: Design): boolean {
  return design === 'fixed';
}

function fixedUnits(target: Target, design: Design, wanted: number): number {
  const { delta, noise } = planned(target, design);
  const reach = fixedCritical(target, design) - normal.quantile(1 - wanted);
  return Math.max(2, Math.ceil((reach / delta) ** 2 * noise));
}

function requireFindable(units: number, { mde, margin }: Target): void {
  requireThat(units <= 1e15, 'The effect must be large enough to be found', mde ?? margin);
}

/**
 * The chance, 0 to 1, that `perVariant` units of the control find the effect: two-sided, or
 * one-sided against a margin.
 * @throws StatisticsError for numbers that no experiment can have, as `sampleSize` does
 */
export function power(target: Target & { perVariant: number }, design: Design = {}): number {
  requireThat(Object(target) === target, 'A plan needs a target', target);
  requirePositive(target.perVariant, 'Units per variant');
  return planned(target, design).chance(target.perVariant);
}

/**
 * The smallest relative lift that `perVariant` units of the control find with the wanted power. For
 * a proportion null where no rate up to 1 is far enough away, for other metrics where it would
 * overflow.
 *
 * @throws StatisticsError as `sampleSize` does
 */
export function minimumDetectableEffect(
  { perVariant, ...baseline }: Baseline & { perVariant: number },
  errors: Errors = {},
): number | null {
  const { mean, variance } = baseline;
  const { power: wanted = 0.8, ...design } = errors;
  const found = (mde: number): boolean =>
    isFixed(design)
      ? fixedUnits({ ...baseline, mde }, design, wanted) <= perVariant
      : power({ ...baseline, mde, perVariant }, design) >= wanted;
  requirePositive(perVariant, 'Units per variant');
  requirePower(wanted);
  let high = variance === undefined ? 1 / mean - 1 : 1;
  if (variance !== undefined) while (!found(high) && high < 1e150) high *= 2;
  if (!(high > 0) || !found(high)) return null;
  let low = 0;
  for (let i = 0; i < 200 && high - low > 1e-12 * high; i++) {
    const mid = (low + high) / 2;
    if (found(mid)) high = mid;
    else low = mid;
  }
  return high;
}

/**
 * Whole days until an experiment with so many variants (default 2) has the units that `sampleSize`
 * asks for.
 * @throws StatisticsError unless units a day are above 0 and variants whole and at least 2, and as
 *   `sampleSize` does
 */
export function duration(
  target: Target,
  { unitsPerDay, variants = 2, ...errors }: Errors & { unitsPerDay: number; variants?: number },
): number {
  requirePositive(unitsPerDay, 'Units a day');
  requireThat(Number.isInteger(variants) && variants > 1, 'Variants are 2 or more', variants);
  const all = sampleSize(target, errors) * (1 + (variants - 1) * (errors.ratio ?? 1));
  requireFindable(all, target);
  return Math.ceil(all / unitsPerDay);
}

/**
 * Shares of the units that make the comparisons with the control most precise: each arm by its
 * standard deviation, the control by √k as it takes part in k comparisons (Dunnett, 1955).
 *
 * @param deviations of one unit's value, the control's first
 * @throws StatisticsError with fewer than two, or one that is not above 0
 */
export function optimalAllocation(deviations: readonly number[]): number[] {
  requireList(deviations, 'Deviations');
  requireThat(deviations.length > 1, 'An allocation needs two arms', deviations.length);
  const shares = deviations.map((sd, i) => {
    requirePositive(sd, 'A standard deviation');
    return i === 0 ? sd * Math.sqrt(deviations.length - 1) : sd;
  });
  const whole = shares.reduce((sum, share) => sum + share, 0);
  requirePositive(1 / whole, 'One over their sum');
  return shares.map((share) => share / whole);
}

/**
 * The chance that a running experiment will call an effect at its end, given where it stands now
 * (Lan & Wittes' B-value, 1988).
 *
 * @param now the effect so far in standard errors
 * @param fraction of the planned units that it has, 0–1
 * @param drift the true effect in standard errors of the end; default: as large as it looks now
 * @param critical standard errors that call it at the end; default 1.96
 * @throws StatisticsError unless the fraction is above 0 and at most 1, and the others are finite
 */
export function conditionalPower(
  now: number,
  fraction: number,
  {
    drift = now / Math.sqrt(fraction),
    critical = -normal.quantile(0.025),
  }: { drift?: number; critical?: number } = {},
): number {
  requireThat(fraction > 0 && fraction <= 1, 'A fraction lies between 0 and 1', fraction);
  const known = Number.isFinite(now + drift) && critical >= 0;
  requireThat(known, 'Effect, drift and critical value must be numbers', now);
  const value = now * Math.sqrt(fraction) + drift * (1 - fraction);
  const rest = Math.sqrt(1 - fraction);
  if (rest === 0) return Math.abs(value) >= critical ? 1 : 0;
  return normal.sf((critical - value) / rest) + normal.cdf((-critical - value) / rest);
}

/** The chance that an effect of `z` standard errors passes a two-sided `critical` value. */
export function powerAt(z: number, critical: number): number {
  return normal.sf(critical - z) + normal.cdf(-critical - z);
}

/** What `evenLooks` was asked for last: a search asks for the same again and again. */
let known = { of: '', times: [0], bounds: [0] };

/** Looks that lie evenly, and their bounds. */
export function evenLooks(looks: number, alpha: number, spending?: Spending): typeof known {
  const of = [looks, alpha, spending].join();
  if (known.of !== of) {
    const times = Array.from({ length: looks }, (_, i) => (i + 1) / looks);
    const bounds = groupSequentialBounds(times, { alpha, ...(spending && { spending }) });
    known = { of, times, bounds };
  }
  return known;
}

function fixedCritical({ margin }: Target, { alpha = 0.05 }: Design): number {
  requireAlpha(alpha);
  return -normal.quantile(margin === undefined ? alpha / 2 : alpha);
}

/** The effect to find, the noise of a difference with one unit of the control, and its power. */
function planned(
  target: Target,
  design: Design,
): { delta: number; noise: number; chance: (n: number) => number } {
  requireThat(Object(target) === target, 'A plan needs a target', target);
  requireOneOf('fixed sequential group-sequential bayesian', design.design, 'A design');
  const { margin, mde } = target;
  const { alpha = 0.05, ratio = 1, looks = 20, spending, priorSd = defaultPrior.sd } = design;
  const once = fixedCritical(target, design);
  requirePositive(ratio, 'The ratio');
  requireThat(Number.isInteger(looks) && looks > 0 && looks <= 100, 'Looks are 1 to 100', looks);
  const { delta, noise } = effect(target, ratio);
  const z = (n: number): number => Math.abs(delta) / Math.sqrt(noise / n);
  if (margin !== undefined) {
    requirePositive(margin, 'A margin');
    requireThat(isFixed(design), 'Non-inferiority is planned with a fixed design', design.design);
    return { delta, noise, chance: (n) => normal.sf(once - Math.sign(delta) * z(n)) };
  }
  requireThat(mde !== 0 && Number.isFinite(mde), 'The effect to find must not be 0', mde);
  if (design.design === 'group-sequential') {
    const { times, bounds } = evenLooks(looks, alpha, spending);
    return {
      delta,
      noise,
      chance: (n) => groupSequentialPower(times, bounds, z(n)).at(-1) ?? 0,
    };
  }
  /** Standard errors that call an effect with n units of the control. */
  const criticalAt = (n: number): number => {
    if (design.design === 'sequential') {
      const all = n * (1 + ratio);
      return sequentialMultiplier(all, alpha, all);
    }
    if (design.design !== 'bayesian') return once;
    requirePositive(priorSd, 'A prior’s standard deviation');
    // The posterior pulls the effect in, and its own error less: z·√share must pass.
    return once * Math.sqrt(1 + noise / n / (priorSd * target.mean) ** 2);
  };
  return { delta, noise, chance: (n) => powerAt(z(n), criticalAt(n)) };
}

/** The absolute effect, and the variance of the difference with one unit of the control. */
function effect(
  { mean, variance, explained = 0, mde, margin = 0 }: Target,
  ratio: number,
): { delta: number; noise: number } {
  requireThat(
    Number.isFinite(mean) && mean !== 0,
    'The baseline must be a number other than 0',
    mean,
  );
  requireThat(
    Number.isFinite(explained) && explained >= 0 && explained < 1,
    'The share explained is from 0 to 1',
    explained,
  );
  const lift = mde ?? 0;
  const delta = Math.abs(mean) * (lift + margin);
  const left = 1 - explained;
  if (variance !== undefined) {
    requirePositive(variance, 'The variance');
    return { delta, noise: left * variance * (1 + 1 / ratio) };
  }
  const raised = mean + Math.abs(mean) * lift;
  requireThat(mean > 0 && mean < 1, 'A rate must be between 0 and 1', mean);
  // Rounding may carry a rate of 1 a hair beyond itself.
  const inside = raised >= 0 && raised <= 1 + 1e-12;
  requireThat(inside, 'The rate with its effect must be within 0 and 1', raised);
  const noise = mean * (1 - mean) + (raised * Math.max(0, 1 - raised)) / ratio;
  return { delta, noise: left * noise };
}
