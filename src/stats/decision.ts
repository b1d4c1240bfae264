import type { Analysis, AnalysisInput, MetricAnalysis, VariantComparison } from './analysis.js';
import type { Judgement } from './metrics.js';
import type { Schedule } from './schedule.js';
import type { Totals } from './summaries.js';

/** What must be there before anything is said about a variant. */
export const thresholds = {
  /** Units of each variant. */
  units: 100,
  /** Units of each variant that did what the primary metric counts. */
  conversions: 25,
  /** Whole days. */
  days: 1,
  /** Whole days below which a result is marked early: not every weekday has been seen. */
  earlyDays: 7,
  /** Share of units that met more than one variant: a warning, a block. */
  multipleWarning: 0.01,
  multipleBlock: 0.05,
} as const;

type Verdict = Pick<Analysis, 'decision' | 'variant' | 'reason'>;

interface Evidence {
  input: AnalysisInput;
  totals: Totals;
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

function insufficient({ input, totals, schedule, judgement, metrics }: Evidence): Verdict | null {
  const wait = isOver(input) ? 'inconclusive' : 'keep-running';
  const primary = metrics[0]?.arms ?? [];
  if (Math.min(...totals.unitsByVariant) < thresholds.units) return verdict(wait, 'too-few-units');
  if (primary.some((arm) => convertingUnits(arm) < thresholds.conversions)) {
    return verdict(wait, 'too-few-conversions');
  }
  if (schedule.daysRunning < thresholds.days) return verdict(wait, 'too-short');
  if (input.plan.method === 'fixed' && judgement.anytime && !isOver(input)) {
    return verdict('keep-running', 'planned-look-pending');
  }
  return null;
}

/**
 * At least how many units have a value other than 0: (Σy)²/Σy² ≤ their number (Cauchy–Schwarz),
 * and equal to it for a proportion.
 */
function convertingUnits({ n, sum, variance }: MetricAnalysis['arms'][number]): number {
  const sumSquares = (variance ?? 0) * (n - 1) + (n > 0 ? (sum * sum) / n : 0);
  return sumSquares > 0 ? Math.round((sum * sum) / sumSquares) : 0;
}

function result({ input, schedule, judgement, power, metrics }: Evidence): Verdict {
  const [primary, ...others] = metrics;
  const comparisons = primary?.comparisons ?? [];
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
