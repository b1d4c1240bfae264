import { matches, type Condition } from '../conditions/index.js';
import type { MatchOptions } from '../conditions/index.js';
import { hash } from './hash.js';
import type { ExperimentConfig, ExperimentStatus } from './model.js';
import { queryOverride } from './override.js';
import { areWeights, bucketRanges, chooseVariation, type BucketRange } from './ranges.js';

/** What is known about a unit: its ids and whatever conditions ask for. */
export type Attributes = Readonly<Record<string, unknown>>;

export interface DecideOptions extends MatchOptions {
  /** The page's address, for `?<key>=<index>`; see `queryOverride`. */
  url?: string;
}

export interface Decision {
  experiment: string;
  phase: number;
  /** Key of the variant to show; the control's for whoever does not take part. */
  variant: string;
  index: number;
  /** The variant's payload, as configured. */
  payload: unknown;
  /** Whether the unit takes part, so that meeting the variant is an exposure. */
  inExperiment: boolean;
  reason: DecisionReason;
  /** Where the unit fell, 0 ≤ bucket < 1; null where it was not hashed. */
  bucket: number | null;
  hashAttribute: string;
  /** The unit; null where the attributes do not have one. */
  hashValue: string | null;
  hashVersion: number;
  /** What was looked at, in order; `explain` puts it into words. */
  trace: readonly TraceStep[];
}

export type DecisionReason =
  /** Takes part. */
  | 'assigned'
  /** The URL asked for this variant: shown, not counted. */
  | 'override'
  | 'not-running'
  /** The hash attribute is missing, empty, longer than 128 or has control characters. */
  | 'no-unit'
  | 'condition'
  | 'unknown-hash-version'
  /** Outside the share of units that take part. */
  | 'coverage'
  /** No such experiment, or no configuration yet. */
  | 'unknown-experiment';

export type TraceStep =
  | { step: 'override'; passed: true; index: number }
  | { step: 'status'; passed: boolean; status: ExperimentStatus }
  | { step: 'unit'; passed: boolean; attribute: string; value: unknown }
  | {
      step: 'condition';
      passed: boolean;
      condition: Condition;
      attributes: Attributes;
      options: MatchOptions;
    }
  | { step: 'hash'; passed: boolean; seed: string; version: number; bucket: number | null }
  | { step: 'range'; passed: boolean; index: number; ranges: BucketRange[]; weightsValid: boolean };

/**
 * Which variant a unit gets. Pure and synchronous: the same configuration and unit give the same
 * variant on every device, and on the server.
 */
export function decide(
  config: ExperimentConfig,
  attributes: Attributes,
  options: DecideOptions = {},
): Decision {
  const trace: TraceStep[] = [];
  const { variants, hashAttribute, hashVersion, seed } = config;
  let unit: string | null = null;
  let bucket: number | null = null;
  const decided = (reason: DecisionReason, index = 0): Decision => ({
    experiment: config.key,
    phase: config.phase,
    variant: variants[index]?.key ?? '',
    index,
    payload: variants[index]?.payload,
    inExperiment: reason === 'assigned',
    reason,
    bucket,
    hashAttribute,
    hashValue: unit,
    hashVersion,
    trace,
  });

  if (options.url !== undefined) {
    const index = queryOverride(config.key, options.url, variants.length);
    if (index !== null) {
      trace.push({ step: 'override', passed: true, index });
      return decided('override', index);
    }
  }

  const running = config.status === 'running';
  trace.push({ step: 'status', passed: running, status: config.status });
  if (!running) return decided('not-running');

  const value = Object.hasOwn(attributes, hashAttribute) ? attributes[hashAttribute] : undefined;
  unit = asUnit(value);
  trace.push({ step: 'unit', passed: unit !== null, attribute: hashAttribute, value });
  if (unit === null) return decided('no-unit');

  if (config.condition !== undefined) {
    const { condition } = config;
    const passed = matches(condition, attributes, options);
    trace.push({ step: 'condition', passed, condition, attributes, options });
    if (!passed) return decided('condition');
  }

  bucket = hash(seed, unit, hashVersion);
  trace.push({ step: 'hash', passed: bucket !== null, seed, version: hashVersion, bucket });
  if (bucket === null) return decided('unknown-hash-version');

  const weights = variants.map(({ weight }) => weight);
  const ranges = bucketRanges(variants.length, config.coverage, weights);
  const index = chooseVariation(bucket, ranges);
  const weightsValid = areWeights(weights, variants.length);
  trace.push({ step: 'range', passed: index >= 0, index, ranges, weightsValid });
  return index < 0 ? decided('coverage') : decided('assigned', index);
}

/** A unit that can be recorded: text of 1 to 128 characters, or a number. */
export function asUnit(value: unknown): string | null {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  return typeof text === 'string' && /^[^\u0000-\u001f]{1,128}$/.test(text) ? text : null;
}
