import type { AnalysisInput, Summaries } from './analysis.js';
import { SRM_ALPHA, srmOfPeriods, type Period, type SampleRatio } from './srm.js';
import type { Totals } from './summaries.js';

/**
 * The balance now, with the sequential test's smallest p-value over the days. Units of each day are
 * held against its own weights; a day on which they changed has units of both and says nothing.
 */
export function balanceOf(
  { variants }: AnalysisInput,
  summaries: Summaries | undefined,
  { days, cumulativeUnits }: Totals,
): SampleRatio | null {
  const history = summaries?.weights?.length ? summaries.weights : undefined;
  const ofHistory = (shares: readonly number[]) =>
    variants.map(({ key }) => shares[summaries!.variants.indexOf(key)] ?? 0);
  const weights = history?.map(({ shares }) => ofHistory(shares)) ?? [
    variants.map(({ weight }) => weight),
  ];
  /** The day of each change; what the first weights are from is no change. */
  const changes = history?.slice(1).map(({ since }) => since.slice(0, 10)) ?? [];
  const counts = weights.map(() => variants.map(() => 0));
  let latest: SampleRatio | null = null;
  let least = 1;
  for (const [at, day] of days.entries()) {
    const period = changes.filter((change) => change < day).length;
    const isKnown = weights[period]!.some((weight) => weight > 0);
    if (changes.includes(day) || !isKnown) continue;
    cumulativeUnits.forEach((row, variant) => {
      counts[period]![variant]! += row[at]! - (row[at - 1] ?? 0);
    });
    const periods = counts.map((of, i): Period => ({ counts: of, weights: weights[i]! }));
    latest = srmOfPeriods(periods) ?? latest;
    least = Math.min(least, latest?.sequentialPValue ?? 1);
  }
  return latest && { ...latest, sequentialPValue: least, mismatch: least < SRM_ALPHA };
}
