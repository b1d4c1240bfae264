/**
 * Where in the order of values a condition can hold: what an index looks up, and what tells which
 * queries a change is about. Ranges may say too much, never too little; the condition has the last
 * word on each row. They follow its conversions: `'5'` equals 5, absent is 0 where numbers compare.
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
  switch (typeof expected) {
    case 'string': {
      const scalars = [null, false, true, Number(expected), expected];
      return [...scalars.filter((value) => String(value) === expected), REFERENCE].map(point);
    }
    case 'number': {
      const scalars = [null, false, true, expected];
      return [...scalars.filter((v) => Number(v) === expected).map(point), ['', REFERENCE]];
    }
    case 'boolean':
      return expected ? [[true, REFERENCE]] : [false, 0, ''].map(point);
  }
  if (!expected) return [point(null)];
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
      if (typeof operand === 'string') return [...asNumbers(operand), [operand, REFERENCE]];
      if (typeof operand !== 'number') return undefined;
      return [...(operand > 1 ? [] : [[null, true] as const]), [operand, REFERENCE]];
    case '$lt':
    case '$lte':
      if (typeof operand === 'string') return [...asNumbers(operand), ['', operand]];
      if (typeof operand !== 'number') return undefined;
      return [
        [operand < 0 ? -Infinity : null, operand],
        ['', REFERENCE],
      ];
  }
  return undefined;
}

/** Everything else is compared with a text as a number, if that text is one. */
function asNumbers(text: string): Range[] {
  return Number.isNaN(Number(text)) ? [] : [[null, Infinity]];
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
