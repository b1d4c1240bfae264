/** Why a condition does not match, down to the member that is not as it must be. */
import {
  isOperators,
  isPattern,
  matches,
  member,
  OPERATORS,
  type Condition,
  type MatchOptions,
} from '../conditions/index.js';
import { isObject } from '../protocol/index.js';

/**
 * The first thing that keeps `value` from the condition, in words: `“plan” must be "pro", and is
 * "free"`. Empty where the condition matches. Never throws on JSON.
 */
export function whyNot(condition: unknown, value: unknown, { groups }: MatchOptions): string {
  // What is asked again is asked with steps of its own.
  const options: MatchOptions = groups ? { groups } : {};
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
  const unknown = unknownIn(expected, options);
  if (unknown) return `“${key}” can’t be judged: ${unknown}`;
  const must = isOperators(expected) ? 'must satisfy' : 'must be';
  return `“${key}” ${must} ${json(expected)}, and is ${json(member(value, key))}`;
}

/** What of operators is not known here, or refused. */
function unknownIn(operators: unknown, { groups = {} }: MatchOptions): string | undefined {
  if (!isOperators(operators)) return undefined;
  for (const [name, expected] of Object.entries(operators)) {
    if (!OPERATORS.has(name)) return `there is no operator “${name}”`;
    if (name.endsWith('Group') && !Object.hasOwn(groups, String(expected)))
      return `there is no group ${json(expected)}`;
    if (name.startsWith('$regex') && !isPattern(expected))
      return `${json(expected)} is no regular expression, too long, or one that has to backtrack`;
    const inner = /^\$(?:not|elemMatch|size)$/.test(name) && unknownIn(expected, { groups });
    if (inner) return inner;
  }
  return undefined;
}

function holds(condition: unknown, value: unknown, options: MatchOptions): boolean {
  return matches(condition as Condition, value, options);
}

/** What is not there is null to a condition. */
export function json(value: unknown): string {
  try {
    return value === null ? 'not there' : (JSON.stringify(value) ?? 'not there');
  } catch {
    return typeof value === 'bigint' ? `${value}` : 'no JSON';
  }
}
