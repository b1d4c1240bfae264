import type { Condition, Groups } from './condition.js';
import { evaluate } from './evaluate.js';
import { testPattern } from './pattern.js';

export interface MatchOptions {
  /** Lists that `$inGroup` and `$notInGroup` refer to; an unknown name is an empty list. */
  groups?: Groups;
}

/**
 * Whether `value` satisfies `condition`; `{}` is satisfied by everything. Never throws on
 * JSON: a malformed part or an unknown operator does not match. Patterns can't hang the page.
 * The language, with its conversions, is GrowthBook's targeting: `'8'` is greater than 5, a missing
 * member is null and, where an order is asked for, 0.
 */
export function matches(
  condition: Condition,
  value: unknown,
  { groups = noGroups }: MatchOptions = {},
): boolean {
  return evaluate(condition, value, { groups, testPattern });
}

const noGroups: Groups = {};
