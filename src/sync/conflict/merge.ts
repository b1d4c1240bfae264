/**
 * Three-way merge of a row, member by member. What changed on one side only merges by itself, what
 * both changed goes by the member's type; the rest is in dispute. Pure: no I/O, no time.
 *
 * An untyped member is always what it was on one of the sides, and a member that nobody changed is
 * never touched.
 */
import { isObject } from '../../protocol/index.js';
import { same } from '../same.js';
import { mergeField, type FieldTypes } from './fields.js';
import type { Row } from '../types.js';

/** A member that both sides changed, each to something else; a side without it has no value. */
export interface Dispute {
  base?: unknown;
  local?: unknown;
  remote?: unknown;
}

export interface Merged {
  /** Everything put together, what is in dispute as it is here. */
  local: Row;
  /** The same, what is in dispute as the server has it. */
  remote: Row;
  /**
   * What there is to agree on: the server's row, but what is in dispute as it was before. Between
   * it, `local` and the server's row a merge has the same outcome as between the three it was made
   * from, so that a conflict can wait without its origin.
   */
  base: Row;
  /** What is in dispute, by member; a member of an object within the row is `stats.likes`. */
  fields: Record<string, Dispute>;
}

type Members = Record<string, unknown>;
type Sides = Record<'base' | 'local' | 'remote', Members>;

/**
 * Two rows that were made apart have no base: they are one row when they differ in typed members
 * only; every other difference is in dispute.
 */
export function merge(base: Row | null, local: Row, remote: Row, types: FieldTypes = {}): Merged {
  const fields: Merged['fields'] = {};
  const [b, l, r] = [base, local, remote] as unknown as [Members | null, Members, Members];
  const sides = mergeMembers(b, l, r, { types, fields, path: '' });
  return { ...(sides as unknown as Omit<Merged, 'fields'>), fields };
}

interface Context {
  types: FieldTypes;
  fields: Merged['fields'];
  path: string;
}

/** Members of objects are merged one by one too; lists without a type are taken whole. */
function mergeMembers(
  base: Members | null,
  local: Members,
  remote: Members,
  { types, fields, path }: Context,
): Sides {
  const merged: Sides = { base: {}, local: {}, remote: {} };
  const all = (from: Members, name: string) => {
    set(merged.local, name, from);
    set(merged.remote, name, from);
    set(merged.base, name, remote);
  };
  for (const name of new Set([...Object.keys(remote), ...Object.keys(local)])) {
    const [b, l, r] = [base?.[name], local[name], remote[name]];
    const mine = !same(l, b);
    const both = mine && !same(r, b);
    const at = path + name;
    const type = Object.hasOwn(types, at) ? types[at] : undefined;
    if (!both && (base || type)) {
      all(mine ? local : remote, name);
      continue;
    }
    const value = type && mergeField(type, b, l, r);
    if (value !== undefined) {
      all({ [name]: value }, name);
    } else if (!type && isObject(l) && isObject(r)) {
      const within = { types, fields, path: `${at}.` };
      const inner = mergeMembers(base && (isObject(b) ? b : {}), l, r, within);
      for (const side of ['base', 'local', 'remote'] as const) merged[side][name] = inner[side];
    } else if (same(l, r)) {
      all(remote, name);
    } else {
      const sides = { base: base ?? {}, local, remote };
      fields[at] = {};
      for (const side of ['base', 'local', 'remote'] as const) {
        set(merged[side], name, sides[side]);
        if (Object.hasOwn(sides[side], name)) fields[at][side] = sides[side][name];
      }
    }
  }
  return merged;
}

/** A member that is absent there stays absent here. */
function set(target: Members, name: string, source: Members): void {
  if (Object.hasOwn(source, name)) target[name] = source[name];
}
