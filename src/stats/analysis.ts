/**
 * What `analyze` takes and gives. Chart, table and sentence of the dashboard, and every fact of
 * the advisor, are read from one `Analysis`, so that they cannot disagree.
 * Lifts and proportions are fractions (0.058 is 5.8 %); absent numbers are `null`, never NaN.
 */
import type { Bayesian, Prior } from './bayesian.js';
import type { Comparison } from './compare.js';
import type { NotComputable } from './effect.js';
import type { Spending } from './group-sequential.js';
import type { SampleRatio } from './srm.js';

export interface AnalysisInput {
  /** The first is the control. */
  variants: readonly { key: string; name: string; weight: number }[];
  metrics: { primary: string; secondary: readonly string[]; guardrails: readonly string[] };
  plan: {
    /**
     * `fixed`: one look at the planned end. `sequential`: a confidence sequence, valid at any look.
     * `group-sequential`: daily looks at a planned number of units, which cost little of its power.
     */
    method: 'fixed' | 'sequential' | 'group-sequential';
    alpha: number;
    power: number;
    mde: number;
    plannedUnits?: number;
    plannedDays?: number;
    /** How a group-sequential plan spends alpha; default `obrien-fleming`. */
    spending?: Spending;
    /** Of the Bayesian view; default N(0, 0.05²) of the relative lift. */
    prior?: Prior;
    /** Whether covariates adjust. Default: where they say something (see `compare`). */
    cuped?: boolean;
  };
  status: 'draft' | 'running' | 'paused' | 'stopped' | 'archived';
  /** ISO 8601. */
  startedAt?: string | null;
  stoppedAt?: string | null;
}

export interface MetricInput {
  key: string;
  name: string;
  /**
   * `retention` is a proportion: came back within its window. `ratio` needs a denominator, and the
   * sums of a `quantile` are `cumulative`.
   */
  kind: 'proportion' | 'mean' | 'count' | 'ratio' | 'retention' | 'quantile';
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
  metrics: Readonly<Record<string, MetricSummary>>;
  /** What was seen at the looks that have been, which later events change no more. */
  looks?: Looks;
  /**
   * The weights that there have been, by variant, each from an instant (ISO 8601) on, ascending: the
   * balance of each day is held against its own. All 0 where they are not known. Default: those of
   * the experiment, always.
   */
  weights?: readonly { since: string; shares: readonly number[] }[];
}

/** One metric as it was seen at the end of some days: by [variant][look], of all units until then. */
export interface Looks {
  metric: string;
  /** UTC days, ascending; days without one are as they are now. */
  days: readonly string[];
  units: Matrix;
  sums: MetricSummary;
}

type Matrix = readonly (readonly number[])[];

/** Sums of one value y per unit, by [variant][day], centred on each cell's own means. */
export interface MetricSummary {
  /** Units that have a value; default: all of the cell's. */
  units?: Matrix;
  /** Units that did what the metric counts: whose Σ of events is not empty, whatever its value. */
  converted?: Matrix;
  /**
   * Cells are of all units until the end of their day and can't be merged: those of a quantile,
   * whose Σy is n times the quantile, and m2 what gives its mean the quantile's standard error.
   */
  cumulative?: boolean;
  /** Σy. */
  sum: Matrix;
  /** Σ(y − ȳ)². */
  m2: Matrix;
  /** x, from before the exposure: Σx, Σ(x − x̄)², Σ(x − x̄)(y − ȳ). */
  covariate?: CompanionSummary;
  /** d, of a ratio Σy/Σd: the same, and Σ(d − d̄)(x − x̄) where there is a covariate. */
  denominator?: CompanionSummary & { covariateCross?: Matrix };
}

export interface CompanionSummary {
  sum: Matrix;
  m2: Matrix;
  cross: Matrix;
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
  /** What to know before it is believed; none changes a verdict. */
  warnings: Warning[];
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
   * Whether verdicts rest on the sequential intervals: with a sequential or group-sequential plan,
   * and before a fixed plan's end.
   */
  anytime: boolean;
}

export interface HealthCheck {
  id: 'balance' | 'exposures' | 'multiple' | 'guardrails' | 'duration' | 'power';
  status: 'ok' | 'warn' | 'bad' | 'unknown';
  /** The number behind it, where there is one (a p-value, a count, a share). */
  value: number | null;
}

/** `value`: the number behind it. `metric` and `variant`: of which it is, where it is of one. */
export interface Warning {
  /**
   * `leak`: units in a variant that should get none (how many). `bias`: units differed before they
   * met the variant (p-value). `sign-flip`: adjusted and raw differ in sign (raw difference).
   * `novelty`: the lift changes with the days (p-value). `fragile`: so few conversions carry the
   * verdict.
   */
  id: 'leak' | 'bias' | 'sign-flip' | 'novelty' | 'fragile';
  metric: string | null;
  variant: string | null;
  value: number;
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
  /** The same for looks at any time (confidence sequence), or for the plan's looks. */
  sequentialInterval: [number, number] | null;
  sequentialLiftInterval: [number, number] | null;
  /** Two-sided p-value valid at any look. */
  sequentialPValue: number | null;
  /**
   * Why something above is null, or why there is no verdict: below 100 units in either arm, or 25
   * that did what the metric counts, means are not normal enough. Null when nothing is missing.
   */
  reason: NotComputable | 'too-few-conversions' | null;
  /** When a covariate adjusted all of the above: how, and what it would be without. */
  cuped: NonNullable<Comparison['cuped']> | null;
  /** For reading beside the verdict, which it never decides. */
  bayesian: Bayesian | null;
  /**
   * The plan's p-value, adjusted by Holm over the variants of the primary metric, or by Benjamini
   * and Hochberg over all secondary ones; null for guardrails.
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
