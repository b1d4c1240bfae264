import { matches, type MatchOptions } from '../conditions/index.js';
import type { Decision } from './decision.js';
import type { ExperimentConfig } from './model.js';
import type { Pages } from './pages.js';
import { decideBy } from './rules.js';

/** What is known about a unit: its ids and whatever conditions ask for. */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * What a device says of a unit, and all that a server needs to decide the same: the body of
 * `POST /v1/assignments`. What a device has met is not among it, because nobody can prove it.
 */
export interface DecisionInputs extends MatchOptions {
  attributes: Attributes;
}

/** An `ExperimentsConfig` has the right members for `experiments` and `groups`. */
export interface DecideOptions extends MatchOptions {
  /**
   * The page's address: for `?<key>=<index>` (see `queryOverride`) and, with `pages`, for experiments
   * that run on some pages only or redirect.
   */
  url?: string;
  /** What judges addresses: `pages`. Without it, experiments that run on some pages run on none. */
  pages?: Pages | undefined;
  /** Keys of the variants to show, by experiment, without taking part. */
  forced?: Readonly<Record<string, string>>;
  /** Bots see the control and take part in nothing. Default false. */
  bot?: boolean;
  /**
   * All experiments, where there are holdouts or prerequisites among them. A list is taken to stay
   * as it is: where something changes, give another one.
   */
  experiments?: readonly ExperimentConfig[] | undefined;
  /** Key of the variant that a unit met in that phase, for experiments that are sticky. */
  met?: (config: ExperimentConfig, phase: number, unit: string) => string | undefined;
  /** ms since 1970, for experiments with a schedule. Default: now. */
  now?: number;
}

/**
 * Which variant a unit gets. Pure and synchronous: the same configuration and unit give the same
 * variant on every device, and on the server. Never throws: what is wrong or unknown is the
 * control, `inExperiment` false and a `reason`.
 *
 * The bucket, 0 ≤ bucket < 1, is `hash(seed, unit, hashVersion)`; the variant is the one whose range
 * of `bucketRanges` holds it. Rules are looked at in this order: override, forced, what is not known
 * here, status, schedule, bot, page, unit, what was met, holdouts, filters (layer, namespace),
 * condition, prerequisites, coverage. The first that fails is the reason.
 */
export function decide(
  config: ExperimentConfig,
  attributes: Attributes,
  options: DecideOptions = {},
): Decision {
  return decideBy(matches, config, attributes, options);
}
