/**
 * What past experiments say about the next: lifts are spread around a mean, and a measured one is
 * that spread plus its own error. Winners are picked for their luck too, so what they bring is less
 * than what was measured (empirical Bayes; Efron & Morris, 1975).
 */
import { requireList, requirePositive, requireThat } from './error.js';

export interface MeasuredLift {
  lift: number;
  standardError: number;
}

export interface LiftPrior {
  mean: number;
  /** Standard deviation of true lifts; 0 where the measured ones differ by no more than chance. */
  sd: number;
}

/**
 * The prior that lifts of past experiments of one metric imply, all of them and not only winners:
 * Paule & Mandel's estimate (1982), the spread that leaves the weighted residuals with their
 * expected size. For `compare`'s option `prior`, and for `shrink`.
 * @throws StatisticsError with fewer than two lifts, or errors that are not above 0
 */
export function learnPrior(lifts: readonly MeasuredLift[]): LiftPrior {
  requireList(lifts, 'Past lifts');
  requireThat(lifts.length > 1, 'A prior needs two past lifts', lifts.length);
  for (const { lift, standardError } of lifts) {
    const known = Number.isFinite(lift) && standardError > 0 && standardError < Infinity;
    requireThat(known, 'A past lift needs a standard error above 0', standardError);
  }
  const at = (variance: number): { mean: number; excess: number } => {
    const weights = lifts.map(({ standardError }) => 1 / (standardError ** 2 + variance));
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    const mean = lifts.reduce((sum, { lift }, i) => sum + lift * weights[i]!, 0) / whole;
    const squares = lifts.reduce((sum, { lift }, i) => sum + weights[i]! * (lift - mean) ** 2, 0);
    return { mean, excess: squares - (lifts.length - 1) };
  };
  let low = 0;
  let high = 0;
  if (at(0).excess > 0) {
    for (high = 1e-8; at(high).excess > 0; high *= 4) low = high;
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (at(middle).excess > 0) low = middle;
      else high = middle;
    }
  }
  const prior = { mean: at(high).mean, sd: Math.sqrt(high) };
  requireThat(Number.isFinite(prior.mean + prior.sd), 'Past lifts must be of a common size', high);
  return prior;
}

/**
 * What a measured lift is worth: its posterior mean, the winner's curse taken off, and its error.
 * @throws StatisticsError unless the numbers are finite and the standard error is above 0
 */
export function shrink({ lift, standardError }: MeasuredLift, prior: LiftPrior): MeasuredLift {
  requirePositive(standardError, 'A standard error');
  const known = Number.isFinite(lift + prior.mean) && prior.sd >= 0 && prior.sd < Infinity;
  requireThat(known, 'A lift and its prior need finite numbers', lift);
  const share = prior.sd === 0 ? 0 : 1 / (1 + (standardError / prior.sd) ** 2);
  return {
    lift: lift * share + prior.mean * (1 - share),
    standardError: standardError * Math.sqrt(share),
  };
}
