/** What travels: rows, payloads and problems are JSON, nothing richer. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** Ids of rows, mutations, clients and workspaces. */
export const ID_PATTERN = '^[A-Za-z0-9_-]{1,64}$';
const id = /* @__PURE__ */ new RegExp(ID_PATTERN);

export function isId(value: unknown): value is string {
  return typeof value === 'string' && id.test(value);
}

/** Keys that would reach an object's prototype; refused in every row and payload. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
]);

/** Strings that every database takes: no NUL, no half of a surrogate pair. */
export function isText(value: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A row's version: counted from 1; 0 is none. */
export function isVersion(value: unknown, least = 1): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}
