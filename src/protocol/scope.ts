/**
 * Partial sync. A scope is a part of a collection: the rows whose members equal these. A pull names
 * the scopes of a collection, and a row is told if it is in any of them.
 */
import { FORBIDDEN_KEYS, isObject, isText } from './json.js';
import { limits } from './limits.js';

/** `{ project: 'p1' }`: top-level members and the scalar each must equal. */
export type Scope = Record<string, string | number | boolean | null>;

/** By collection; those that are absent are pulled whole. */
export type Scopes = Record<string, readonly Scope[]>;

/** One to five members that are scalars of a bounded length. */
export function isScope(value: unknown): value is Scope {
  if (!isObject(value)) return false;
  const members = Object.entries(value);
  return (
    members.length > 0 &&
    members.length <= limits.scopeMembers &&
    members.every(([name, member]) => isMember(name) && isScopeValue(member))
  );
}

function isMember(name: string): boolean {
  return isScopeText(name) && name !== 'id' && !FORBIDDEN_KEYS.has(name);
}

function isScopeValue(value: unknown): boolean {
  if (typeof value === 'string') return value === '' || isScopeText(value);
  return value === null || typeof value === 'boolean' || Number.isFinite(value);
}

function isScopeText(value: string): boolean {
  return value.length > 0 && value.length <= limits.scopeText && isText(value);
}

/** The same text for the same scope, whatever the order of its members. */
export function scopeName(scope: Scope): string {
  return JSON.stringify(Object.entries(scope).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function inScope(scope: Scope, row: object): boolean {
  return Object.entries(scope).every(
    ([name, member]) =>
      Object.hasOwn(row, name) && (row as Record<string, unknown>)[name] === member,
  );
}
