/** What `decide` answers, and how it came to that. */
import type { MatchOptions } from '../conditions/index.js';
import type { Attributes } from './decide.js';
import type { ExperimentConfig, Filter, Prerequisite } from './model.js';

export interface Decision {
  experiment: string;
  phase: number;
  /** Key of the variant to show; the control's for whoever does not take part. */
  variant: string;
  index: number;
  /** The variant's payload, as configured. */
  payload: unknown;
  /** The experiment's metadata, as configured. */
  metadata: ExperimentConfig['metadata'];
  /** Where this page has to send the unit, its query kept; null where it may stay. */
  redirect: string | null;
  /** Whether the unit takes part, so that meeting the variant is an exposure. */
  inExperiment: boolean;
  reason: DecisionReason;
  /** Whether the unit met the variant before and keeps it. */
  sticky: boolean;
  /** Where the unit fell, 0 ≤ bucket < 1; null where it was not hashed. */
  bucket: number | null;
  hashAttribute: string;
  /** The unit; null where the attributes do not have one. */
  hashValue: string | null;
  hashVersion: number;
  /**
   * All holdouts and prerequisites that the unit takes part in, theirs too, each once and without
   * an `upstream` of its own: met by the same exposure.
   */
  upstream: readonly Decision[];
  /** What was looked at, in order; `explain` puts it into words. */
  trace: readonly TraceStep[];
}

export type DecisionReason =
  /** Takes part. */
  | 'assigned'
  /** The URL asked for this variant: shown, not counted. */
  | 'override'
  /** `forced` has this variant: shown, not counted. */
  | 'forced'
  | 'not-running'
  /** Before `startAt` or from `stopAt` on. */
  | 'schedule'
  | 'bot'
  /** Not on this page. */
  | 'url'
  /** The hash attribute is missing, empty, longer than 128 or has control characters. */
  | 'no-unit'
  /** Held out of all experiments. */
  | 'holdout'
  /** In a part of the layer, of a filter or of the namespace that is not this experiment's. */
  | 'filter'
  | 'condition'
  /** Not in an experiment that this one needs, or that needs this one. */
  | 'prerequisite'
  /** A rule, a hash version or the like that only a newer version of this library knows. */
  | 'unsupported'
  /** Met a variant in a phase before `minBucketVersion`. */
  | 'met-before'
  /** Outside the share of units that take part. */
  | 'coverage'
  /** No such experiment, or no configuration yet. */
  | 'unknown-experiment';

/** What each step looked at; a step that fails names the reason. */
export interface StepDetails {
  /** The index that was asked for. */
  override: number;
  forced: number;
  'not-running': ExperimentConfig;
  /** ms since 1970. */
  schedule: number;
  bot: null;
  /** The page's address; null where nothing judges it: the option `pages` is missing. */
  url: string | null;
  /** What the hash attribute is. */
  'no-unit': unknown;
  /** `minBucketVersion`. */
  'met-before': number;
  /** The holdout's key. */
  holdout: string;
  /** The index of the variant that was met. */
  met: number;
  filter: { filter: Filter; bucket: number | null };
  condition: { attributes: Attributes; options: MatchOptions };
  /** `found`: its reason; null where it needs this one itself, undefined where there is none. */
  prerequisite: { needs: Prerequisite; found: DecisionReason | null | undefined };
  /** What is not known. */
  unsupported: string;
  /** The index of the range; −1 for none. */
  coverage: number;
}

export type TraceStep = {
  [S in keyof StepDetails]: { step: S; passed: boolean; detail: StepDetails[S] };
}[keyof StepDetails];
