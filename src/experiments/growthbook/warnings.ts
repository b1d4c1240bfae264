/** What of a payload works as in GrowthBook, and should better not be kept. */
import { areWeights } from '../ranges.js';
import type { GrowthBookExperiment, GrowthBookFeature, GrowthBookRule } from './types.js';

type Hashing = GrowthBookRule | GrowthBookExperiment;

/** A sentence for each thing that is odd, by the key of the rule or experiment. */
export function warningsOf({
  features,
  experiments,
}: {
  features: Readonly<Record<string, GrowthBookFeature>>;
  experiments: readonly GrowthBookExperiment[];
}): string[] {
  const rules = Object.entries(features).flatMap(([id, { rules = [] }]) =>
    rules.map((rule) => ({ ...rule, key: rule.key || id })),
  );
  const warnings = [...rules, ...experiments].flatMap((one) => {
    const found: string[] = [];
    if (usesVersion1(one))
      found.push(
        `“${one.key}” hashes by version 1: who gets which variation goes together with other experiments of that version. New ones should use version 2.`,
      );
    if (hasOddWeights(one))
      found.push(
        `“${one.key}” has weights that are not one for each variation, or do not sum to 1: its variations get equal shares.`,
      );
    return found;
  });
  return [...new Set(warnings)];
}

/** Whether anything of it does: a namespace always, and where there are filters it does not count. */
function usesVersion1(one: Hashing): boolean {
  const { hashVersion, filters, namespace, coverage } = one;
  const range = 'range' in one ? one.range : undefined;
  const assigns = variationsOf(one) ?? range ?? coverage;
  return (
    (assigns !== undefined && (hashVersion || 1) === 1) ||
    (filters ? isAnyVersion1(filters) : namespace !== undefined && !!variationsOf(one))
  );
}

function isAnyVersion1(filters: unknown): boolean {
  return (
    Array.isArray(filters) &&
    filters.some((filter: { hashVersion?: unknown } | null) => filter?.hashVersion === 1)
  );
}

/** Weights say nothing beside ranges. */
function hasOddWeights(one: Hashing): boolean {
  const { weights, ranges } = one;
  const variations = variationsOf(one);
  return (
    Array.isArray(weights) &&
    !ranges &&
    Array.isArray(variations) &&
    !areWeights(weights, variations.length)
  );
}

function variationsOf(one: Hashing): readonly unknown[] | undefined {
  return ('contextualVariations' in one ? one.contextualVariations : undefined) ?? one.variations;
}
