/** Why a condition does not match, down to the member that is not as it must be. */
import {
  isOperators,
  matches,
  member,
  type Condition,
  type MatchOptions,
} from '../conditions/index.js';
import { isObject } from '../protocol/index.js';

/**
 * The first thing that keeps `value` from the condition, in words: `“plan” must be "pro", and is
 * "free"`. Empty where the condition matches. Never throws on JSON.
 */
export function whyNot(condition: unknown, value: unknown, options: MatchOptions): string {
  if (!isObject(condition)) return `${json(condition)} is no condition`;
  for (const [key, expected] of Object.entries(condition)) {
    if (!holds({ [key]: expected }, value, options))
      return whyNotOne(key, expected, value, options);
  }
  return '';
}

function whyNotOne(key: string, expected: unknown, value: unknown, options: MatchOptions): string {
  const isList = Array.isArray(expected);
  if (/^\$(?:and|n?or)$/.test(key) && !isList) return `${json(expected)} is no list`;
  if (key === '$not' && !isObject(expected)) return `${json(expected)} is no condition`;
  if (key === '$nor' || key === '$not') return `${json(expected)} holds, and must not`;
  if (isList && key === '$and') {
    const failing: unknown = expected.find((one) => !holds(one, value, options));
    return whyNot(failing, value, options);
  }
  if (isList && key === '$or')
    return `none holds of: ${expected.map((one) => whyNot(one, value, options)).join('; ')}`;
  const must = isOperators(expected) ? 'must satisfy' : 'must be';
  return `“${key}” ${must} ${json(expected)}, and is ${json(member(value, key))}`;
}

function holds(condition: unknown, value: unknown, options: MatchOptions): boolean {
  return matches(condition as Condition, value, options);
}

/** What is not there is null to a condition. */
export function json(value: unknown): string {
  return value === null ? 'not there' : (JSON.stringify(value) ?? 'not there');
}
