import { applied, type Mutation } from './record.js';
import { same } from '../same.js';
import type { Row } from '../types.js';
import type { JsonObject } from '../../protocol/index.js';

/**
 * One mutation in the place of two on the same row, neither of which was ever sent:
 *
 *     create + update  → create        delete + create → replace
 *     create + delete  → nothing       replace + update → replace
 *     update + update  → update        anything + delete → delete
 *
 * The first keeps its place in the outbox and its id.
 */
export function coalesce(first: Mutation, next: Mutation): Mutation | null {
  const { value: _value, patch: _patch, ...rest } = first;
  const kept = { ...rest, at: next.at };
  switch (next.op) {
    case 'delete':
      return first.op === 'create' ? null : { ...kept, op: 'delete' };
    case 'update':
      return first.op === 'update'
        ? { ...kept, op: 'update', patch: { ...first.patch, ...next.patch } }
        : { ...kept, op: first.op, value: { ...first.value!, ...next.patch } };
    case 'create':
    case 'replace':
      return { ...kept, op: first.op === 'create' ? 'create' : 'replace', value: next.value! };
  }
}

/** Several in order as one; `null` when nothing is left of them. */
export function joinAll(mutations: readonly Mutation[]): Mutation | null {
  return mutations.reduce<Mutation | null>(
    (joined, next) => (joined ? coalesce(joined, next) : next),
    null,
  );
}

/** What a row becomes through several mutations in order. */
export function appliedAll(mutations: readonly Mutation[], row: Row | null): Row | null {
  return mutations.reduce((before, mutation) => applied(mutation, before), row);
}

/** The change that leads from one row to another: a patch where one can say it, else the whole. */
export function difference(
  from: Row | null,
  to: Row | null,
): Pick<Mutation, 'op' | 'value' | 'patch'> | null {
  if (!to) return from ? { op: 'delete' } : null;
  const value = to as Row & JsonObject;
  if (!from) return { op: 'replace', value };
  const before = from as Row & JsonObject;
  if (Object.keys(before).some((name) => !(name in to))) return { op: 'replace', value };
  const patch: JsonObject = {};
  for (const [name, member] of Object.entries(value))
    if (!same(before[name], member)) patch[name] = member;
  return Object.keys(patch).length ? { op: 'update', patch } : null;
}
