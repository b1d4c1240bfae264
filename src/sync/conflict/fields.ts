/**
 * Members whose two changes are both right: a count that both sides raised, a set that both added
 * to. A type says how the three values become one. Pure.
 */
import { isObject } from '../../protocol/index.js';
import { copyRow } from '../copy.js';

/**
 * Makes one value of three when both sides changed a member; `base` is `undefined` where there was
 * none before. It must be pure and answer at once; one that throws, or answers `undefined` or what
 * is not JSON, leaves the member to the entity's strategy.
 */
// Written as a method, so that a function of numbers or of texts may stand here too.
export type FieldMerge = {
  merge(base: unknown, local: unknown, remote: unknown): unknown;
}['merge'];

/**
 * - `counter`: a number; what both sides added to it or took from it counts.
 * - `set`: a list in which every value stands once; what either side added or removed is added or
 *   removed. The server's order, then what was added here.
 * - a function: `mergeText` for texts, or your own.
 */
export type FieldType = 'counter' | 'set' | FieldMerge;

/** Types by member; `stats.likes` is a member of the object `stats`. */
export type FieldTypes = Readonly<Record<string, FieldType>>;

/** The value of a typed member that both sides changed; `undefined` where the type has no answer. */
export function mergeField(type: FieldType, base: unknown, local: unknown, remote: unknown) {
  if (type === 'counter') return mergeCounter(base, local, remote);
  if (type === 'set') return mergeSet(base, local, remote);
  try {
    const value: unknown = type(base, local, remote);
    return isPromise(value) ? undefined : copyRow({ value })['value'];
  } catch {
    return undefined;
  }
}

/** Merging does not wait: it happens within a commit. */
export function isPromise(value: unknown): boolean {
  return isObject(value) && typeof value['then'] === 'function';
}

/** A side without the member has begun anew: it counts nothing. */
function mergeCounter(base: unknown, local: unknown = 0, remote: unknown = 0): number | undefined {
  if (typeof local !== 'number' || typeof remote !== 'number') return undefined;
  const sum = remote + (local - (typeof base === 'number' ? base : 0));
  return Number.isFinite(sum) ? sum : undefined;
}

function mergeSet(base: unknown, local: unknown = [], remote: unknown = []): unknown[] | undefined {
  if (!Array.isArray(local) || !Array.isArray(remote)) return undefined;
  const before = byContent(Array.isArray(base) ? base : []);
  const mine = byContent(local);
  const theirs = byContent(remote);
  const kept = [...theirs].filter(([content]) => mine.has(content) || !before.has(content));
  const added = [...mine].filter(([content]) => !before.has(content) && !theirs.has(content));
  return [...kept, ...added].map(([, value]) => value);
}

/** Values that are `same` have one text, whatever the order of their members. */
function byContent(values: readonly unknown[]): Map<string, unknown> {
  return new Map(values.map((value) => [JSON.stringify(value, sorted), value]));
}

function sorted(_: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
