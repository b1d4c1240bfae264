/** The analysis in one sentence, with why and what would change it. */
import type { Tone } from '../theme/tone.js';
import type { MetricAnalysis, VariantComparison } from '../../stats/analysis.js';
import type { Language } from './language.js';
import { headline, judgedInterval, primaryOf, variantName, type Report } from './report.js';

export interface Verdict {
  tone: Tone;
  /** “Ship “One page”. Purchase rate up 5.8%, between 2.4% and 9.3%.” */
  sentence: string;
  why: string;
}

export function verdict(report: Report, language: Language): Verdict {
  const { text } = language;
  const { experiment, analysis } = report;
  const claim = claimOf(report, language);
  const why = [
    text.verdict.why[analysis.reason],
    guardrails(report, language),
    early(report, language),
  ];
  const said = (tone: Verdict['tone'], ...sentence: string[]): Verdict => ({
    tone,
    sentence: sentence.filter(Boolean).join(' '),
    why: why.filter(Boolean).join(' '),
  });

  if (report.newer) return { tone: 'info', sentence: text.newer, why: text.newerHint };
  if (experiment.outcome) {
    const { decision, variant, at } = experiment.outcome;
    const date = language.format.date(at);
    const name = variantName(experiment, variant);
    return decision === 'shipped'
      ? said('success', text.verdict.shipped(name, date), claim)
      : said('neutral', text.verdict.rolledBack(date), claim);
  }
  const name = variantName(experiment, analysis.variant ?? '');
  switch (analysis.decision) {
    case 'ship':
      return said('success', text.verdict.ship(name), claim);
    case 'roll-back':
      return said('danger', text.verdict.rollBack(name), claim);
    case 'keep-running':
      return said('accent', keepRunning(report, language), claim);
    case 'inconclusive':
      return said('neutral', text.verdict.inconclusive, claim);
    case 'untrustworthy':
      return said('danger', text.verdict.untrustworthy);
    case 'not-started':
      return said('neutral', text.verdict.notStarted);
  }
}

/** “Ship”, “Rolled back”: the decision in a word or two, for the list. */
export function decisionWord({ experiment, analysis, newer }: Report, { text }: Language): string {
  if (newer) return text.newer;
  if (experiment.outcome) {
    return experiment.outcome.decision === 'shipped' ? text.shipped : text.rolledBack;
  }
  return text.decision[analysis.decision];
}

export function decisionTone({ experiment, analysis }: Report): Tone {
  if (experiment.outcome) return experiment.outcome.decision === 'shipped' ? 'success' : 'neutral';
  switch (analysis.decision) {
    case 'ship':
      return 'success';
    case 'roll-back':
    case 'untrustworthy':
      return 'danger';
    default:
      return 'neutral';
  }
}

/** Colour of a comparison: only a verdict has one, never a mere direction. */
export function comparisonTone(comparison: VariantComparison): Tone {
  switch (comparison.verdict) {
    case 'better':
      return 'success';
    case 'worse':
    case 'breached':
      return 'danger';
    default:
      return 'neutral';
  }
}

function keepRunning({ experiment, analysis }: Report, { text, format }: Language): string {
  const { daysLeft } = analysis;
  return experiment.status === 'running' && daysLeft !== null && daysLeft > 0
    ? text.verdict.keepRunningDays(daysLeft, format.count(daysLeft))
    : text.verdict.keepRunning;
}

function claimOf(report: Report, { text, format }: Language): string {
  const comparison = headline(report);
  const metric = report.metrics[0];
  if (!metric || !comparison || comparison.lift === null) return '';
  const { lift } = comparison;
  const size = format.size(lift);
  const claim =
    lift > 0
      ? text.verdict.up(metric.name, size)
      : lift < 0
        ? text.verdict.down(metric.name, size)
        : text.verdict.unchanged(metric.name);
  const interval = judgedInterval(report, comparison);
  if (!interval) return `${claim}.`;
  return text.verdict.between(claim, ...ends(lift, interval, format.lift, format.size));
}

/** “down 4.6%, between 2.1% and 7.0%”: signs only where the interval crosses zero. */
function ends(
  lift: number,
  [low, high]: readonly [number, number],
  signed: (value: number) => string,
  size: (value: number) => string,
): [string, string] {
  if (low > 0 && lift > 0) return [size(low), size(high)];
  if (high < 0 && lift < 0) return [size(high), size(low)];
  return [signed(low), signed(high)];
}

function guardrails({ analysis, experiment }: Report, { text }: Language): string {
  if (analysis.units === 0) return '';
  const subject = analysis.variant;
  const holds = (metric: MetricAnalysis) =>
    metric.comparisons
      .filter(({ variant }) => subject === null || variant === subject)
      .every(({ verdict }) => verdict !== 'breached');
  if (!primaryOf(analysis) || analysis.decision === 'untrustworthy') return '';
  const all = analysis.metrics.filter(({ role }) => role === 'guardrail');
  if (all.length < experiment.metrics.guardrails.length) return '';
  return text.verdict.guardrails(all.filter(holds).length, all.length);
}

function early({ analysis }: Report, { text, format }: Language): string {
  const judged = analysis.decision !== 'not-started' && analysis.decision !== 'untrustworthy';
  return analysis.early && judged ? text.verdict.early(format.count(analysis.daysRunning + 1)) : '';
}
