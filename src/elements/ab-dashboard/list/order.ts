/** Which reports a list shows and in what order; pure. */
import type { ExperimentStatus } from '../../../experiments/model.js';
import { awaitsDecision, headline, type Report } from '../report.js';

export type Filter = 'all' | 'running' | 'paused' | 'draft' | 'stopped';
export const FILTERS: readonly Filter[] = ['all', 'running', 'paused', 'draft', 'stopped'];

export type Column = 'name' | 'status' | 'decision' | 'exposures' | 'lift' | 'left' | 'owner';

/** Nothing sorted by hand: what needs somebody comes first. */
export type Sort = { column: Column; descending: boolean } | null;

const STATUSES: readonly ExperimentStatus[] = ['running', 'paused', 'draft', 'stopped', 'archived'];
const DECISIONS = [
  'ship',
  'roll-back',
  'untrustworthy',
  'inconclusive',
  'keep-running',
  'not-started',
] as const;

/** Those whose name, key or owner holds the words and whose status fits. */
export function select(reports: readonly Report[], search: string, filter: Filter): Report[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return reports.filter(({ experiment }) => {
    const { name, key, owner, status } = experiment;
    const text = `${name}\n${key}\n${owner}`.toLocaleLowerCase();
    return (
      (filter === 'all' || filter === status || (filter === 'stopped' && status === 'archived')) &&
      words.every((word) => text.includes(word))
    );
  });
}

/** A sorted copy. What has no value comes last whichever way it is sorted; ties go by name. */
export function order(reports: readonly Report[], sort: Sort, collator: Intl.Collator): Report[] {
  const byName = (a: Report, b: Report) => collator.compare(a.experiment.name, b.experiment.name);
  if (sort === null) {
    return [...reports].sort((a, b) => attention(a) - attention(b) || byName(a, b));
  }
  const sign = sort.descending ? -1 : 1;
  return reports
    .map((report) => ({ report, value: valueOf(report, sort.column) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) {
        return Number(a.value === null) - Number(b.value === null) || byName(a.report, b.report);
      }
      const difference =
        typeof a.value === 'string' && typeof b.value === 'string'
          ? collator.compare(a.value, b.value)
          : Number(a.value) - Number(b.value);
      return sign * difference || byName(a.report, b.report);
    })
    .map(({ report }) => report);
}

/** A first click on a heading sorts the way people look for it: names upwards, numbers downwards. */
export function nextSort(sort: Sort, column: Column): Sort {
  const first = column === 'exposures' || column === 'lift';
  if (sort?.column !== column) return { column, descending: first };
  return sort.descending === first ? { column, descending: !first } : null;
}

function attention(report: Report): number {
  if (awaitsDecision(report)) return 0;
  const { experiment, analysis } = report;
  const live = experiment.status === 'running' || experiment.status === 'paused';
  if (live && analysis.decision === 'untrustworthy') return 1;
  return 2 + STATUSES.indexOf(experiment.status);
}

function valueOf(report: Report, column: Column): string | number | null {
  const { experiment, analysis } = report;
  switch (column) {
    case 'name':
      return experiment.name;
    case 'owner':
      return experiment.owner;
    case 'status':
      return STATUSES.indexOf(experiment.status);
    case 'decision':
      return DECISIONS.indexOf(analysis.decision);
    case 'exposures':
      return analysis.units;
    case 'lift':
      return headline(report)?.lift ?? null;
    case 'left':
      return experiment.status === 'running' ? analysis.daysLeft : null;
  }
}
