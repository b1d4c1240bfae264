/** The language of conditions, whoever judges its patterns. */
import type { Groups } from './condition.js';
import { isReference, member, ownMember } from './member.js';
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
  /** Whether a pattern is found in a text. What it throws ends the evaluation. */
  testPattern(pattern: unknown, text: unknown, ignoreCase: boolean, steps: Steps): boolean;
  steps: Steps;
}

/** What is left of the work that a value from outside may cause; one step is below 1 µs. */
export interface Steps {
  left: number;
}

/** Of one condition, where nobody says another number: some ten milliseconds. */
export const MAX_STEPS = 100_000;

export function spend(steps: Steps, count: number): void {
  if ((steps.left -= count) < 0) refuse();
}

/** Ends what can't be said. */
export function refuse(): never {
  throw new RangeError();
}

/** As `evaluate`; false where it throws. */
export function judged(condition: unknown, value: unknown, judges: Judges): boolean {
  try {
    return evaluate(condition, value, judges);
  } catch {
    return false;
  }
}

/**
 * Whether `value` satisfies `condition`; `{}` is satisfied by everything. A malformed part or an
 * unknown operator does not match. Throws where the steps run out, or a pattern can't be judged.
 */
export function evaluate(condition: unknown, value: unknown, judges: Judges): boolean {
  if (!isObject(condition)) return false;
  for (const key in condition) if (!holds(key, condition[key], value, judges)) return false;
  return true;
}

function holds(key: string, expected: unknown, value: unknown, judges: Judges): boolean {
  switch (key) {
    case '$and':
      return Array.isArray(expected) && expected.every((c) => evaluate(c, value, judges));
    case '$or':
    case '$nor':
      // An empty `$or` asks for nothing and holds, as in GrowthBook.
      return (
        Array.isArray(expected) &&
        (expected.length === 0 || expected.some((c) => evaluate(c, value, judges))) ===
          (key === '$or')
      );
    case '$not':
      return isObject(expected) && !evaluate(expected, value, judges);
    default:
      return fits(expected, (judges.member ?? member)(value, key), judges, false);
  }
}

/** Whether `actual` equals `expected` or satisfies its operators. */
function fits(expected: unknown, actual: unknown, judges: Judges, ignoreCase: boolean): boolean {
  // What is no scalar may have to become text.
  spend(judges.steps, isReference(actual) ? 100 : 1);
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
        !(
          judges.exact &&
          (isReference(actual) || isReference(expected) || typeof actual !== typeof expected)
        ) && compares(operator, scalar(actual), scalar(expected))
      );
    case '$in':
    case '$ini':
    case '$nin':
    case '$nini':
    case '$inGroup':
    case '$notInGroup': {
      const list = operator.endsWith('Group')
        ? (ownMember(judges.groups, expected as string) ?? [])
        : expected;
      return (
        Array.isArray(list) && isIn(actual, list, judges, operator) !== operator.startsWith('$n')
      );
    }
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
        Array.isArray(actual) &&
        actual.some(
          (one) =>
            // Null never matches in targeting, as in GrowthBook.
            (judges.exact || one !== null) &&
            (isOperators(expected)
              ? fits(expected, one, judges, false)
              : evaluate(expected, one, judges)),
        )
      );
    case '$regex':
    case '$regexi':
      return judges.testPattern(
        expected,
        judges.exact ? actual : scalar(actual),
        ignoresCase(operator),
        judges.steps,
      );
    case '$exists':
      return ((actual ?? null) !== null) === !!expected;
    case '$type':
      return (
        (actual === null ? 'null' : Array.isArray(actual) ? 'array' : typeof actual) === expected
      );
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

/** Whether the value, or any element of it, is one of the list. */
function isIn(
  actual: unknown,
  list: readonly unknown[],
  judges: Judges,
  operator: string,
): boolean {
  const ignoreCase = ignoresCase(operator);
  const values = Array.isArray(actual) ? (actual as unknown[]) : [actual];
  // What is only compared takes some nanoseconds.
  spend(judges.steps, (values.length * list.length) / 8);
  return list.some((one) => values.some((value) => isSame(one, value, ignoreCase)));
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
