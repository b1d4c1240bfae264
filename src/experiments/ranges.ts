/** From a number in [0, 1) to a variant. */

import type { BucketRange } from './model.js';

/**
 * The range [start, end) of each of `count` variants within [0, 1): variant i starts where the
 * weights before it end, and takes `coverage` (0 to 1, beyond that the nearer of them) of its weight,
 * so that raising the coverage never moves a unit between variants. Weights that are missing, negative
 * or do not sum to 1 ± 0.01 count as equal, a coverage that is no number as 0. As in GrowthBook's
 * `getBucketRanges`.
 */
export function bucketRanges(
  count: number,
  coverage = 1,
  weights?: readonly number[],
): BucketRange[] {
  const share = coverage > 0 ? Math.min(1, coverage) : 0;
  const usable = weights !== undefined && areWeights(weights, count);
  const ranges: BucketRange[] = [];
  let start = 0;
  for (let i = 0; i < count; i++) {
    const weight = usable ? (weights[i] ?? 0) : 1 / count;
    ranges.push([start, start + share * weight]);
    start += weight;
  }
  return ranges;
}

/** The index of the first range [start, end) that `n`, 0 ≤ n < 1 as of `hash`, falls in, or −1. */
export function chooseVariation(n: number, ranges: readonly BucketRange[]): number {
  return ranges.findIndex((range) => n >= range[0] && n < range[1]);
}

/**
 * The index of the range that `n` falls in among the `bucketRanges` of these variants, or −1; without
 * making them.
 */
export function variantAt(
  n: number,
  coverage: number,
  variants: readonly { readonly weight: number }[],
): number {
  let sum = 0;
  for (const { weight } of variants) sum += weight >= 0 ? weight : NaN;
  const share = Math.min(1, Math.max(0, coverage));
  let start = 0;
  for (let i = 0; i < variants.length; i++) {
    const weight = isWhole(sum) ? variants[i]!.weight : 1 / variants.length;
    if (n >= start && n < start + share * weight) return i;
    start += weight;
  }
  return -1;
}

/** Whether these can be the weights of `count` variants. */
export function areWeights(weights: readonly number[], count: number): boolean {
  let sum = 0;
  for (const weight of weights) sum += weight >= 0 ? weight : NaN;
  return weights.length === count && isWhole(sum);
}

function isWhole(sum: number): boolean {
  return sum >= 0.99 && sum <= 1.01;
}
