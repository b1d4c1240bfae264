/**
 * Makes reports of rows. The statistics come with it, so it is fetched while the rows are. Pure; an
 * analysis is kept until its inputs change or the hour does.
 */
import type { Experiment, Metric, Results } from '../../experiments/model.js';
import { analyze } from '../../stats/index.js';
import { isNewer } from './readable.js';
import type { Report } from './report.js';

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
