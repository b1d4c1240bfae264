/** What a feature is for a unit: its rules in their order, the first that applies. */
import { hash } from '../hash.js';
import { hashedAttribute, own, type Context } from './context.js';
import { isFilteredOut, runExperiment } from './experiment.js';
import { fallbackOf } from './sticky.js';
import type { GrowthBookExperiment, GrowthBookFeatureResult, GrowthBookRule } from './types.js';

type Source = GrowthBookFeatureResult['source'];

/** `path`: the features that led here, for prerequisites that come back to one. */
export function evaluateFeature(
  id: string,
  context: Context,
  path: readonly string[] = [],
): GrowthBookFeatureResult {
  if (path.includes(id)) return resultOf(null, 'cyclicPrerequisite');
  const { forcedFeatures } = context;
  if (forcedFeatures && Object.hasOwn(forcedFeatures, id))
    return resultOf(forcedFeatures[id], 'override');
  const feature = own(context.features, id);
  if (!feature) return resultOf(null, 'unknownFeature');

  const here = [...path, id];
  for (const rule of feature.rules ?? []) {
    const answer = answerOf(rule, id, context, here);
    if (answer) return answer;
  }
  return resultOf(feature.defaultValue ?? null, 'defaultValue');
}

/** What a rule makes of a feature; null where it is not for the unit, or malformed. */
function answerOf(
  rule: GrowthBookRule,
  id: string,
  context: Context,
  path: readonly string[],
): GrowthBookFeatureResult | null {
  try {
    const missing = missedPrerequisite(rule, context, path);
    if (missing) return missing === 'skip' ? null : resultOf(null, missing);
    if (rule.filters && isFilteredOut(rule.filters, context)) return null;
    if ('force' in rule) {
      const { condition, force, id: ruleId, tracks = [] } = rule;
      if (condition && !context.matches(condition, context.attributes)) return null;
      if (!isInRollout(rule, id, context)) return null;
      for (const { experiment, result } of tracks) context.track(experiment, result);
      return resultOf(force, 'force', ruleId);
    }
    const experiment = experimentOf(rule, id, context);
    if (!experiment) return null;
    const result = runExperiment(experiment, id, context, path);
    if (experiment.contextualBandit && !(result.hashUsed && result.inExperiment))
      delete experiment.contextualBandit;
    if (!result.inExperiment || result.passthrough) return null;
    const answer = resultOf(result.value, 'experiment', rule.id);
    answer.experiment = experiment;
    answer.experimentResult = result;
    return answer;
  } catch {
    return null;
  }
}

function resultOf(value: unknown, source: Source, ruleId = ''): GrowthBookFeatureResult {
  return { value, on: Boolean(value), off: !value, source, ruleId };
}

/** What a rule's first unmet prerequisite does: ends the feature, or skips the rule. */
function missedPrerequisite(
  { parentConditions = [] }: GrowthBookRule,
  context: Context,
  path: readonly string[],
): 'cyclicPrerequisite' | 'prerequisite' | 'skip' | null {
  for (const { id, condition = {}, gate } of parentConditions) {
    const { source, value } = evaluateFeature(id, context, path);
    if (source === 'cyclicPrerequisite') return source;
    if (!context.matches(condition, { value })) return gate ? 'prerequisite' : 'skip';
  }
  return null;
}

function isInRollout(rule: GrowthBookRule, id: string, context: Context): boolean {
  const { range, coverage, seed, hashAttribute, hashVersion } = rule;
  if (!range && coverage === undefined) return true;
  if (!range && coverage === 0) return false;
  const { hashValue } = hashedAttribute(context, hashAttribute, fallbackOf(context, rule));
  const n = hashValue ? hash(seed || id, String(hashValue), hashVersion || 1) : null;
  if (n === null) return false;
  return range ? n >= range[0] && n < range[1] : n <= (coverage ?? 1);
}

const COPIED = [
  'weights',
  'hashAttribute',
  'fallbackAttribute',
  'disableStickyBucketing',
  'namespace',
  'meta',
  'ranges',
  'name',
  'phase',
  'seed',
  'hashVersion',
  'filters',
  'condition',
] as const;

/** What rules stand for, once for all units. */
const experiments = new WeakMap<GrowthBookRule, GrowthBookExperiment>();

/** The experiment that a rule stands for; null where it has no variations. */
function experimentOf(
  rule: GrowthBookRule,
  id: string,
  context: Context,
): GrowthBookExperiment | null {
  const { bucketVersion, minBucketVersion, contextualBanditRef: reference } = rule;
  const variations = rule.contextualVariations ?? rule.variations;
  if (!variations) return null;
  let known = experiments.get(rule);
  if (known?.key !== (rule.key || id)) {
    known = {
      variations,
      key: rule.key || id,
      ...('coverage' in rule && { coverage: rule.coverage }),
      ...Object.fromEntries(COPIED.flatMap((name) => (rule[name] ? [[name, rule[name]]] : []))),
      ...(bucketVersion !== undefined && { bucketVersion }),
      ...(minBucketVersion !== undefined && { minBucketVersion }),
    };
    experiments.set(rule, known);
  }
  const bandit = reference === undefined ? undefined : own(context.bandits, reference);
  if (!bandit) return known;
  const experiment = { ...known };
  // The weights of the first context that the unit is in; else the rule's own.
  const leaf = bandit.contexts?.find(({ condition = {} }) =>
    context.matches(condition, context.attributes),
  );
  if (leaf) experiment.weights = leaf.weights;
  const { banditVersion } = bandit;
  experiment.contextualBandit = {
    leafId: leaf?.leafId ?? -1,
    variationWeights: experiment.weights ?? variations.map(() => 1 / variations.length),
    ...(banditVersion !== undefined && { banditVersion }),
  };
  return experiment;
}
