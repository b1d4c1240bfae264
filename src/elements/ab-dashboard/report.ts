/**
 * One experiment with everything that is known about it: what the list shows a line of and the
 * detail shows in full. Pure; the analysis is kept until its inputs change or the hour does.
 */
import type { Experiment, Metric, Results } from '../../experiments/model.js';
import { analyze } from '../../stats/index.js';
import type { Analysis, MetricAnalysis, VariantComparison } from '../../stats/analysis.js';

export interface Report {
  experiment: Experiment;
  /** Sums of the present phase, when there are any. */
  results: Results | undefined;
  /** The metrics it names that exist, primary first. */
  metrics: Metric[];
  analysis: Analysis;
}

const HOUR = 3_600_000;

interface Kept {
  report: Report;
  metrics: readonly Metric[];
  hour: number;
}

/** Makes reports of rows; what did not change stays the same object, so that lists stay still. */
export class Reports {
  #kept = new WeakMap<Experiment, Kept>();
  #last: Report[] = [];

  of(
    experiments: readonly Experiment[],
    metrics: readonly Metric[],
    results: readonly Results[],
    now: number,
  ): Report[] {
    const byKey = new Map(metrics.map((metric) => [metric.id, metric]));
    const resultsById = new Map(results.map((row) => [row.id, row]));
    const hour = Math.floor(now / HOUR);
    const reports = experiments.map((experiment) => {
      const found = resultsById.get(experiment.id);
      const current = found?.phase === experiment.phase ? found : undefined;
      const kept = this.#kept.get(experiment);
      if (kept && kept.report.results === current && kept.metrics === metrics && kept.hour === hour)
        return kept.report;
      const report = reportOf(experiment, byKey, current, now);
      this.#kept.set(experiment, { report, metrics, hour });
      return report;
    });
    const same =
      reports.length === this.#last.length && reports.every((r, i) => r === this.#last[i]);
    return same ? this.#last : (this.#last = reports);
  }
}

function reportOf(
  experiment: Experiment,
  byKey: ReadonlyMap<string, Metric>,
  results: Results | undefined,
  now: number,
): Report {
  const { primary, secondary, guardrails } = experiment.metrics;
  const metrics = [...new Set([primary, ...secondary, ...guardrails])].flatMap(
    (key) => byKey.get(key) ?? [],
  );
  return { experiment, results, metrics, analysis: analyze(experiment, results, metrics, now) };
}

/**
 * Whether verdicts rest on intervals that are valid at any look: always with a sequential plan,
 * and with a fixed one until its planned end.
 */
export function judgedAnytime({ experiment: { plan }, analysis }: Report): boolean {
  if (plan.method === 'sequential') return true;
  if (plan.plannedDays !== undefined) return analysis.daysRunning < plan.plannedDays;
  return analysis.plannedUnits === null || analysis.units < analysis.plannedUnits;
}

/** The interval of the lift that the verdict rests on. */
export function judgedInterval(report: Report, comparison: VariantComparison) {
  return judgedAnytime(report) ? comparison.sequentialLiftInterval : comparison.liftInterval;
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
