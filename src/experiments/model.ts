/**
 * The rows that experiments are made of, as they are stored and synced. Types only, so that the
 * server can share them. Every row also has `id`; experiments and metrics use their key as id.
 */
import type { Condition, Groups } from '../conditions/index.js';

export type ExperimentStatus = 'draft' | 'running' | 'paused' | 'stopped' | 'archived';
/**
 * `holdout`: whoever gets its first variant takes part in no other experiment, so that the effect of
 * all of them together can be measured. It needs no other experiment. `redirect`: variants are other
 * addresses.
 */
export type ExperimentKind = 'ab' | 'aa' | 'holdout' | 'redirect';

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
  /** Experiments of one layer with ranges that do not overlap never share a unit. */
  layer?: Layer;
  /** The unit must be in the ranges of all of them. */
  filters?: Filter[];
  /** GrowthBook's older way to say `layer`: its name, and [start, end) of hash version 1. */
  namespace?: [name: string, start: number, end: number];
  /** The unit must take part in all of these. */
  prerequisites?: Prerequisite[];
  /** Units keep the variant they have met on this device, whatever is changed later. */
  sticky?: Sticky;
  /** Pages on which it runs; absent = all. Where there are any, `url` must be given to `decide`. */
  urls?: UrlTarget[];
  /** ISO 8601: when a running experiment begins to take units in, and when it ends. */
  startAt?: string | null;
  stopAt?: string | null;
  /** What OpenFeature hands on with a value. */
  metadata?: Readonly<Record<string, string | number | boolean>>;
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
  /** Where its units are sent: an `http` address, whole or relative to the page's. */
  redirect?: string;
}

/** [start, end) of the numbers that units are hashed to; start is in, end is not. */
export type BucketRange = [start: number, end: number];

export interface Layer {
  /** What its experiments have in common; also what is hashed. */
  key: string;
  /** What of [0, 1) is this experiment's. */
  ranges: BucketRange[];
  /** The attribute that is hashed. Default: the experiment's. */
  attribute?: string;
}

export interface Filter {
  seed: string;
  ranges: BucketRange[];
  /** The attribute that is hashed. Default: the experiment's. */
  attribute?: string;
  /** Default 3. */
  hashVersion?: number;
}

export interface Prerequisite {
  /** Another experiment's key. */
  experiment: string;
  /** Keys of the variants that will do. Default: any. */
  variants?: string[];
}

/**
 * Both versions are phases: the ones in which a unit may have met its variant. The last 100 of them are
 * looked at.
 */
export interface Sticky {
  /** The phase from which on variants are kept; raised, units are hashed anew. Default 1. */
  bucketVersion?: number;
  /** Units that met a variant in a phase before this one no longer take part. Default 1. */
  minBucketVersion?: number;
  /** The attribute that is taken where `hashAttribute` is missing or has met nothing. */
  fallbackAttribute?: string;
}

export interface UrlTarget {
  /** Pages that match are in, or (false) out. */
  include: boolean;
  /**
   * `simple`: address or path with `*` for anything; query parameters that it names must fit.
   * `regex`: found in the address or in what follows its host; bounded as in conditions.
   */
  type: 'simple' | 'regex';
  pattern: string;
}

export interface Plan {
  /**
   * `fixed`: one look at the end. `sequential`: valid at any look. `group-sequential`: looks until a
   * planned end.
   */
  method: 'fixed' | 'sequential' | 'group-sequential';
  /** Two-sided error, e.g. 0.05. */
  alpha: number;
  power: number;
  /** Smallest relative lift worth finding, e.g. 0.05. */
  mde: number;
  /** Planned units over all variants and planned length; what the MDE asked for. */
  plannedUnits?: number;
  plannedDays?: number;
  /** How looks spend alpha (`group-sequential`); default `obrien-fleming`: little early on. */
  spending?: 'obrien-fleming' | 'quadratic';
  /** What the Bayesian view starts from, of the relative lift; default N(0, 0.05²). */
  prior?: 'flat' | { mean?: number; sd: number };
  /** Whether what units did before takes noise out. Default: where it does. */
  cuped?: boolean;
}

/** A row of `metrics`. */
export interface Metric {
  id: string;
  key: string;
  name: string;
  /** The conversion's name that it counts. */
  event: string;
  /**
   * What a unit's value is. `proportion`: whether it did it at all. `mean`: the sum of its values.
   * `count`: how often it did it. `ratio`: all units' `aggregation` over their `denominator`.
   * `retention`: whether it came back, in a window that begins after a delay. `quantile`: the one of
   * all units that did it, by their `aggregation`.
   */
  kind: 'proportion' | 'mean' | 'count' | 'ratio' | 'retention' | 'quantile';
  /** What a `ratio` or `quantile` takes of a unit's events; default `sum`, of their values. */
  aggregation?: 'sum' | 'count' | 'average';
  /** What a `ratio` is divided by: units' sum of values, how often they did it (default), if any. */
  denominator?: { event: string; aggregation?: 'sum' | 'count' | 'any' };
  /** Which `quantile`, between 0 and 1, such as 0.9. */
  quantile?: number;
  /** Hours after a unit's first exposure from which on conversions count; default: at once. */
  delayHours?: number;
  /** For so many hours from then on; default: without end. */
  windowHours?: number;
  /**
   * Outliers: a unit's value beyond this counts as this; or beyond the percentile (0–1) of all
   * units' values, with `ignoreZeros` of those above 0.
   */
  cap?: { value: number } | { percentile: number; ignoreZeros?: boolean };
  /** Days before the first exposure that are the covariate; default 14, 0 for none. */
  covariateDays?: number;
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
  /**
   * Exposures that arrived more than a day after they happened, from devices that were offline:
   * they count on the day they happened. Absent when there were none.
   */
  late?: number;
  /** Per metric key, sums over the units of that cell; without those that are being counted anew. */
  metrics: Record<string, MetricSums>;
  /**
   * What was seen of the primary metric when each day of the plan was over, which stays as it was:
   * sums by [variant][look] over all units until then. Absent before the first.
   */
  looks?: { metric: string; days: string[]; units: number[][]; sums: MetricSums };
  /**
   * The weights that the phase has had, in the variants' order, each from an instant (ISO 8601) on;
   * all 0 where they are not known. Absent where they have not changed since it began.
   */
  weights?: { since: string; shares: number[] }[];
}

/**
 * Sums of one value y per unit, by [variant][day]. Centred, because Σy² of values that are large
 * against their spread has no digits left for it.
 */
export interface MetricSums {
  /** Of a quantile: the units of the cell that have a value. */
  units?: number[][];
  /** Units that did what the metric counts; absent where `sum` or `units` tells it. */
  converted?: number[][];
  /** Of a quantile: n times the quantile and n(n − 1) times its squared error, of all until that day. */
  cumulative?: boolean;
  /** Larger values were set to this, by the metric's percentile (up to 0.2 % above it). */
  cap?: number;
  /** Σy. */
  sum: number[][];
  /** Σ(y − ȳ)², ȳ being the cell's own mean. */
  m2: number[][];
  /**
   * x is the same value of the days before the unit's first exposure (CUPED): Σx, Σ(x − x̄)² and
   * Σ(x − x̄)(y − ȳ). Absent where no unit has one.
   */
  covariate?: { sum: number[][]; m2: number[][]; cross: number[][] };
  /** Of a ratio: the same of d, which it is divided by, and Σ(d − d̄)(x − x̄) beside a covariate. */
  denominator?: { sum: number[][]; m2: number[][]; cross: number[][]; covariateCross?: number[][] };
}

/** What `GET /v1/config` tells browsers: enough to decide, no hypothesis, no results. */
export interface ExperimentsConfig {
  experiments: ExperimentConfig[];
  /** Lists that `$inGroup` and `$notInGroup` in conditions refer to. Default: none. */
  groups?: Groups;
  /** Exposures need the token that `POST /v1/assignments` gives. Default: they don't. */
  assignmentTokens?: boolean;
  /** Names of the dimensions that the workspace declares; exposures say no others. Default: all. */
  dimensions?: readonly string[];
  /** ETag of the answer that it came with, and when (ms since 1970); no members of the answer itself. */
  etag?: string;
  fetchedAt?: number;
}

export type ExperimentConfig = Pick<
  Experiment,
  'key' | 'status' | 'phase' | 'hashAttribute' | 'hashVersion' | 'seed' | 'coverage'
> &
  Partial<Pick<Experiment, 'kind' | 'metadata' | Rule>> & {
    /**
     * The rules that must be known to say who takes part, so that a page older than one of them
     * leaves everybody out instead of letting in whom it must not.
     */
    needs?: readonly string[];
    variants: Pick<Variant, 'key' | 'weight' | 'payload' | 'redirect'>[];
  };

/** The members that say who takes part, beside the share of units. */
type Rule =
  | 'condition'
  | 'layer'
  | 'filters'
  | 'namespace'
  | 'prerequisites'
  | 'sticky'
  | 'urls'
  | 'startAt'
  | 'stopAt';
