/**
 * The rows that experiments are made of, as they are stored and synced. Types only, so that the
 * server can share them. Every row also has `id`; experiments and metrics use their key as id.
 */
import type { Condition } from '../conditions/index.js';

export type ExperimentStatus = 'draft' | 'running' | 'paused' | 'stopped' | 'archived';
export type ExperimentKind = 'ab' | 'aa';

/** A row of `experiments`. */
export interface Experiment {
  id: string;
  /** Stable name in code and in events; equals `id`. */
  key: string;
  name: string;
  hypothesis: string;
  kind: ExperimentKind;
  status: ExperimentStatus;
  /** Starts at 1; a restart counts up, and results never mix phases. */
  phase: number;
  /** The attribute that is hashed, usually `id`. */
  hashAttribute: string;
  hashVersion: 1 | 2 | 3;
  seed: string;
  /** Share of units that take part, 0–1. */
  coverage: number;
  /** Who takes part; absent = everyone. */
  condition?: Condition;
  /** The first is the control. */
  variants: Variant[];
  metrics: { primary: string; secondary: string[]; guardrails: string[] };
  plan: Plan;
  owner: string;
  tags: string[];
  /** ISO 8601, UTC. */
  createdAt: string;
  startedAt?: string | null;
  stoppedAt?: string | null;
  /** Set when it is decided. */
  outcome?: { variant: string; decision: 'shipped' | 'rolled-back'; at: string } | null;
}

export interface Variant {
  key: string;
  name: string;
  /** Share, 0–1; the weights sum to 1. */
  weight: number;
  payload?: unknown;
}

export interface Plan {
  /** `fixed`: one look at the end. `sequential`: valid at any look. */
  method: 'fixed' | 'sequential';
  /** Two-sided error, e.g. 0.05. */
  alpha: number;
  power: number;
  /** Smallest relative lift worth finding, e.g. 0.05. */
  mde: number;
  /** Planned units over all variants and planned length; what the MDE asked for. */
  plannedUnits?: number;
  plannedDays?: number;
}

/** A row of `metrics`. */
export interface Metric {
  id: string;
  key: string;
  name: string;
  /** The conversion's name that it counts. */
  event: string;
  /** `proportion`: did it at least once. `mean`: sum of values per unit. `count`: how often. */
  kind: 'proportion' | 'mean' | 'count';
  /** How a value is written: `percent` for proportions, an ISO 4217 code, `s`, or nothing. */
  format?: string;
  lowerIsBetter?: boolean;
  /** For a guardrail: the relative change for the worse that is still accepted, e.g. 0.05. */
  margin?: number;
}

/** A row of `results`, made by the server; its id is the experiment's. */
export interface Results {
  id: string;
  phase: number;
  /** ISO 8601: when these sums were taken. */
  updatedAt: string;
  /** Variant keys, in the experiment's order; the first index of every matrix below. */
  variants: string[];
  /** UTC days (`2026-11-22`) on which units were first exposed, ascending; the second index. */
  days: string[];
  /** Units by [variant][day of first exposure]; a unit counts in the variant it met first. */
  units: number[][];
  /** Units that met more than one variant. */
  multiple: number;
  /** Exposures that bots sent; not among the units. Absent when there were none. */
  bots?: number;
  /** Per metric key, sums over the units of that cell. */
  metrics: Record<string, MetricSums>;
}

/**
 * Sums of one value y per unit, by [variant][day]. Centred, because Σy² of values that are large
 * against their spread has no digits left for it.
 */
export interface MetricSums {
  /** Σy. */
  sum: number[][];
  /** Σ(y − ȳ)², ȳ being the cell's own mean. */
  m2: number[][];
  /**
   * x is the same value of the 14 days before the unit's first exposure (CUPED): Σx, Σ(x − x̄)² and
   * Σ(x − x̄)(y − ȳ). Absent where no unit has one.
   */
  covariate?: { sum: number[][]; m2: number[][]; cross: number[][] };
}

/** What `GET /v1/config` tells browsers: enough to decide, no hypothesis, no results. */
export interface ExperimentsConfig {
  experiments: ExperimentConfig[];
  /** Exposures need the token that `POST /v1/assignments` gives. Default: they don't. */
  assignmentTokens?: boolean;
}

export type ExperimentConfig = Pick<
  Experiment,
  'key' | 'status' | 'phase' | 'hashAttribute' | 'hashVersion' | 'seed' | 'coverage'
> & {
  condition?: Condition;
  variants: Pick<Variant, 'key' | 'weight' | 'payload'>[];
};
