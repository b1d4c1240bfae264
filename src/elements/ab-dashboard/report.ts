/**
 * One experiment with everything that is known about it: what the list shows a line of and the
 * detail shows in full. `reports.ts` makes them.
 */
import type { Experiment, Metric, Results } from '../../experiments/model.js';
import type { Analysis, MetricAnalysis, VariantComparison } from '../../stats/analysis.js';

export interface Report {
  experiment: Experiment;
  /** Sums of the present phase, when there are any. */
  results: Results | undefined;
  /** The metrics it names that exist, primary first. */
  metrics: Metric[];
  analysis: Analysis;
  /** It says what this page does not know: shown without numbers, and not to be changed. */
  newer: boolean;
}

/** The interval of the lift that the verdict rests on. */
export function judgedInterval(report: Report, comparison: VariantComparison) {
  return report.analysis.anytime ? comparison.sequentialLiftInterval : comparison.liftInterval;
}

/** The comparison of the primary metric that the decision is about, else the largest lift. */
export function headline({ analysis }: Report): VariantComparison | undefined {
  const primary = primaryOf(analysis);
  const decided = primary?.comparisons.find(({ variant }) => variant === analysis.variant);
  return decided ?? primary?.comparisons.reduce(better);
}

export function primaryOf(analysis: Analysis): MetricAnalysis | undefined {
  return analysis.metrics.find(({ role }) => role === 'primary');
}

function better(a: VariantComparison, b: VariantComparison): VariantComparison {
  return (b.lift ?? -Infinity) > (a.lift ?? -Infinity) ? b : a;
}

/** Whether it waits for somebody to decide: the evidence is in and nobody acted on it. */
export function awaitsDecision({ experiment, analysis }: Report): boolean {
  const { status, outcome } = experiment;
  return (
    !outcome &&
    (status === 'running' || status === 'paused' || status === 'stopped') &&
    (analysis.decision === 'ship' || analysis.decision === 'roll-back')
  );
}

/** A variant's name for people; its key when it has none. */
export function variantName({ variants }: Pick<Experiment, 'variants'>, key: string): string {
  return variants.find((variant) => variant.key === key)?.name || key;
}
