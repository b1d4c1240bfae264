import type { Metric } from '../experiments/model.js';
import type { Analysis, ArmSummary, MetricAnalysis, VariantComparison } from '../stats/index.js';
import type { AdvisorContext, Suggestion } from './suggestion.js';

/** What every rule looks at. */
export interface Situation {
  analysis: Analysis;
  experiment: AdvisorContext['experiment'];
  /** The primary metric. */
  primary: MetricAnalysis;
  /** Its control arm. */
  control: ArmSummary;
  guardrails: MetricAnalysis[];
  /** Whether it takes units, or would if it were not paused. */
  active: boolean;
  /** Units a day, as they came so far; null before the first whole day. */
  unitsPerDay: number | null;
  variantName(key: string): string;
  metric(key: string): Metric | undefined;
  metricName(key: string): string;
}

/** A rule: what it has to say about a situation, most often nothing. */
export type Rule = (situation: Situation) => Suggestion[];

/** Null where the analysis has no primary metric to talk about. */
export function situate(analysis: Analysis, context: AdvisorContext): Situation | null {
  const { experiment, metrics } = context;
  const primary = analysis.metrics.find(({ role }) => role === 'primary');
  const control = primary?.arms[0];
  if (primary === undefined || control === undefined) return null;
  const metric = (key: string): Metric | undefined => metrics.find((m) => m.key === key);
  return {
    analysis,
    experiment,
    primary,
    control,
    guardrails: analysis.metrics.filter(({ role }) => role === 'guardrail'),
    active: experiment.status === 'running' || experiment.status === 'paused',
    unitsPerDay: analysis.daysRunning > 0 ? analysis.units / analysis.daysRunning : null,
    variantName: (key) => experiment.variants.find((v) => v.key === key)?.name || key,
    metric,
    metricName: (key) => metric(key)?.name || key,
  };
}

/** Whether there is enough data, and the plan allows this look: results may be talked about. */
export function isJudged({ analysis: { reason } }: Situation): boolean {
  return reason !== 'no-data' && reason !== 'planned-look-pending' && !reason.startsWith('too-');
}

/** The comparison of the primary metric that the decision is about. */
export function decided({ analysis, primary }: Situation): VariantComparison | undefined {
  return primary.comparisons.find(({ variant }) => variant === analysis.variant);
}

/** The interval of the absolute difference that the verdict rests on. */
export function differenceInterval(
  { analysis }: Situation,
  comparison: VariantComparison,
): [number, number] | null {
  return analysis.anytime ? comparison.sequentialInterval : comparison.interval;
}

/** The interval of the lift that the verdict rests on. */
export function liftInterval(
  { analysis }: Situation,
  comparison: VariantComparison,
): [number, number] | null {
  return analysis.anytime ? comparison.sequentialLiftInterval : comparison.liftInterval;
}
