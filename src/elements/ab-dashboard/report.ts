/**
 * One experiment with everything that is known about it: what the list shows a line of and the
 * detail shows in full. Pure; the analysis is kept until its inputs change or the hour does.
 */
import type { Experiment, Metric, Results } from '../../experiments/model.js';
import { analyze } from '../../stats/index.js';
import type { Analysis, MetricAnalysis, VariantComparison } from '../../stats/analysis.js';
import { isNewer } from './readable.js';

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

const HOUR = 3_600_000;
/** ms of analysing at a time: a thousand experiments take half a second, and typing never waits. */
const SLICE = 12;

interface Kept {
  report: Report;
  metrics: readonly Metric[];
  hour: number;
}

/** Makes reports of rows; what did not change stays the same object, so that lists stay still. */
export class Reports {
  #kept = new WeakMap<Experiment, Kept>();
  #last: Report[] | null = null;

  /**
   * The reports of all experiments, in their order. `complete` is false when there is more to
   * analyse than one slice of time: the reports are then those of the last time, or null, and the
   * work goes on at the next call.
   */
  of(
    experiments: readonly Experiment[],
    metrics: readonly Metric[],
    results: readonly Results[],
    now: number,
  ): { reports: readonly Report[] | null; complete: boolean } {
    const byKey = new Map(metrics.map((metric) => [metric.id, metric]));
    const resultsById = new Map(results.map((row) => [row.id, row]));
    const hour = Math.floor(now / HOUR);
    const end = performance.now() + SLICE;
    const reports: Report[] = [];
    for (const experiment of experiments) {
      const found = resultsById.get(experiment.id);
      const current = found?.phase === experiment.phase ? found : undefined;
      const kept = this.#kept.get(experiment);
      if (kept && isCurrent(kept, current, metrics, hour)) {
        reports.push(kept.report);
        continue;
      }
      if (performance.now() > end) return { reports: this.#last, complete: false };
      const report = reportOf(experiment, byKey, current, now);
      this.#kept.set(experiment, { report, metrics, hour });
      reports.push(report);
    }
    const last = this.#last;
    const same = last?.length === reports.length && reports.every((one, i) => one === last[i]);
    if (!same) this.#last = reports;
    return { reports: this.#last, complete: true };
  }
}

/** Time only matters to what is going on. */
function isCurrent(
  kept: Kept,
  results: Results | undefined,
  metrics: readonly Metric[],
  hour: number,
): boolean {
  const { status } = kept.report.experiment;
  const live = status === 'running' || status === 'paused';
  return (
    kept.report.results === results && kept.metrics === metrics && (!live || kept.hour === hour)
  );
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
  if (isNewer(experiment, metrics)) {
    const { plan } = experiment;
    const unknown = { ...experiment, status: 'draft', plan: { ...plan, method: 'fixed' } } as const;
    const analysis = analyze(unknown, undefined, [], now);
    return { experiment, results: undefined, metrics: [], analysis, newer: true };
  }
  const analysis = analyze(experiment, results, metrics, now);
  return { experiment, results, metrics, analysis, newer: false };
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
