/**
 * The Bayesian view of a difference. It is for reading, never for stopping: looked at again and
 * again, “95 % chance to win” comes up without any effect.
 */
import type { Arm } from './arm.js';
import { normal, normalCritical, normalTails } from './distributions.js';
import { LARGEST, type Effect, type Interval } from './effect.js';
import { requirePositive } from './error.js';

/**
 * What is believed before: a normal distribution of the relative lift, or `flat`: anything goes.
 * For small counts of a proportion see `exactBayesian`.
 */
export type Prior = 'flat' | { mean?: number; sd: number };

/** What past experiments of most products look like: two thirds of lifts within ± 5 %. */
export const defaultPrior = { mean: 0, sd: 0.05 } as const;

export interface Bayesian {
  /** Probability that the treatment is better. */
  chanceToWin: number;
  /**
   * What is lost on average by choosing it, in the metric's unit: E max(0, how much better the
   * other one is).
   */
  expectedLoss: { control: number; treatment: number };
  /** Posterior mean of the absolute difference, and its interval of 1 − alpha. */
  difference: number;
  interval: Interval;
}

/** Null where the effect is not computable, or the prior has no scale because the control is 0. */
export function bayesian(
  control: Arm,
  { difference, standardError }: Effect,
  { prior, alpha, lowerIsBetter }: { prior: Prior; alpha: number; lowerIsBetter: boolean },
): Bayesian | null {
  if (difference === null || standardError === null) return null;
  let [centre, spread] = [difference, standardError];
  if (prior !== 'flat') {
    requirePositive(prior.sd, 'A prior’s standard deviation');
    const scale = Math.abs(control.mean);
    if (!(prior.sd * scale > 0)) return null;
    // The share of the data's word in the posterior.
    const share = 1 / (1 + (standardError / (prior.sd * scale)) ** 2);
    centre = difference * share + (prior.mean ?? 0) * scale * (1 - share);
    spread = standardError * Math.sqrt(share);
    if (!(spread > 0)) return null;
  }
  const z = (lowerIsBetter ? -centre : centre) / spread;
  if (!Number.isFinite(z) || Math.abs(centre) > LARGEST) return null;
  const [wins, loses] = normalTails(z);
  // E max(0, ±δ) of a normal δ, in closed form.
  const density = normal.pdf(z);
  const loss = (of: number, beyond: number): number =>
    Math.max(0, spread * (density - of * beyond));
  const reach = normalCritical(alpha / 2) * spread;
  return {
    chanceToWin: wins,
    expectedLoss: { control: loss(-z, wins), treatment: loss(z, loses) },
    difference: centre,
    interval: [centre - reach, centre + reach],
  };
}
