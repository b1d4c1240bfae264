import type { AnalysisInput, MetricInput, Summaries, VariantComparison } from './analysis.js';
import { analyze } from './analyze.js';
import { benjaminiHochberg } from './corrections.js';
import { isTooSmall } from './sufficiency.js';

/** The units with one value of a dimension: `country` = `NL`. */
export interface SegmentSummaries extends Omit<Summaries, 'variants'> {
  value: string;
}

export interface SegmentAnalysis {
  value: string;
  units: number;
  /** The primary metric, one for each variant but the control. */
  comparisons: VariantComparison[];
}

/**
 * The primary metric in each segment of a dimension. p-values are adjusted over all segments and
 * variants (Benjamini–Hochberg), and the verdicts with them: of many segments some stand out by
 * chance. A segment is a hint for the next experiment; the verdict is the whole experiment's.
 *
 * @param segments matrices by [variant][day], the variants in the experiment's order
 * @param now ms since 1970
 * @throws StatisticsError as `analyze` does
 */
export function analyzeSegments(
  input: AnalysisInput,
  segments: readonly SegmentSummaries[],
  metrics: readonly MetricInput[],
  now: number,
): SegmentAnalysis[] {
  const variants = input.variants.map(({ key }) => key);
  const { primary } = input.metrics;
  const goal = { ...input, metrics: { primary, secondary: [], guardrails: [] } };
  const lowerIsBetter = metrics.find(({ key }) => key === primary)?.lowerIsBetter ?? false;
  const analyses = segments.map((segment) => analyze(goal, { ...segment, variants }, metrics, now));
  const all = analyses.flatMap(({ metrics: [metric], anytime }) =>
    (metric?.comparisons ?? []).map((one) =>
      isTooSmall(one) ? null : anytime ? one.sequentialPValue : one.pValue,
    ),
  );
  const adjusted = benjaminiHochberg(all);
  let next = 0;
  return analyses.map(({ metrics: [metric], units }, i) => ({
    value: segments[i]?.value ?? '',
    units,
    comparisons: (metric?.comparisons ?? []).map((one): VariantComparison => {
      const adjustedPValue = adjusted[next++] ?? null;
      const { difference } = one;
      if (adjustedPValue === null || difference === null) return { ...one, adjustedPValue };
      const called = adjustedPValue < input.plan.alpha;
      const better = difference > 0 !== lowerIsBetter;
      const verdict = !called ? 'no-difference' : better ? 'better' : 'worse';
      return { ...one, adjustedPValue, verdict };
    }),
  }));
}
