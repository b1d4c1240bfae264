/** Checks what comes from outside: a cache, the network, the page. */
import { isObject } from '../protocol/json.js';

/**
 * Whether a value has what the example has: members of the same types, numbers finite. A list's first
 * element is the example of all; a member whose name ends in `?` may be absent.
 */
export function isLike(value: unknown, example: unknown): boolean {
  if (Array.isArray(example))
    return Array.isArray(value) && value.every((one) => !example.length || isLike(one, example[0]));
  if (isObject(example)) {
    return (
      isObject(value) &&
      Object.entries(example).every(([name, expected]) => {
        const member = value[name.replace('?', '')];
        return isLike(member, expected) || (member === undefined && name.endsWith('?'));
      })
    );
  }
  return typeof example === 'number' ? Number.isFinite(value) : typeof value === typeof example;
}
