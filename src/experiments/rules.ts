/** An experiment's rules, looked at in order. Whoever judges conditions, with patterns or without. */
import type { Condition, MatchOptions } from '../conditions/index.js';
import { ownMember } from '../conditions/member.js';
import type { Attributes, DecideOptions } from './decide.js';
import type { Decision, DecisionReason, StepDetails, TraceStep } from './decision.js';
import { hash } from './hash.js';
import type { BucketRange, ExperimentConfig, Filter } from './model.js';
import { queryOverride } from './address.js';
import { chooseVariation, variantAt } from './ranges.js';
import { asUnit } from './unit.js';

/** `matches`, or what does the same with other patterns. */
export type Judge = (condition: Condition, value: unknown, options: MatchOptions) => boolean;

/**
 * What was decided for one call, by key; null for what is being decided. Each experiment is decided
 * once, however many need it.
 */
type Known = Map<string, Decision | null>;

/** More than these are no prerequisites and holdouts of one experiment, but a mistake. */
const MAX_UPSTREAM = 100;

/**
 * See `decide`.
 *
 * @param judge whether a condition holds
 * @param known what was decided before, by the same call
 */
export function decideBy(
  judge: Judge,
  config: ExperimentConfig,
  attributes: Attributes,
  options: DecideOptions,
  known?: Known,
): Decision {
  const { key, phase, variants, hashVersion, seed } = config;
  const { url = '', pages, experiments = NONE } = options;
  const isHoldout = config.kind === 'holdout';
  const trace: TraceStep[] = [];
  const given = known;
  let { hashAttribute } = config;
  let hashValue: string | null = null;
  let bucket: number | null = null;
  let index = 0;
  try {
    index = choose();
  } catch {
    fails('unsupported', false, 'rule');
  }
  const { step, passed } = trace.at(-1)!;
  // What is only shown is not hashed.
  const inExperiment = passed && bucket !== null;
  const {
    key: variant = '',
    payload,
    redirect,
  } = (variants as typeof variants | null)?.[index] ?? {};
  return {
    experiment: key,
    phase,
    variant,
    index,
    payload,
    metadata: config.metadata,
    redirect: (redirect && passed && pages?.redirectTo(redirect, url)) || null,
    inExperiment,
    reason: inExperiment ? 'assigned' : (step as DecisionReason),
    sticky: step === 'met',
    bucket,
    hashAttribute,
    hashValue,
    hashVersion,
    upstream:
      given || !known ? NONE : [...known.values()].flatMap((one) => (one?.inExperiment ? one : [])),
    trace,
  };

  function fails<S extends keyof StepDetails>(
    step: S,
    passed: unknown,
    detail: StepDetails[S],
  ): boolean {
    trace.push({ step, passed: !!passed, detail } as TraceStep);
    return !passed;
  }

  /** The variant's index; the control's where the last step failed. */
  function choose(): number {
    const asked = queryOverride(key, url, variants.length);
    if (asked !== null) return shows('override', asked);
    const forced = indexOf(ownMember(options.forced, key));
    if (forced >= 0) return shows('forced', forced);
    const unknown = [config.status, ...(config.needs ?? [])].find((name) => !KNOWN.includes(name));
    if (unknown && fails('unsupported', false, unknown)) return 0;

    const { startAt, stopAt, urls: targets, condition } = config;
    if (fails('not-running', config.status === 'running', config)) return 0;
    if (startAt || stopAt) {
      const { now = Date.now() } = options;
      // What is no time is NaN, and neither before nor after anything.
      const isOn =
        (!startAt || now >= Date.parse(startAt)) && (!stopAt || now < Date.parse(stopAt));
      if (fails('schedule', isOn, now)) return 0;
    }
    if (options.bot && fails('bot', false, null)) return 0;
    if (targets && fails('url', pages?.isTargeted(url, targets), pages ? url : null)) return 0;

    const { bucketVersion = 1, minBucketVersion = 1, fallbackAttribute } = config.sticky ?? {};
    const value = ownMember(attributes, hashAttribute);
    const unit = asUnit(value);
    const fallback = asUnit(fallbackAttribute && ownMember(attributes, fallbackAttribute));
    if (!unit && fallback) hashAttribute = fallbackAttribute!;
    hashValue = unit ?? fallback;
    if (fails('no-unit', hashValue, value)) return 0;

    if (minBucketVersion > 1) {
      const isNew = metIn(1, minBucketVersion - 1) < 0;
      if (fails('met-before', isNew, minBucketVersion)) return 0;
    }
    const met = config.sticky ? metIn(bucketVersion, phase) : -1;

    if (experiments !== list) {
      holdouts = experiments.filter(({ kind }) => kind === 'holdout');
      list = experiments;
    }
    if (!isHoldout)
      for (const holdout of holdouts) {
        const found = decideUpstream(holdout);
        const isFree = found?.inExperiment
          ? found.index > 0
          : found && found.reason !== 'unsupported';
        if (fails('holdout', isFree, holdout.key)) return 0;
      }
    if (met < 0) {
      for (const filter of filtersOf(config)) {
        const { attribute, hashVersion = 3, ranges } = filter;
        const value = attribute ? asUnit(ownMember(attributes, attribute)) : hashValue;
        const bucket = value ? hash(filter.seed, value, hashVersion) : null;
        const isIn = bucket !== null && chooseVariation(bucket, ranges) >= 0;
        if (fails('filter', isIn, { filter, bucket })) return 0;
      }
      if (condition) {
        const detail = { attributes, options };
        if (fails('condition', judge(condition, attributes, options), detail)) return 0;
      }
      for (const needs of config.prerequisites ?? []) {
        const parent = experiments.find((one) => one.key === needs.experiment);
        // It would need itself to let go of the unit.
        const found = isHoldout ? null : parent && decideUpstream(parent);
        const isMet = found?.inExperiment && needs.variants?.includes(found.variant) !== false;
        if (fails('prerequisite', isMet, { needs, found: found && found.reason })) return 0;
      }
    }

    bucket = hash(seed, hashValue!, hashVersion);
    if (bucket === null && fails('unsupported', false, `hash version ${hashVersion}`)) return 0;
    if (met >= 0) return shows('met', met);
    const index = variantAt(bucket!, config.coverage, variants);
    return fails('coverage', index >= 0, index) ? 0 : index;

    /** The index of the variant that was met in these phases, the last one first; or −1. */
    function metIn(from: number, to: number): number {
      for (const one of [unit, fallback])
        for (let at = to; one && at >= from && at > to - PHASES; at--) {
          const index = indexOf(options.met?.(config, at, one));
          if (index >= 0) return index;
        }
      return -1;
    }
  }

  function shows(step: 'override' | 'forced' | 'met', index: number): number {
    fails(step, true, index);
    return index;
  }

  function indexOf(variant: unknown): number {
    return variants.findIndex((one) => one.key === variant);
  }

  /** Null for what leads back to itself, undefined where there are too many. */
  function decideUpstream(other: ExperimentConfig): Decision | null | undefined {
    known ??= new Map([[key, null]]);
    if (!known.has(other.key) && known.size <= MAX_UPSTREAM) {
      known.set(other.key, null);
      known.set(other.key, decideBy(judge, other, attributes, options, known));
    }
    return known.get(other.key);
  }
}

/** So many phases back a sticky variant is looked for: each look costs microseconds. */
const PHASES = 100;

const NONE: readonly never[] = [];

/** The holdouts of the last list, found once: there are as many decisions as experiments. */
let list: readonly ExperimentConfig[] = NONE;
let holdouts = list;

/** Every status and rule that this version knows. */
const KNOWN = (
  'draft running paused stopped archived ' +
  'condition filters holdout layer namespace prerequisites redirect startAt sticky stopAt urls'
).split(' ');

/** Layer and namespace are filters that are written in another way. */
function filtersOf({ filters = [], layer, namespace }: ExperimentConfig): readonly Filter[] {
  return [
    ...filters,
    ...(layer ? [{ ...layer, seed: `layer:${layer.key}` }] : []),
    ...(namespace
      ? [{ seed: `__${namespace[0]}`, hashVersion: 1, ranges: [namespace.slice(1) as BucketRange] }]
      : []),
  ];
}
