/** An experiment's rules, looked at in order. Whoever judges conditions, with patterns or without. */
import type { Condition, MatchOptions } from '../conditions/index.js';
import { ownMember } from '../conditions/member.js';
import type { Attributes, DecideOptions } from './decide.js';
import type { Decision, DecisionReason, StepDetails, TraceStep } from './decision.js';
import { hash } from './hash.js';
import type { ExperimentConfig, Filter } from './model.js';
import { queryOverride } from './address.js';
import { chooseVariation, variantAt } from './ranges.js';
import { asUnit } from './unit.js';

/** `matches`, or what does the same with other patterns. */
export type Judge = (condition: Condition, value: unknown, options: MatchOptions) => boolean;

/**
 * See `decide`.
 *
 * @param judge whether a condition holds
 * @param path keys of the experiments that led here, for a prerequisite that comes back to one
 */
export function decideBy(
  judge: Judge,
  path: readonly string[],
  config: ExperimentConfig,
  attributes: Attributes,
  options: DecideOptions,
): Decision {
  const { key, phase, variants, hashVersion, seed } = config;
  const { url = '', experiments = [] } = options;
  const trace: TraceStep[] = [];
  const upstream: Decision[] = [];
  let { hashAttribute } = config;
  let hashValue: string | null = null;
  let bucket: number | null = null;
  let sticky = false;

  const index = choose();
  const { step, passed } = trace.at(-1)!;
  const inExperiment = passed && step !== 'override' && step !== 'forced';
  const { key: variant = '', payload, redirect } = variants[index] ?? {};
  return {
    experiment: key,
    phase,
    variant,
    index,
    payload,
    metadata: config.metadata,
    redirect: (redirect && passed && options.pages?.redirectTo(redirect, url)) || null,
    inExperiment,
    reason: inExperiment ? 'assigned' : (step as DecisionReason),
    sticky,
    bucket,
    hashAttribute,
    hashValue,
    hashVersion,
    upstream,
    trace,
  };

  function fails<S extends keyof StepDetails>(
    step: S,
    passed: boolean,
    detail: StepDetails[S],
  ): boolean {
    trace.push({ step, passed, detail } as TraceStep);
    return !passed;
  }

  /** The variant's index; the control's where the last step failed. */
  function choose(): number {
    const asked = url ? queryOverride(key, url, variants.length) : null;
    if (asked !== null) return shows('override', asked);
    const forced = options.forced ? indexOf(ownMember(options.forced, key)) : -1;
    if (forced >= 0) return shows('forced', forced);
    const unknown = [config.status, ...(config.needs ?? [])].find((name) => !KNOWN.includes(name));
    if (unknown && fails('unsupported', false, unknown)) return 0;

    const { startAt, stopAt, urls: targets, condition } = config;
    if (fails('not-running', config.status === 'running', config)) return 0;
    if (startAt || stopAt) {
      const { now = Date.now() } = options;
      const isOver = now >= Date.parse(stopAt!);
      if (fails('schedule', !isOver && !(now < Date.parse(startAt!)), now)) return 0;
    }
    if (options.bot && fails('bot', false, null)) return 0;
    const page = options.pages ? url : null;
    if (targets && fails('url', !!options.pages?.isTargeted(url, targets), page)) return 0;

    const { bucketVersion = 1, minBucketVersion = 1, fallbackAttribute } = config.sticky ?? {};
    const value = ownMember(attributes, hashAttribute);
    const unit = asUnit(value);
    const fallback = fallbackAttribute ? asUnit(ownMember(attributes, fallbackAttribute)) : null;
    if (unit === null && fallback !== null) hashAttribute = fallbackAttribute!;
    hashValue = unit ?? fallback;
    if (fails('no-unit', hashValue !== null, value)) return 0;

    if (minBucketVersion > 1) {
      const isNew = metIn(1, minBucketVersion - 1) < 0;
      if (fails('met-before', isNew, minBucketVersion)) return 0;
    }
    const met = config.sticky ? metIn(bucketVersion, phase) : -1;

    if (config.kind !== 'holdout')
      for (const holdout of experiments) {
        if (holdout.kind !== 'holdout') continue;
        const { inExperiment, index, reason } = decideUpstream(holdout);
        const isFree = reason !== 'unsupported' && (!inExperiment || index > 0);
        if (fails('holdout', isFree, holdout.key)) return 0;
      }
    if (met < 0) {
      for (const filter of filtersOf(config)) {
        const { attribute, hashVersion = 3, ranges } = filter;
        const value = attribute ? asUnit(ownMember(attributes, attribute)) : hashValue;
        const bucket = value === null ? null : hash(filter.seed, value, hashVersion);
        const isIn = bucket !== null && chooseVariation(bucket, ranges) >= 0;
        if (fails('filter', isIn, { filter, bucket })) return 0;
      }
      if (condition) {
        const detail = { attributes, options };
        if (fails('condition', judge(condition, attributes, options), detail)) return 0;
      }
      for (const needs of config.prerequisites ?? []) {
        const parent = experiments.find((one) => one.key === needs.experiment);
        const isCycle = [key, ...path].includes(needs.experiment);
        const found = parent && !isCycle ? decideUpstream(parent) : null;
        const isMet = found?.inExperiment && needs.variants?.includes(found.variant) !== false;
        const reason = isCycle ? 'cycle' : (found?.reason ?? 'unknown-experiment');
        if (fails('prerequisite', !!isMet, { needs, found: reason })) return 0;
      }
    }

    bucket = hash(seed, hashValue!, hashVersion);
    if (bucket === null && fails('unsupported', false, `hash version ${hashVersion}`)) return 0;
    if (met >= 0) {
      sticky = true;
      return shows('met', met);
    }
    const index = variantAt(bucket!, config.coverage, variants);
    return fails('coverage', index >= 0, index) ? 0 : index;

    /** The index of the variant that was met in these phases, the last one first; or −1. */
    function metIn(from: number, to: number): number {
      for (const one of [unit, fallback])
        for (let at = to; one !== null && at >= from; at--) {
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

  function decideUpstream(other: ExperimentConfig): Decision {
    const decision = decideBy(judge, [...path, key], other, attributes, options);
    if (decision.inExperiment) upstream.push(decision);
    return decision;
  }
}

/** Every status and rule that this version knows. */
const KNOWN = (
  'draft running paused stopped archived ' +
  'condition filters holdout layer namespace prerequisites redirect startAt sticky stopAt urls'
).split(' ');

/** Layer and namespace are filters that are written in another way. */
function filtersOf({ filters = [], layer, namespace }: ExperimentConfig): readonly Filter[] {
  if (!layer && !namespace) return filters;
  const all = [...filters];
  if (layer) all.push({ ...layer, seed: `layer:${layer.key}` });
  if (namespace) {
    const [name, ...range] = namespace;
    all.push({ seed: `__${name}`, hashVersion: 1, ranges: [range] });
  }
  return all;
}
