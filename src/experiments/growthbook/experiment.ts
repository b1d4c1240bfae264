/** Which variation of an experiment a unit gets, by the steps of GrowthBook's SDKs in their order. */
import type { BucketRange, UrlTarget } from '../model.js';
import { hash } from '../hash.js';
import { queryOverride } from '../address.js';
import { pages } from '../pages.js';
import { bucketRanges, chooseVariation } from '../ranges.js';
import { hashedAttribute, own, type Context } from './context.js';
import { fallbackOf, stick, stuck } from './sticky.js';
import type { GrowthBookExperiment, GrowthBookFilter, GrowthBookResult } from './types.js';

/** The variation that was found; with a bucket it is met, and without it only shown. */
interface Found {
  index: number;
  bucket?: number;
  sticky?: boolean;
}

const OUT: Found = { index: -1 };

/** `path`: the features that led here. */
export function runExperiment(
  experiment: GrowthBookExperiment,
  featureId: string | null,
  context: Context,
  path: readonly string[] = [],
): GrowthBookResult {
  const found = find(experiment, context, path);
  const result = resultOf(experiment, featureId, context, found);
  if (found.bucket !== undefined) {
    stick(context, experiment, result);
    context.track(experiment, result);
  }
  return result;
}

function find(experiment: GrowthBookExperiment, context: Context, path: readonly string[]): Found {
  const { key, variations, active, status, force } = experiment;
  const { url = '', forcedVariations, enabled, qaMode } = context;

  if (variations.length < 2 || enabled === false) return OUT;
  if (experiment.urlPatterns && !runsOn(url, experiment.urlPatterns)) return OUT;
  const queried = url ? queryOverride(key, url, variations.length) : null;
  const asked = queried ?? (forcedVariations && own(forcedVariations, key));
  if (asked !== undefined) return { index: asked };
  if (status === 'draft' || active === false) return OUT;

  const fallback = fallbackOf(context, experiment);
  const { hashValue } = hashedAttribute(context, experiment.hashAttribute, fallback);
  if (!hashValue) return OUT;
  const { index: kept, blocked } = stuck(context, experiment);
  const unit = String(hashValue);
  if (kept < 0 && !isTargeted(experiment, context, unit, path)) return OUT;

  const { seed, hashVersion, ranges } = experiment;
  const bucket = hash(seed || key, unit, hashVersion || 1);
  if (bucket === null) return OUT;
  const index = kept < 0 ? chooseVariation(bucket, ranges ?? rangesOf(experiment)) : kept;
  if (blocked) return { index: -1, sticky: true };
  if (index < 0) return OUT;
  if ('force' in experiment) return { index: force ?? -1 };
  if (qaMode || status === 'stopped') return OUT;
  return { index, bucket, sticky: kept >= 0 };
}

function rangesOf({ variations, coverage, weights }: GrowthBookExperiment): BucketRange[] {
  return bucketRanges(variations.length, coverage, weights);
}

/** The answer for what can't be run. */
export function notRun({ variations, hashAttribute }: GrowthBookExperiment): GrowthBookResult {
  return {
    key: '0',
    featureId: null,
    inExperiment: false,
    hashUsed: false,
    variationId: 0,
    value: Array.isArray(variations) ? (variations as unknown[])[0] : undefined,
    hashAttribute: hashAttribute || 'id',
    hashValue: '',
    stickyBucketUsed: false,
  };
}

/** Whether an experiment runs on a page. */
export function runsOn(url: string, targets: readonly UrlTarget[]): boolean {
  return pages.isTargeted(
    url,
    targets.map((target) => ({ ...target, include: target.include !== false })),
  );
}

/** Whether a unit is outside of a rule's or experiment's filters. */
export function isFilteredOut(filters: readonly GrowthBookFilter[], context: Context): boolean {
  return filters.some(({ attribute, seed, hashVersion, ranges }) => {
    const { hashValue } = hashedAttribute(context, attribute);
    const n = hashValue ? hash(seed, String(hashValue), hashVersion || 2) : null;
    return n === null || chooseVariation(n, ranges) < 0;
  });
}

/** What is not asked of units that keep their variation. */
function isTargeted(
  { filters, namespace, include, condition, parentConditions = [] }: GrowthBookExperiment,
  context: Context,
  unit: string,
  path: readonly string[],
): boolean {
  if (filters) {
    if (isFilteredOut(filters, context)) return false;
  } else if (namespace) {
    const [name, ...range] = namespace;
    if (chooseVariation(hash(`__${name}`, unit, 1)!, [range]) < 0) return false;
  }
  if (include && !isIncluded(include)) return false;
  if (condition && !context.matches(condition, context.attributes)) return false;
  return parentConditions.every(({ id, condition = {} }) => {
    const { source, value } = context.feature(id, context, path);
    return source !== 'cyclicPrerequisite' && context.matches(condition, { value });
  });
}

/** The app's own function: one that throws includes nobody. */
function isIncluded(include: () => boolean): boolean {
  try {
    return include();
  } catch {
    return false;
  }
}

/** `index` −1, or none that there is: the first variation, without taking part. */
function resultOf(
  experiment: GrowthBookExperiment,
  featureId: string | null,
  context: Context,
  found: Found,
): GrowthBookResult {
  const { variations, meta, contextualBandit: bandit } = experiment;
  const { bucket } = found;
  const inExperiment = found.index >= 0 && found.index < variations.length;
  const index = inExperiment ? found.index : 0;
  const hashUsed = bucket !== undefined;
  const { key, name, passthrough } = meta?.[index] ?? {};
  const fallback = fallbackOf(context, experiment);
  const { hashAttribute, hashValue } = hashedAttribute(context, experiment.hashAttribute, fallback);
  const result: GrowthBookResult = {
    key: key || String(index),
    featureId,
    inExperiment,
    hashUsed,
    variationId: index,
    value: variations[index],
    hashAttribute,
    hashValue,
    stickyBucketUsed: found.sticky ?? false,
  };
  // Assigned one by one: spreading them takes as long as all the rest.
  if (name) result.name = name;
  if (hashUsed) result.bucket = bucket;
  if (passthrough) result.passthrough = passthrough;
  return bandit && hashUsed && inExperiment ? { ...result, ...bandit } : result;
}
