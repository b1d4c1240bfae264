/** A collection's face: checks what comes in, reads from memory, hands writes to the commits. */
import { FORBIDDEN_KEYS, isId, isObject, limits } from '../protocol/index.js';
import type { Json, JsonObject } from '../protocol/index.js';
import { SyncError } from './errors.js';
import { encode, type Mutation } from './record.js';
import type { Queries } from './query.js';
import { PendingWrite } from './receipts.js';
import type { State } from './state.js';
import type { Collection, NewRow, Query, Row, Write } from './types.js';

export interface CollectionHost {
  state: State;
  queries: Queries;
  newId(): string;
  write(mutation: Pick<Mutation, 'collection' | 'key' | 'op' | 'value' | 'patch'>): Write;
}

export function createCollection<R extends Row>(name: string, host: CollectionHost): Collection<R> {
  return {
    name,
    create(row: NewRow<R>) {
      return attempt(() => {
        const value = copy(row) as Row & JsonObject;
        value.id = checkedId(value.id ?? host.newId());
        return host.write({ collection: name, key: value.id, op: 'create', value });
      });
    },
    update(id, patch) {
      return attempt(() => {
        const { id: other, ...members } = copy(patch) as JsonObject;
        if (other !== undefined && other !== id)
          throw invalid('A row’s id can’t change; create another row and delete this one.');
        return host.write({ collection: name, key: checkedId(id), op: 'update', patch: members });
      });
    },
    delete: (id) =>
      attempt(() => host.write({ collection: name, key: checkedId(id), op: 'delete' })),
    get: (id) => (host.state.entry(name, id)?.view ?? undefined) as R | undefined,
    isPending(id) {
      const entry = host.state.entry(name, id);
      return !!entry && (entry.pending.length > 0 || entry.staged.length > 0);
    },
    query: (query: Query<R> = {}) => host.queries.query<R>(name, query),
  };
}

/** Bad input rejects the write's promise, like every other reason that it fails. */
function attempt(write: () => Write): Write {
  try {
    return write();
  } catch (error) {
    const failed = new PendingWrite((_, reject) => reject(error as SyncError));
    failed.receipt.refuse(error as SyncError);
    return failed;
  }
}

function checkedId(id: string): string {
  if (!isId(id)) throw invalid(`“${String(id)}” is not an id: 1 to 64 of A–Z, a–z, 0–9, _ and -.`);
  return id;
}

/** The row's own copy, so that what the app changes later is not written by accident. */
function copy(row: object): JsonObject {
  if (!isObject(row)) throw invalid('A row is an object.');
  const size = { characters: 0 };
  const copied = copyJson(row, 0, size) as JsonObject;
  // A rough count of what was copied is free; only a row that comes near the limit is measured.
  if (size.characters > limits.mutationBytes / 8 && tooLarge(copied))
    throw invalid(`A row holds at most ${limits.mutationBytes / 1000} KB.`);
  return copied;
}

function tooLarge(row: JsonObject): boolean {
  return new TextEncoder().encode(encode(row)).length > limits.mutationBytes - 1_000;
}

function copyJson(value: unknown, depth: number, size: { characters: number }): Json | undefined {
  size.characters += 8;
  switch (typeof value) {
    case 'string':
      size.characters += value.length;
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

function invalid(message: string): SyncError {
  return new SyncError('invalid', message);
}
