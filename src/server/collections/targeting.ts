/**
 * What a condition must be to be stored. One that is wrong matches nobody, in silence, in every
 * browser; here somebody can still mend it.
 */
import { isOperators, isPattern } from '../../conditions/index.js';
import { isObject } from '../../protocol/index.js';
import type { Fault } from '../validate.js';

/** Deeper conditions than this nobody can read, and every browser would have to walk them. */
const MAX_DEPTH = 10;

/** `Operators` of src/conditions. */
const OPERATORS: ReadonlySet<string> = new Set(
  (
    '$eq $ne $lt $lte $gt $gte $in $nin $ini $nini $all $alli $size $elemMatch $regex $regexi ' +
    '$exists $type $not $veq $vne $vlt $vlte $vgt $vgte $inGroup $notInGroup'
  ).split(' '),
);
const GROUPS: ReadonlySet<string> = new Set(['$and', '$or', '$nor']);

/** The first fault of a condition, if there is one. */
export function conditionFaults(condition: unknown, pointer = '/condition', depth = 1): Fault[] {
  if (depth > MAX_DEPTH) {
    return [
      {
        pointer: '/condition',
        code: 'too-deep',
        detail: `nested at most ${MAX_DEPTH} levels deep`,
      },
    ];
  }
  if (Array.isArray(condition)) {
    return first(condition.entries(), ([i, item]) =>
      conditionFaults(item, `${pointer}/${i}`, depth + 1),
    );
  }
  if (!isObject(condition)) return [];
  const operators = isOperators(condition);
  return first(Object.entries(condition), ([name, value]) => {
    const at = `${pointer}/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (operators && !OPERATORS.has(name) && !GROUPS.has(name)) {
      return [{ pointer: at, code: 'unknown-operator', detail: 'there is no such operator' }];
    }
    if (/^\$regexi?$/.test(name) && !isPattern(value)) {
      const detail = 'no regular expression, too long, or one that has to backtrack';
      return [{ pointer: at, code: 'pattern', detail }];
    }
    return conditionFaults(value, at, depth + 1);
  });
}

function first<T>(items: Iterable<T>, faultsOf: (item: T) => Fault[]): Fault[] {
  for (const item of items) {
    const faults = faultsOf(item);
    if (faults.length) return faults;
  }
  return [];
}
