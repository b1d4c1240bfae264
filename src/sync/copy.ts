/** What may be stored: JSON as the server takes it too, checked and copied in one walk. */
import { FORBIDDEN_KEYS, isObject, isText, limits } from '../protocol/index.js';
import type { Json, JsonObject } from '../protocol/index.js';
import { invalid, type SyncError } from './errors.js';

/**
 * The row's own copy, so that what the app changes later is not written by accident. Of a change
 * `onto` a row, that must stay within the limit too, unless it was beyond it before.
 */
export function copyRow(row: object, onto?: object): JsonObject {
  if (!isObject(row)) throw invalid('A row is an object.');
  const walk: Walk = { characters: 0, path: [] };
  const copied = copyJson(row, 0, walk);
  if (!isObject(copied)) throw invalid('A row is an object.');
  // A rough count costs little; only what comes near the limit is measured.
  const near = walk.characters + (onto ? roughly(onto) : 0) > limits.mutationBytes / 8;
  // What `row` says is undefined is removed.
  const grown = () => onto && !tooLarge(onto) && tooLarge({ ...onto, ...row, ...copied });
  if (near && (tooLarge(copied) || grown()))
    throw invalid(`A row holds at most ${limits.mutationBytes / 1000} KB.`);
  return copied;
}

/** In characters, as `copyJson` counts them. */
function roughly(value: unknown): number {
  if (typeof value === 'string') return 8 + value.length;
  let characters = 8;
  if (typeof value === 'object' && value)
    for (const [name, member] of Object.entries(value)) characters += name.length + roughly(member);
  return characters;
}

function tooLarge(row: object): boolean {
  return bytesOf(JSON.stringify(row)) > limits.mutationBytes - 1_000;
}

/** In UTF-8. Not every platform has a `TextEncoder`. */
export function bytesOf(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    // Four bytes for the two halves of a surrogate pair.
    bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
  }
  return bytes;
}

interface Walk {
  /** What was copied so far, roughly. */
  characters: number;
  /** The names that lead to the value, as many as it is deep; what follows is from others. */
  path: (string | number)[];
}

function copyJson(value: unknown, depth: number, walk: Walk): Json | undefined {
  walk.characters += 8;
  switch (typeof value) {
    case 'string':
      walk.characters += value.length;
      if (!isText(value))
        throw refused('Texts hold no NUL and no half of a surrogate pair.', depth, walk);
      return value;
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value))
        throw refused(`${value} can’t be stored; use null.`, depth, walk);
      return value;
    case 'object': {
      if (value === null) return null;
      if (depth >= limits.depth)
        throw refused(`Rows nest at most ${limits.depth} levels.`, depth, walk);
      if (Array.isArray(value))
        return Array.from(value, (item: unknown, i) => {
          walk.path[depth] = i;
          return copyJson(item, depth + 1, walk) ?? null;
        });
      if (typeof (value as Partial<Date>).toJSON === 'function') {
        if (value instanceof Date && isNaN(+value))
          throw refused('An invalid date can’t be stored; use null.', depth, walk);
        walk.path[depth] = 'toJSON()';
        return copyJson((value as Date).toJSON(), depth + 1, walk);
      }
      if (!isPlain(value))
        throw refused(`A ${value.constructor.name} can’t be stored; rows are JSON.`, depth, walk);
      const result: JsonObject = {};
      for (const name of Object.keys(value)) {
        if (FORBIDDEN_KEYS.has(name))
          throw refused(`A member can’t be called “${name}”.`, depth, walk);
        walk.characters += name.length;
        walk.path[depth] = name;
        const member = copyJson((value as Record<string, unknown>)[name], depth + 1, walk);
        if (member !== undefined) result[name] = member;
      }
      return result;
    }
    case 'undefined':
      return undefined;
    default:
      throw refused(`A ${typeof value} can’t be stored; rows are JSON.`, depth, walk);
  }
}

/** Whether its members are all there is to it; also where it comes from another frame. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refused(why: string, depth: number, { path }: Walk): SyncError {
  return invalid(depth ? `${path.slice(0, depth).join('.')}: ${why}` : why);
}
