/** Which variation of an experiment a unit gets, by the steps of GrowthBook's SDKs in their order. */
import type { UrlTarget } from '../model.js';
import { hash } from '../hash.js';
import { queryOverride } from '../override.js';
import { pages } from '../pages.js';
import { bucketRanges, chooseVariation } from '../ranges.js';
import { hashedAttribute, own, type Context } from './context.js';
import { fallbackOf, stick, stuck } from './sticky.js';
import type { GrowthBookExperiment, GrowthBookFilter, GrowthBookResult } from './types.js';

/** `path`: the features that led here. */
export function runExperiment(
  experiment: GrowthBookExperiment,
  featureId: string | null,
  context: Context,
  path: readonly string[] = [],
): GrowthBookResult {
  const { key, variations, active, status, force } = experiment;
  const { url = '', forcedVariations = {}, enabled, qaMode } = context;
  const shows = (index: number): GrowthBookResult =>
    resultOf(experiment, featureId, context, { index });
  const out = (): GrowthBookResult => shows(-1);

  if (variations.length < 2 || enabled === false) return out();
  if (experiment.urlPatterns && !runsOn(url, experiment.urlPatterns)) return out();
  const asked = queryOverride(key, url, variations.length) ?? own(forcedVariations, key);
  if (asked !== undefined) return shows(asked);
  if (status === 'draft' || active === false) return out();

  const fallback = fallbackOf(context, experiment);
  const unit = hashedAttribute(context, experiment.hashAttribute, fallback);
  if (!unit.hashValue) return out();
  const { index: kept, blocked } = stuck(context, experiment);
  if (kept < 0 && !isTargeted(experiment, context, String(unit.hashValue), path)) return out();

  const { seed, hashVersion, ranges, coverage, weights } = experiment;
  const bucket = hash(seed || key, String(unit.hashValue), hashVersion || 1);
  if (bucket === null) return out();
  const among = ranges ?? bucketRanges(variations.length, coverage, weights);
  const index = kept < 0 ? chooseVariation(bucket, among) : kept;
  if (blocked) return resultOf(experiment, featureId, context, { index: -1, sticky: true });
  if (index < 0) return out();
  if ('force' in experiment) return shows(force ?? -1);
  if (qaMode || status === 'stopped') return out();

  const found = { index, bucket, sticky: kept >= 0 };
  const result = resultOf(experiment, featureId, context, found);
  stick(context, experiment, { ...unit, variation: result.key });
  context.track(experiment, result);
  return result;
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
    const { source, value } = context.feature(id, path);
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
  found: { index: number; bucket?: number; sticky?: boolean },
): GrowthBookResult {
  const { variations, meta, hashAttribute, contextualBandit: bandit } = experiment;
  const inExperiment = found.index >= 0 && found.index < variations.length;
  const index = inExperiment ? found.index : 0;
  const hashUsed = found.bucket !== undefined;
  const { key, name, passthrough } = meta?.[index] ?? {};
  return {
    key: key || String(index),
    featureId,
    inExperiment,
    hashUsed,
    variationId: index,
    value: variations[index],
    ...hashedAttribute(context, hashAttribute, fallbackOf(context, experiment)),
    stickyBucketUsed: found.sticky ?? false,
    ...(name && { name }),
    ...(found.bucket !== undefined && { bucket: found.bucket }),
    ...(passthrough && { passthrough }),
    ...(bandit && hashUsed && inExperiment && bandit),
  };
}
