/** The language of conditions, whoever judges its patterns. */
import type { Groups } from './condition.js';
import { member, ownMember } from './member.js';
import { comparableVersion } from './version.js';

export interface Judges {
  /**
   * Values are equal, and have an order, only within their type: absent and `'0'` are not 0, as a
   * query means it. Else scalars convert as in GrowthBook, as targeting means it.
   */
  exact?: boolean;
  /** The member at a dotted path. Default: null for one that is undefined, as for one that is absent. */
  member?: (value: unknown, path: string) => unknown;
  /** Lists that `$inGroup` and `$notInGroup` refer to; an unknown name is an empty list. */
  groups: Groups;
  /** Whether a pattern is found in a text. Must not throw, whatever it gets. */
  testPattern(pattern: unknown, text: unknown, ignoreCase: boolean): boolean;
}

/**
 * Whether `value` satisfies `condition`; `{}` is satisfied by everything. Never throws on
 * JSON: a malformed part or an unknown operator does not match.
 */
export function evaluate(condition: unknown, value: unknown, judges: Judges): boolean {
  if (!isObject(condition)) return false;
  for (const key in condition) {
    const expected = condition[key];
    switch (key) {
      case '$and':
        if (!Array.isArray(expected) || !expected.every((c) => evaluate(c, value, judges)))
          return false;
        break;
      case '$or':
        if (!Array.isArray(expected) || !anyHolds(expected, value, judges)) return false;
        break;
      case '$nor':
        if (!Array.isArray(expected) || anyHolds(expected, value, judges)) return false;
        break;
      case '$not':
        if (!isObject(expected) || evaluate(expected, value, judges)) return false;
        break;
      default:
        if (!fits(expected, (judges.member ?? member)(value, key), judges, false)) return false;
    }
  }
  return true;
}

/** An empty `$or` asks for nothing and holds, as in GrowthBook. */
function anyHolds(conditions: readonly unknown[], value: unknown, judges: Judges): boolean {
  return conditions.length === 0 || conditions.some((c) => evaluate(c, value, judges));
}

/** Whether `actual` equals `expected` or satisfies its operators. */
function fits(expected: unknown, actual: unknown, judges: Judges, ignoreCase: boolean): boolean {
  if (judges.exact && expected !== undefined && !isReference(expected))
    return isSame(actual, expected, ignoreCase);
  switch (typeof expected) {
    case 'string':
      return isSame(String(scalar(actual)), expected, ignoreCase);
    case 'number':
      return Number(scalar(actual)) === expected;
    case 'boolean':
      return actual !== null && Boolean(actual) === expected;
  }
  if (expected === null || expected === undefined) return actual === null;
  if (!isOperators(expected)) return JSON.stringify(actual) === JSON.stringify(expected);
  for (const operator in expected) {
    if (!satisfies(operator, expected[operator], actual, judges)) return false;
  }
  return true;
}

function satisfies(operator: string, expected: unknown, actual: unknown, judges: Judges): boolean {
  switch (operator) {
    case '$eq':
    case '$ne':
      return compares(operator, actual, expected);
    case '$lt':
    case '$lte':
    case '$gt':
    case '$gte':
      return (
        !(judges.exact && (isReference(actual) || isReference(expected))) &&
        !(judges.exact && typeof actual !== typeof expected) &&
        compares(operator, scalar(actual), scalar(expected))
      );
    case '$in':
    case '$ini':
    case '$nin':
    case '$nini':
      return (
        Array.isArray(expected) && isIn(actual, expected, operator) !== operator.startsWith('$n')
      );
    case '$inGroup':
    case '$notInGroup':
      return isIn(actual, group(judges.groups, expected)) !== operator.startsWith('$n');
    case '$all':
    case '$alli':
      return (
        Array.isArray(actual) &&
        Array.isArray(expected) &&
        expected.every((e) => actual.some((a) => fits(e, a, judges, ignoresCase(operator))))
      );
    case '$size':
      return Array.isArray(actual) && fits(expected, actual.length, judges, false);
    case '$elemMatch':
      return (
        Array.isArray(actual) && actual.some((element) => elementFits(expected, element, judges))
      );
    case '$regex':
    case '$regexi':
      return judges.testPattern(
        expected,
        judges.exact ? actual : scalar(actual),
        ignoresCase(operator),
      );
    case '$exists':
      return ((actual ?? null) !== null) === !!expected;
    case '$type':
      return typeName(actual) === expected;
    case '$not':
      return !fits(expected, actual, judges, false);
    default:
      return (
        operator.startsWith('$v') &&
        compares(`$${operator.slice(2)}`, comparableVersion(actual), comparableVersion(expected))
      );
  }
}

/** As JavaScript compares scalars: those of different types by number. */
const comparisons: Record<string, (a: number, b: number) => boolean> = {
  $eq: (a, b) => a === b,
  $ne: (a, b) => a !== b,
  $lt: (a, b) => a < b,
  $lte: (a, b) => a <= b,
  $gt: (a, b) => a > b,
  $gte: (a, b) => a >= b,
};

function compares(operator: string, a: unknown, b: unknown): boolean {
  return comparisons[operator]?.(a as number, b as number) ?? false;
}

/** What JavaScript converts it to before it compares: an array, `[5]`, is its text, `5`. */
function scalar(value: unknown): unknown {
  try {
    return isReference(value) ? String(value as unknown as string) : value;
  } catch {
    return undefined; // JSON that has a `toString` of its own.
  }
}

function isIn(actual: unknown, list: readonly unknown[], operator = ''): boolean {
  const has = ignoresCase(operator)
    ? (value: unknown) => list.some((one) => isSame(one, value, true))
    : (value: unknown) => list.includes(value);
  return Array.isArray(actual) ? actual.some(has) : has(actual);
}

function ignoresCase(operator: string): boolean {
  return operator.endsWith('i');
}

function isSame(a: unknown, b: unknown, ignoreCase: boolean): boolean {
  return ignoreCase ? fold(a) === fold(b) : a === b;
}

function fold(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** Null never matches in targeting, as in GrowthBook. */
function elementFits(expected: unknown, element: unknown, judges: Judges): boolean {
  if (!judges.exact && element === null) return false;
  return isOperators(expected)
    ? fits(expected, element, judges, false)
    : evaluate(expected, element, judges);
}

function group(groups: Groups, name: unknown): readonly unknown[] {
  return (ownMember(groups, name as string) ?? []) as readonly unknown[];
}

function typeName(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

/** An object whose keys all start with `$`, at least one. */
export function isOperators(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  let some = false;
  for (const key in value) {
    if (!key.startsWith('$')) return false;
    some = true;
  }
  return some;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return isReference(value) && !Array.isArray(value);
}

function isReference(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
