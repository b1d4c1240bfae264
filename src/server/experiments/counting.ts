/** What of a metric's row decides its sums, in the terms that the database counts by. */
import type { Metric } from '../../experiments/model.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * How long before its unit's first exposure a conversion still counts, in ms: each request's time
 * on its way is part of its clock correction and may put the effect before the cause.
 */
export const CONVERSION_GRACE = 60_000;

/** How many days before that a unit's conversions are its covariate by default: two whole weeks. */
export const COVARIATE_DAYS = 14;

/** What is taken of a unit's events: whether there are any, how many, their sum or average. */
type Take = 'any' | 'count' | 'sum' | 'average';

/** Stored as JSON beside the sums, in this order of members: other JSON, other sums. */
export interface Counting {
  event: string;
  take: Take;
  /** ms after the first exposure, from which on and before which conversions count; null: no end. */
  since: number;
  until: number | null;
  /** The covariate is of so many ms before the first exposure. */
  before: number;
  /** Larger values of a unit count as this. */
  cap: number | null;
  /** The values' order is needed: for a quantile, or a cap at one. */
  bucketed: boolean;
  /** What a ratio is divided by. */
  divisor: { event: string; take: Take } | null;
}

export function countingOf(metric: Metric): Counting {
  const { event, kind, denominator, cap, delayHours = 0, windowHours } = metric;
  const since = delayHours > 0 ? delayHours * HOUR : -CONVERSION_GRACE;
  return {
    event,
    take: takeOf(metric),
    since,
    until: windowHours === undefined ? null : (delayHours + windowHours) * HOUR,
    before: (metric.covariateDays ?? COVARIATE_DAYS) * DAY,
    cap: cap && 'value' in cap ? cap.value : null,
    bucketed: kind === 'quantile' || (cap !== undefined && 'percentile' in cap),
    divisor:
      kind === 'ratio' && denominator
        ? { event: denominator.event, take: denominator.aggregation ?? 'count' }
        : null,
  };
}

function takeOf({ kind, aggregation = 'sum' }: Metric): Take {
  switch (kind) {
    case 'proportion':
    case 'retention':
      return 'any';
    case 'count':
      return 'count';
    case 'mean':
      return 'sum';
    case 'ratio':
    case 'quantile':
      return aggregation;
  }
}
