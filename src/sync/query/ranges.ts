/**
 * Where in the order of values a condition can hold: what an index looks up, and what tells which
 * queries a change is about. Ranges may say too much, never too little; the condition has the last
 * word on each row.
 */
import { isOperators } from '../../conditions/index.js';
import { compareValues } from './order.js';

/** Both ends belong to it. */
export type Range = readonly [low: unknown, high: unknown];

/** Stands for all lists and objects, the end of the order. */
export const REFERENCE = {};

const point = (value: unknown): Range => [value, value];

/** The ranges, ascending, for each member that the condition bounds. */
export function rangesOf(where: unknown, found = new Map<string, Range[]>()): Map<string, Range[]> {
  for (const [key, expected] of Object.entries(where ?? {})) {
    if (key === '$and' && Array.isArray(expected))
      for (const part of expected) rangesOf(part, found);
    const ranges = key.startsWith('$') ? undefined : expectedRanges(expected);
    if (ranges) found.set(key, intersection(found.get(key), ranges));
  }
  return found;
}

function expectedRanges(expected: unknown): Range[] | undefined {
  if (!isReference(expected)) return [point(expected ?? null)];
  if (!isOperators(expected)) return [point(REFERENCE)];
  let ranges: Range[] | undefined;
  for (const [operator, operand] of Object.entries(expected)) {
    const more = operatorRanges(operator, operand);
    if (more) ranges = intersection(ranges, more);
  }
  return ranges;
}

function operatorRanges(operator: string, operand: unknown): Range[] | undefined {
  switch (operator) {
    case '$eq':
      return [point(isReference(operand) ? REFERENCE : operand)];
    case '$in': {
      if (!Array.isArray(operand)) return [];
      const scalars = new Set<unknown>(operand.filter((value) => !isReference(value)));
      return [...[...scalars].sort(compareValues), REFERENCE].map(point);
    }
    case '$exists':
      return operand ? [[false, REFERENCE]] : [point(null)];
    case '$gt':
    case '$gte':
      return ofType(operand).map(([, high]) => [operand, high]);
    case '$lt':
    case '$lte':
      return ofType(operand).map(([low]) => [low, operand]);
  }
  return undefined;
}

/** Where the values are that have an order with this one. */
function ofType(value: unknown): Range[] {
  switch (typeof value) {
    case 'string':
      return [['', REFERENCE]];
    case 'number':
      return [[-Infinity, Infinity]];
    case 'boolean':
      return [[false, true]];
  }
  return isReference(value) ? [] : [point(null)];
}

function intersection(some: readonly Range[] | undefined, others: Range[]): Range[] {
  if (!some) return others;
  return some.flatMap(([low, high]) =>
    others.flatMap(([otherLow, otherHigh]): Range[] => {
      const from = compareValues(low, otherLow) < 0 ? otherLow : low;
      const to = compareValues(high, otherHigh) > 0 ? otherHigh : high;
      return compareValues(from, to) > 0 ? [] : [[from, to]];
    }),
  );
}

function isReference(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
