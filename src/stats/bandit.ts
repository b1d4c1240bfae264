import { checkedArm, varianceOf, type Arm } from './arm.js';
import { normal } from './distributions.js';
import { requireList, requireThat } from './error.js';

export interface BanditOptions {
  lowerIsBetter?: boolean;
  /** Share that every arm keeps, so that it goes on being measured; default 0.01. */
  floor?: number;
  /** Units that every arm must have before weights move; default 100. */
  units?: number;
}

/**
 * A bandit's next weights: each arm's probability to be the best (Thompson sampling), raised to the
 * floor. Equal weights while an arm has too few units or no spread. Weights are for new units: who
 * has met a variant keeps it. Weights sum to 1 (Thompson, 1933; Scott, 2010).
 *
 * @throws StatisticsError unless the floors of all arms fit into 1 and the arms' numbers are finite
 */
export function thompsonWeights(
  arms: readonly Arm[],
  { lowerIsBetter = false, floor = 0.01, units = 100 }: BanditOptions = {},
): number[] {
  requireList(arms, 'Arms');
  const fits = arms.length > 0 && floor >= 0 && floor * arms.length <= 1;
  requireThat(fits, 'The floors of all arms must fit into 1', floor);
  const known = arms.map(checkedArm).map((arm) => ({
    mean: lowerIsBetter ? -arm.mean : arm.mean,
    sd: Math.sqrt((varianceOf(arm) ?? 0) / (arm.n || 1)),
  }));
  const ready = arms.every(({ n }, i) => n >= units && n > 1 && known[i]!.sd < Infinity);
  const spread = Math.max(...known.map(({ sd }) => sd));
  if (!ready || !(spread > 0)) return arms.map(() => 1 / arms.length);
  // An arm without spread of its own (nobody converted) is as unsure as the others are.
  const posteriors = known.map(({ mean, sd }) => ({ mean, sd: sd > 0 ? sd : spread }));
  const chances = posteriors.map((_, arm) => chanceOfBest(posteriors, arm));
  const whole = chances.reduce((sum, chance) => sum + chance, 0);
  return withFloor(
    chances.map((chance) => chance / whole),
    floor,
  );
}

/** ∫ φ_k Π Φ_j: the trapezoidal rule over eight standard deviations to each side. */
function chanceOfBest(posteriors: readonly { mean: number; sd: number }[], arm: number): number {
  const own = posteriors[arm]!;
  let sum = 0;
  for (let u = -8; u <= 8; u += 0.05) {
    let product = normal.pdf(u);
    posteriors.forEach(({ mean, sd }, other) => {
      if (other !== arm) product *= normal.cdf((own.mean + u * own.sd - mean) / sd);
    });
    sum += 0.05 * product;
  }
  return sum;
}

/** Raises small weights to the floor, at the cost of the others in proportion. */
function withFloor(weights: readonly number[], floor: number): number[] {
  let raised = weights.map(() => false);
  for (;;) {
    const free = 1 - floor * raised.filter(Boolean).length;
    const rest = weights.reduce((sum, weight, i) => sum + (raised[i] ? 0 : weight), 0);
    const scaled = weights.map((weight, i) => (raised[i] ? floor : (weight / rest) * free));
    const low = scaled.map((weight, i) => raised[i]! || weight < floor);
    if (low.every((is, i) => is === raised[i])) return scaled;
    if (low.every(Boolean)) return weights.map(() => 1 / weights.length);
    raised = low;
  }
}
