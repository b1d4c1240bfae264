/**
 * Rows come from a server, from another tab or from an old version of an app. What is not whole
 * is left out, so that one broken row never takes the others with it.
 */
import type { Experiment, Metric, Results } from '../../experiments/model.js';
import { isObject } from '../../protocol/index.js';
import { warnOnce } from '../warn.js';

export interface Rows {
  experiments: readonly Experiment[];
  metrics: readonly Metric[];
  results: readonly Results[];
}

/** What this page knows of members that newer versions may have other values for. */
const KNOWN = {
  status: ['draft', 'running', 'paused', 'stopped', 'archived'],
  kind: ['ab', 'aa', 'holdout', 'redirect'],
  method: ['fixed', 'sequential', 'group-sequential'],
  metric: ['proportion', 'mean', 'count', 'ratio', 'retention', 'quantile'],
};

/** Whether an experiment, with its metrics, is newer than this page: to be shown, not changed. */
export function isNewer({ status, kind, plan }: Experiment, metrics: readonly Metric[]): boolean {
  const knows = (member: keyof typeof KNOWN, value: string | undefined): boolean =>
    value === undefined || KNOWN[member].includes(value);
  return !(
    knows('status', status) &&
    knows('kind', kind) &&
    knows('method', plan.method) &&
    metrics.every((metric) => knows('metric', metric.kind))
  );
}

/** The rows that can be read. What went in unchanged comes out unchanged. */
export function readable({ experiments, metrics, results }: Rows): Rows {
  return {
    experiments: whole(experiments, 'experiments', isExperiment),
    metrics: whole(metrics, 'metrics', isMetric),
    results: whole(results, 'results', isResults),
  };
}

const checked = new WeakMap<readonly object[], readonly object[]>();

function whole<R extends { id: string }>(
  rows: readonly R[],
  collection: string,
  isWhole: (row: R) => boolean,
): readonly R[] {
  const known = checked.get(rows);
  if (known) return known as readonly R[];
  const good = rows.filter(isWhole);
  const result = good.length === rows.length ? rows : good;
  checked.set(rows, result);
  if (result !== rows) {
    const broken = rows.filter((row) => !good.includes(row)).map(({ id }) => id);
    warnOnce(`rows of ${collection} that are not whole are not shown: ${broken.join(', ')}`);
  }
  return result;
}

function isExperiment(row: Experiment): boolean {
  const { variants, metrics, plan } = row as Partial<Experiment>;
  return (
    strings([row.key, row.name, row.status, row.owner, row.hypothesis]) &&
    Number.isInteger(row.phase) &&
    isShare(row.coverage) &&
    Array.isArray(variants) &&
    variants.every((one) => isObject(one) && strings([one.key, one.name]) && isShare(one.weight)) &&
    isObject(metrics) &&
    strings([metrics.primary]) &&
    areStrings(metrics.secondary) &&
    areStrings(metrics.guardrails) &&
    isObject(plan) &&
    strings([plan.method]) &&
    plan.alpha > 0 &&
    plan.alpha < 1 &&
    Number.isFinite(plan.mde)
  );
}

function isMetric(row: Metric): boolean {
  return (
    strings([row.key, row.name, row.kind]) &&
    (row.format === undefined || typeof row.format === 'string')
  );
}

function isResults(row: Results): boolean {
  const { variants, days, units, metrics, looks } = row as Partial<Results>;
  return (
    areStrings(variants) &&
    areStrings(days) &&
    isMatrix(units) &&
    Number.isFinite(row.multiple) &&
    isObject(metrics) &&
    Object.values(metrics).every(areSums) &&
    (looks === undefined ||
      (isObject(looks) && areStrings(looks.days) && isMatrix(looks.units) && areSums(looks.sums)))
  );
}

const areSums = (sums: unknown): boolean =>
  isObject(sums) && isMatrix(sums['sum']) && isMatrix(sums['m2']);
const strings = (values: readonly unknown[]): boolean =>
  values.every((value) => typeof value === 'string');
const areStrings = (value: unknown): boolean => Array.isArray(value) && strings(value);
const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
const isMatrix = (value: unknown): boolean =>
  Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(Number.isFinite));
