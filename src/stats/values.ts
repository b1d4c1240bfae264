/** Metrics that need the units' values themselves: caps on outliers, and quantiles. */
import type { Arm } from './arm.js';
import { normal } from './distributions.js';
import { requireThat } from './error.js';

export interface Cap {
  /** Values beyond are set to it: an absolute cap. */
  cap?: number;
  /** Or the quantile (0–1) of all groups' values together that becomes the cap. */
  percentile?: number;
  /** The percentile is that of the values above 0: most units buy nothing. Default false. */
  ignoreZeros?: boolean;
}

/**
 * Values with outliers set to a cap (winsorised). Give all variants at once: a cap of each its own
 * would make a difference of its own.
 *
 * @param groups the values of each variant's units
 * @throws StatisticsError unless exactly one cap is given and a percentile is between 0 and 1
 */
export function winsorize(
  groups: readonly (readonly number[])[],
  { cap, percentile, ignoreZeros = false }: Cap,
): number[][] {
  requireThat((cap === undefined) !== (percentile === undefined), 'Give one cap', cap);
  const pooled = groups.flat().filter((value) => !ignoreZeros || value > 0);
  const limit = cap ?? (pooled.length > 0 ? quantileOf(sorted(pooled), percentile ?? 1) : Infinity);
  return groups.map((values) => values.map((value) => Math.min(value, limit)));
}

/**
 * A quantile of the values as an arm for `compare`: its mean is the quantile, and its spread what
 * makes its standard error that of the quantile, half the width of the order statistics' 95 %
 * interval over 1.96 (Deng, Knoblich & Lu, “Applying the delta method in metric analytics”, 2018).
 * Such arms can't be merged. A quantile too near an end for its interval has its end as one end.
 *
 * @param p between 0 and 1, such as 0.9
 */
export function quantileArm(values: readonly number[], p: number): Arm {
  requireThat(p > 0 && p < 1, 'A quantile lies between 0 and 1', p);
  const n = values.length;
  if (n === 0) return { n, mean: 0, m2: 0 };
  const all = sorted(values);
  const z = -normal.quantile(0.025);
  const reach = z * Math.sqrt(n * p * (1 - p));
  const at = (rank: number): number => all[Math.min(n, Math.max(1, rank)) - 1] ?? 0;
  const [low, high] = [at(Math.floor(n * p - reach)), at(Math.ceil(n * p + reach) + 1)];
  const error = (high - low) / (2 * z);
  return { n, mean: quantileOf(all, p), m2: error * error * n * (n - 1) };
}

/** Linear between the order statistics (type 7 of Hyndman & Fan, 1996). */
function quantileOf(ascending: readonly number[], p: number): number {
  requireThat(p >= 0 && p <= 1, 'A percentile lies between 0 and 1', p);
  const place = p * (ascending.length - 1);
  const below = ascending[Math.floor(place)] ?? 0;
  return below + (place % 1) * ((ascending[Math.ceil(place)] ?? below) - below);
}

function sorted(values: readonly number[]): number[] {
  for (const value of values) {
    requireThat(Number.isFinite(value), 'A value must be a finite number', value);
  }
  return [...values].sort((a, b) => a - b);
}
