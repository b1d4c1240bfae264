import type { Analysis, AnalysisInput, MetricAnalysis, VariantComparison } from './analysis.js';
import type { Judgement } from './metrics.js';
import type { Schedule } from './schedule.js';
import { thresholds } from './sufficiency.js';
import type { Totals } from './summaries.js';

type Verdict = Pick<Analysis, 'decision' | 'variant' | 'reason'>;

interface Evidence {
  input: AnalysisInput;
  totals: Totals;
  /** Those that the verdict rests on. */
  judged: Totals;
  schedule: Schedule;
  judgement: Judgement;
  mismatch: boolean;
  power: number | null;
  metrics: MetricAnalysis[];
}

/** The verdict: health before sufficiency, sufficiency before the plan, the plan before results. */
export function decide(evidence: Evidence): Verdict {
  return notStarted(evidence) ?? unhealthy(evidence) ?? insufficient(evidence) ?? result(evidence);
}

function notStarted({ input, totals }: Evidence): Verdict | null {
  if (input.status === 'draft') return verdict('not-started', 'no-data');
  if (totals.units > 0) return null;
  return verdict(isOver(input) ? 'inconclusive' : 'keep-running', 'no-data');
}

function unhealthy({ totals, mismatch }: Evidence): Verdict | null {
  if (mismatch) return verdict('untrustworthy', 'sample-ratio-mismatch');
  if (totals.multiple / totals.units >= thresholds.multipleBlock) {
    return verdict('untrustworthy', 'multiple-exposures');
  }
  return null;
}

function insufficient({ input, judged, schedule, judgement, metrics }: Evidence): Verdict | null {
  const wait = isOver(input) ? 'inconclusive' : 'keep-running';
  if (schedule.daysCounted === 0) return verdict(wait, 'too-short');
  const [primary] = metrics;
  const assigned = judged.unitsByVariant.filter((_, i) => input.variants[i]!.weight > 0);
  if (Math.min(...assigned) < thresholds.units) return verdict(wait, 'too-few-units');
  const compared = activeComparisons(input, primary);
  if (compared.some(({ reason }) => reason === 'too-few-conversions')) {
    return verdict(wait, 'too-few-conversions');
  }
  if (schedule.daysRunning < thresholds.days) return verdict(wait, 'too-short');
  if (input.plan.method === 'fixed' && judgement.anytime && !isOver(input)) {
    return verdict('keep-running', 'planned-look-pending');
  }
  return null;
}

/** Of the variants that still get units: one that was dropped is neither shipped nor waited for. */
function activeComparisons(
  { variants }: AnalysisInput,
  metric: MetricAnalysis | undefined,
): VariantComparison[] {
  const all = metric?.comparisons ?? [];
  const active = all.filter((_, i) => variants[i + 1]!.weight > 0);
  return active.length > 0 ? active : all;
}

function result({ input, schedule, judgement, power, metrics }: Evidence): Verdict {
  const [primary, ...others] = metrics;
  const comparisons = activeComparisons(input, primary);
  const breached = new Set(
    others
      .filter(({ role }) => role === 'guardrail')
      .flatMap((metric) => metric.comparisons)
      .filter((comparison) => comparison.verdict === 'breached')
      .map(({ variant }) => variant),
  );
  const gain = ({ difference }: VariantComparison): number =>
    (difference ?? 0) * (primary?.lowerIsBetter ? -1 : 1);
  const byGain = [...comparisons].sort((a, b) => gain(b) - gain(a));

  const winner = byGain.find((c) => c.verdict === 'better' && !breached.has(c.variant));
  if (winner) return verdict('ship', 'significant-better', winner.variant);

  const harmful = byGain.filter((c) => c.verdict === 'worse' || breached.has(c.variant));
  const worst = harmful.at(-1);
  if (worst !== undefined && harmful.length === comparisons.length) {
    const reason = worst.verdict === 'worse' ? 'significant-worse' : 'guardrail-breached';
    return verdict('roll-back', reason, worst.variant);
  }
  const open = byGain.filter((c) => !harmful.includes(c));
  const powered = power !== null && power >= input.plan.power;
  if (
    powered &&
    open.length > 0 &&
    open.every((c) => isFlat(c, input.plan.mde, judgement.anytime))
  ) {
    return verdict('inconclusive', 'flat');
  }
  const ended = schedule.complete && (powered || input.plan.method === 'fixed');
  return verdict(isOver(input) || ended ? 'inconclusive' : 'keep-running', 'undecided');
}

/** Whether every lift that the data allow is smaller than the smallest worth finding. */
function isFlat(comparison: VariantComparison, mde: number, anytime: boolean): boolean {
  const interval = anytime ? comparison.sequentialLiftInterval : comparison.liftInterval;
  return interval !== null && interval[0] > -mde && interval[1] < mde;
}

function isOver({ status }: AnalysisInput): boolean {
  return status === 'stopped' || status === 'archived';
}

function verdict(
  decision: Verdict['decision'],
  reason: Verdict['reason'],
  variant: string | null = null,
): Verdict {
  return { decision, variant, reason };
}
