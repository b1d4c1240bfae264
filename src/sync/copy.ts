/** What may be stored: JSON as the server takes it too, checked and copied in one walk. */
import { FORBIDDEN_KEYS, isObject, isText, limits } from '../protocol/index.js';
import type { Json, JsonObject } from '../protocol/index.js';
import { SyncError } from './errors.js';

/** The row's own copy, so that what the app changes later is not written by accident. */
export function copyRow(row: object): JsonObject {
  if (!isObject(row)) throw invalid('A row is an object.');
  const size = { characters: 0 };
  const copied = copyJson(row, 0, size) as JsonObject;
  // A rough count of what was copied is free; only a row that comes near the limit is measured.
  if (size.characters > limits.mutationBytes / 8 && tooLarge(copied))
    throw invalid(`A row holds at most ${limits.mutationBytes / 1000} KB.`);
  return copied;
}

function tooLarge(row: JsonObject): boolean {
  return bytesOf(JSON.stringify(row)) > limits.mutationBytes - 1_000;
}

/** In UTF-8. Not every platform has a `TextEncoder`. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function copyJson(value: unknown, depth: number, size: { characters: number }): Json | undefined {
  size.characters += 8;
  switch (typeof value) {
    case 'string':
      size.characters += value.length;
      if (!isText(value)) throw invalid('Texts hold no NUL and no half of a surrogate pair.');
      return value;
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw invalid(`${value} can’t be stored; use null.`);
      return value;
    case 'object': {
      if (value === null) return null;
      if (depth >= limits.depth) throw invalid(`Rows nest at most ${limits.depth} levels.`);
      if (Array.isArray(value)) return value.map((item) => copyJson(item, depth + 1, size) ?? null);
      if (value instanceof Date) return value.toJSON();
      const result: JsonObject = {};
      for (const name of Object.keys(value)) {
        if (FORBIDDEN_KEYS.has(name)) throw invalid(`A member can’t be called “${name}”.`);
        size.characters += name.length;
        const member = copyJson((value as Record<string, unknown>)[name], depth + 1, size);
        if (member !== undefined) result[name] = member;
      }
      return result;
    }
    case 'undefined':
      return undefined;
    default:
      throw invalid(`A ${typeof value} can’t be stored; rows are JSON.`);
  }
}

export function invalid(message: string): SyncError {
  return new SyncError('invalid', message);
}
