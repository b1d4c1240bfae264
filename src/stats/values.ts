/** Metrics that need the units' values themselves: caps on outliers, and quantiles. */
import { checkedArm, type Arm } from './arm.js';
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
 * @throws StatisticsError unless exactly one cap is given, a percentile is between 0 and 1, and the
 *   values are finite
 */
export function winsorize(
  groups: readonly (readonly number[])[],
  { cap, percentile, ignoreZeros = false }: Cap,
): number[][] {
  requireThat((cap === undefined) !== (percentile === undefined), 'Give one cap', cap);
  requireThat(Number.isFinite(cap ?? percentile), 'A cap must be a finite number', cap);
  for (const values of groups) requireFinite(values);
  const pooled = groups.flat().filter((value) => !ignoreZeros || value > 0);
  const limit =
    cap ?? (pooled.length > 0 ? quantileOf(ordered(pooled), percentile ?? 1) : Infinity);
  return groups.map((values) => values.map((value) => Math.min(value, limit)));
}

/**
 * A quantile of the values as an arm for `compare`: its mean is the quantile, and its spread what
 * makes its standard error that of the quantile, half the width of the order statistics' 95 %
 * interval over 1.96 (Deng, Knoblich & Lu, “Applying the delta method in metric analytics”, 2018).
 * Such arms can't be merged. A quantile too near an end for its interval has its end as one end.
 *
 * @param p between 0 and 1, such as 0.9
 * @param units how many units have each of the values; default: one
 * @throws StatisticsError unless the values are finite and p lies between 0 and 1
 */
export function quantileArm(values: readonly number[], p: number, units?: readonly number[]): Arm {
  requireThat(p > 0 && p < 1, 'A quantile lies between 0 and 1', p);
  const all = ordered(values, units);
  const { n } = all;
  if (n === 0) return { n, mean: 0, m2: 0 };
  const z = -normal.quantile(0.025);
  const reach = z * Math.sqrt(n * p * (1 - p));
  const at = (rank: number): number => all.at(Math.min(n, Math.max(1, rank)));
  const [low, high] = [at(Math.floor(n * p - reach)), at(Math.ceil(n * p + reach) + 1)];
  const error = (high - low) / (2 * z);
  return checkedArm({ n, mean: quantileOf(all, p), m2: error * error * n * (n - 1) });
}

/** Linear between the order statistics (type 7 of Hyndman & Fan, 1996). */
function quantileOf({ n, at }: Ordered, p: number): number {
  requireThat(p >= 0 && p <= 1, 'A percentile lies between 0 and 1', p);
  const place = p * (n - 1);
  const below = at(Math.floor(place) + 1);
  return below + (place % 1) * (at(Math.ceil(place) + 1) - below);
}

interface Ordered {
  n: number;
  /** The value of a rank, 1 to n. */
  at(rank: number): number;
}

function ordered(values: readonly number[], units?: readonly number[]): Ordered {
  requireFinite(values);
  if (!units) {
    const ascending = [...values].sort((a, b) => a - b);
    return { n: ascending.length, at: (rank) => ascending[rank - 1] ?? 0 };
  }
  const ascending = values
    .map((value, i) => ({ value, count: units[i] ?? 0, end: 0 }))
    .sort((a, b) => a.value - b.value);
  let n = 0;
  for (const group of ascending) {
    requireThat(
      Number.isInteger(group.count) && group.count >= 0,
      'Units are counted',
      group.count,
    );
    group.end = n += group.count;
  }
  /** The first group that reaches the rank. */
  const at = (rank: number): number => {
    let [low, high] = [0, ascending.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ascending[middle]?.end ?? 0) < rank) low = middle + 1;
      else high = middle;
    }
    return ascending[low]?.value ?? 0;
  };
  return { n, at };
}

function requireFinite(values: readonly number[]): void {
  for (const value of values) {
    requireThat(Number.isFinite(value), 'A value must be a finite number', value);
  }
}
