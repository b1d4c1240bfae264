import type { Condition, Groups } from './condition.js';
import { judged, MAX_STEPS, type Steps } from './evaluate.js';
import { testPattern } from './pattern.js';

export interface MatchOptions {
  /** Lists that `$inGroup` and `$notInGroup` refer to; an unknown name is an empty list. */
  groups?: Groups;
  /**
   * What may be spent on values that come from outside: calls that are given the same share it.
   * Default: 100,000 steps for each condition, some ten milliseconds.
   */
  steps?: Steps;
}

/**
 * Whether `value` satisfies `condition`; `{}` is satisfied by everything. Never throws: a malformed
 * part or an unknown operator does not match. A pattern that can't be judged (see `pattern.ts`), or
 * steps that run out, fail the whole condition, also under `$not`: who is not known not to be meant
 * is left out. The language, with its conversions, is GrowthBook's targeting: `'8'` is greater than
 * 5, a missing member is null and, where an order is asked for, 0.
 */
export function matches(
  condition: Condition,
  value: unknown,
  { groups = {}, steps = { left: MAX_STEPS } }: MatchOptions = {},
): boolean {
  return judged(condition, value, { groups, steps, testPattern });
}
