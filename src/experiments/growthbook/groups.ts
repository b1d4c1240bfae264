/** Conditions that refer to saved groups, as `$savedGroup`, `$inGroup` and `$notInGroup` do. */
import {
  judged,
  MAX_STEPS,
  memberOrUndefined,
  testPattern,
  type Condition,
} from '../../conditions/index.js';
import { isObject } from '../../protocol/index.js';
import { own } from './context.js';

/** Matches nobody. */
const NEVER: Condition = { $nor: [{}] };

/** Judges conditions that refer to these groups: lists, or `{ type: 'list' | 'condition', … }`. */
export function judgeWith(
  saved: Readonly<Record<string, unknown>>,
): (condition: Condition, value: unknown) => boolean {
  const groups: Record<string, readonly unknown[]> = {};
  for (const [name, group] of Object.entries(saved)) {
    const values = isObject(group) && group.type === 'list' ? group.values : group;
    if (Array.isArray(values)) groups[name] = values;
  }
  const resolvedOnce = new WeakMap<Condition, Condition>();

  return (condition, value) => {
    let resolved = resolvedOnce.get(condition);
    if (resolved === undefined) {
      resolved = resolve(condition, []) as Condition;
      resolvedOnce.set(condition, resolved);
    }
    return judged(resolved, value, {
      groups,
      testPattern,
      member: memberOrUndefined,
      steps: { left: MAX_STEPS },
    });
  };

  /** With what the references stand for in their place; `path`: the groups that led here. */
  function resolve(value: unknown, path: readonly string[]): unknown {
    if (Array.isArray(value)) return value.map((item) => resolve(item, path));
    if (!isObject(value)) return value;
    // What is saved, but is no list, has no members: nobody is in it, and nobody out of it.
    for (const name of [value.$inGroup, value.$notInGroup])
      if (typeof name === 'string' && own(saved, name) !== undefined && !own(groups, name))
        return { $in: [] };
    const members = Object.entries(value).map(([name, member]) => [name, resolve(member, path)]);
    const condition = Object.fromEntries(members) as Record<string, unknown>;
    if (!Object.hasOwn(value, '$savedGroup')) return condition;
    const { $savedGroup: reference, $and = [], ...rest } = condition;
    return { $and: [{ ...rest, $and }, referredTo(reference, path)] };
  }

  function referredTo(reference: unknown, path: readonly string[]): unknown {
    const { id, attributeKey } = isObject(reference) ? reference : {};
    const group = typeof id === 'string' && !path.includes(id) ? own(saved, id) : undefined;
    if (!isObject(group) || Array.isArray(group)) return NEVER;
    if (attributeKey !== undefined && typeof attributeKey !== 'string') return NEVER;
    if (group.type === 'list') {
      const attribute = attributeKey ?? group.attributeKey;
      return typeof attribute === 'string' && Array.isArray(group.values)
        ? { [attribute]: { $in: group.values } }
        : NEVER;
    }
    return group.type === 'condition' && isObject(group.condition)
      ? resolve(group.condition, [...path, String(id)])
      : NEVER;
  }
}
