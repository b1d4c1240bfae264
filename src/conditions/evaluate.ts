/** The language of conditions, whoever judges its patterns. */
import type { Groups } from './condition.js';
import { member } from './member.js';
import { comparableVersion } from './version.js';

export interface Judges {
  /**
   * Values are equal, and have an order, only within their type: absent and `'0'` are not 0, as a
   * query means it. Else scalars convert as in GrowthBook, as targeting means it.
   */
  exact?: boolean;
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
        if (!fits(expected, member(value, key), judges, false)) return false;
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
    return ignoreCase ? fold(actual) === fold(expected) : actual === expected;
  switch (typeof expected) {
    case 'string':
      if (isObject(actual)) return false;
      return ignoreCase
        ? String(actual).toLowerCase() === expected.toLowerCase()
        : String(actual) === expected;
    case 'number':
      return (typeof actual !== 'object' || actual === null) && Number(actual) === expected;
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
      return actual === expected;
    case '$ne':
      return actual !== expected;
    case '$lt':
      return compares(actual, expected, judges) && (actual as number) < (expected as number);
    case '$lte':
      return compares(actual, expected, judges) && (actual as number) <= (expected as number);
    case '$gt':
      return compares(actual, expected, judges) && (actual as number) > (expected as number);
    case '$gte':
      return compares(actual, expected, judges) && (actual as number) >= (expected as number);
    case '$in':
      return Array.isArray(expected) && isIn(actual, expected, false);
    case '$nin':
      return Array.isArray(expected) && !isIn(actual, expected, false);
    case '$ini':
      return Array.isArray(expected) && isIn(actual, expected, true);
    case '$nini':
      return Array.isArray(expected) && !isIn(actual, expected, true);
    case '$inGroup':
      return isIn(actual, group(judges.groups, expected), false);
    case '$notInGroup':
      return !isIn(actual, group(judges.groups, expected), false);
    case '$all':
      return holdsAll(actual, expected, judges, false);
    case '$alli':
      return holdsAll(actual, expected, judges, true);
    case '$size':
      return Array.isArray(actual) && fits(expected, actual.length, judges, false);
    case '$elemMatch':
      return (
        Array.isArray(actual) && actual.some((element) => elementFits(expected, element, judges))
      );
    case '$regex':
      return judges.testPattern(expected, actual, false);
    case '$regexi':
      return judges.testPattern(expected, actual, true);
    case '$exists':
      return expected ? actual !== null : actual === null;
    case '$type':
      return typeName(actual) === expected;
    case '$not':
      return !fits(expected, actual, judges, false);
    case '$veq':
      return comparableVersion(actual) === comparableVersion(expected);
    case '$vne':
      return comparableVersion(actual) !== comparableVersion(expected);
    case '$vlt':
      return comparableVersion(actual) < comparableVersion(expected);
    case '$vlte':
      return comparableVersion(actual) <= comparableVersion(expected);
    case '$vgt':
      return comparableVersion(actual) > comparableVersion(expected);
    case '$vgte':
      return comparableVersion(actual) >= comparableVersion(expected);
    default:
      return false;
  }
}

/** JavaScript compares scalars of different types by number; objects have no order. */
function compares(a: unknown, b: unknown, { exact }: Judges): boolean {
  return !isReference(a) && !isReference(b) && (!exact || typeof a === typeof b);
}

function isIn(actual: unknown, list: readonly unknown[], ignoreCase: boolean): boolean {
  if (!ignoreCase) {
    return Array.isArray(actual) ? actual.some((a) => list.includes(a)) : list.includes(actual);
  }
  const folded = list.map(fold);
  return Array.isArray(actual)
    ? actual.some((a) => folded.includes(fold(a)))
    : folded.includes(fold(actual));
}

function fold(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function holdsAll(
  actual: unknown,
  expected: unknown,
  judges: Judges,
  ignoreCase: boolean,
): boolean {
  return (
    Array.isArray(actual) &&
    Array.isArray(expected) &&
    expected.every((e) => actual.some((a) => fits(e, a, judges, ignoreCase)))
  );
}

/** Falsy elements never match in targeting, as in GrowthBook. */
function elementFits(expected: unknown, element: unknown, judges: Judges): boolean {
  if (!judges.exact && !element) return false;
  return isOperators(expected)
    ? fits(expected, element, judges, false)
    : evaluate(expected, element, judges);
}

function group(groups: Groups, name: unknown): readonly unknown[] {
  return typeof name === 'string' && Object.hasOwn(groups, name) ? (groups[name] ?? []) : [];
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
