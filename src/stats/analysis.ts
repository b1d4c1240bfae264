/**
 * What `analyze` takes and gives. Chart, table and sentence of the dashboard, and every fact of
 * the advisor, are read from one `Analysis`, so that they cannot disagree.
 * Lifts and proportions are fractions (0.058 is 5.8 %); absent numbers are `null`, never NaN.
 */
import type { SampleRatio } from './srm.js';

export interface AnalysisInput {
  /** The first is the control. */
  variants: readonly { key: string; name: string; weight: number }[];
  metrics: { primary: string; secondary: readonly string[]; guardrails: readonly string[] };
  plan: {
    method: 'fixed' | 'sequential';
    alpha: number;
    power: number;
    mde: number;
    plannedUnits?: number;
    plannedDays?: number;
  };
  status: 'draft' | 'running' | 'paused' | 'stopped' | 'archived';
  /** ISO 8601. */
  startedAt?: string | null;
  stoppedAt?: string | null;
}

export interface MetricInput {
  key: string;
  name: string;
  kind: 'proportion' | 'mean' | 'count';
  lowerIsBetter?: boolean;
  /** Accepted relative change for the worse, for guardrails. */
  margin?: number;
}

/** Sufficient statistics by [variant][day]; the row of the `results` collection fits. */
export interface Summaries {
  variants: readonly string[];
  days: readonly string[];
  units: readonly (readonly number[])[];
  multiple: number;
  metrics: Readonly<
    Record<
      string,
      {
        /** Σy. */
        sum: readonly (readonly number[])[];
        /** Σ(y − ȳ)², centred on each cell's own mean. */
        m2: readonly (readonly number[])[];
      }
    >
  >;
}

export type Decision =
  'not-started' | 'ship' | 'roll-back' | 'keep-running' | 'inconclusive' | 'untrustworthy';

export interface Analysis {
  decision: Decision;
  /** The variant that the decision is about: to ship, or that does harm. */
  variant: string | null;
  /** Why, as a stable code that the dashboard puts into words. */
  reason:
    | 'no-data'
    | 'too-few-units'
    | 'too-few-conversions'
    | 'too-short'
    | 'sample-ratio-mismatch'
    | 'multiple-exposures'
    | 'significant-better'
    | 'significant-worse'
    | 'guardrail-breached'
    | 'planned-look-pending'
    | 'flat'
    | 'undecided';
  /** Before day 7: true whatever the decision. */
  early: boolean;
  /** Whole days since the start (until the stop), and days until the planned end. */
  daysRunning: number;
  daysLeft: number | null;
  /** Units over all variants. */
  units: number;
  /** Units by variant, in order. */
  unitsByVariant: number[];
  /** Units first exposed each day, all variants. */
  unitsByDay: number[];
  days: string[];
  health: HealthCheck[];
  /** Balance of the units against the weights; the sequential test decides, seen day by day. */
  srm: SampleRatio | null;
  /** Primary first, then secondary, then guardrails, in the experiment's order. */
  metrics: MetricAnalysis[];
  /** Primary metric, cumulative to each day, valid at any look; for each non-control variant. */
  series: { variant: string; points: SeriesPoint[] }[];
  /**
   * Probability that a true lift of `plan.mde` is found: with the units so far, and with those of
   * the planned end. By the plan's own method; of the variant that has it hardest.
   */
  power: number | null;
  plannedPower: number | null;
  /** Units at the planned end, over all variants: planned, or projected from the planned days. */
  plannedUnits: number | null;
  /** Units over all variants, arriving as they do, at which `power` reaches the plan's. */
  unitsForPower: number | null;
  /**
   * Whether verdicts rest on the always-valid intervals: with a sequential plan, and before a
   * fixed plan's end.
   */
  anytime: boolean;
}

export interface HealthCheck {
  id: 'balance' | 'exposures' | 'multiple' | 'guardrails' | 'duration' | 'power';
  status: 'ok' | 'warn' | 'bad' | 'unknown';
  /** The number behind it, where there is one (a p-value, a count, a share). */
  value: number | null;
}

export interface MetricAnalysis {
  key: string;
  role: 'primary' | 'secondary' | 'guardrail';
  lowerIsBetter: boolean;
  /** By variant, in order; the first is the control. */
  arms: ArmSummary[];
  /** One for each variant but the control. */
  comparisons: VariantComparison[];
}

export interface ArmSummary {
  variant: string;
  n: number;
  sum: number;
  mean: number | null;
  variance: number | null;
}

export interface VariantComparison {
  variant: string;
  /** Absolute: Δ, its standard error, Welch's df, interval and two-sided p-value. */
  difference: number | null;
  standardError: number | null;
  df: number | null;
  interval: [number, number] | null;
  pValue: number | null;
  /** Relative to the control, Fieller; null where the control is too close to zero. */
  lift: number | null;
  liftInterval: [number, number] | null;
  /** The same on the always-valid scale (asymptotic confidence sequence). */
  sequentialInterval: [number, number] | null;
  sequentialLiftInterval: [number, number] | null;
  /** Two-sided p-value valid at any look. */
  sequentialPValue: number | null;
  /**
   * The plan's p-value, adjusted by Holm over the variants of the primary metric, or over all
   * secondary ones; null for guardrails.
   */
  adjustedPValue: number | null;
  /**
   * By the plan's own method, in the metric's good or bad direction. Before the planned end a
   * fixed plan is judged by the always-valid interval too.
   */
  verdict: 'better' | 'worse' | 'no-difference' | 'within-margin' | 'breached' | 'not-computable';
}

export interface SeriesPoint {
  day: string;
  lift: number | null;
  interval: [number, number] | null;
}
