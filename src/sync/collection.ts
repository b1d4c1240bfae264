/** A collection's face: checks what comes in, reads from memory, hands writes to the commits. */
import { FORBIDDEN_KEYS, isId, isObject, limits } from '../protocol/index.js';
import type { Json, JsonObject } from '../protocol/index.js';
import { SyncError } from './errors.js';
import { encode, type Mutation } from './record.js';
import type { Queries } from './query.js';
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
        const { id: key = host.newId(), ...value } = copy(row) as { id?: string } & JsonObject;
        return host.write({ collection: name, key: checkedId(key), op: 'create', value });
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
    const failed = Promise.reject(error) as Write;
    failed.synced = Promise.reject(error);
    failed.synced.catch(() => {});
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
  const copied = copyJson(row, 0) as JsonObject;
  // Cheap where it matters not: only a row that might be too large is measured.
  if (mayBeLarge(copied) && encode(copied).length > limits.mutationBytes - 1_000)
    throw invalid(`A row holds at most ${limits.mutationBytes / 1000} KB.`);
  return copied;
}

function copyJson(value: unknown, depth: number): Json | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw invalid(`${value} can’t be stored; use null.`);
      return value;
    case 'object': {
      if (value === null) return null;
      if (depth >= limits.depth) throw invalid(`Rows nest at most ${limits.depth} levels.`);
      if (Array.isArray(value)) return value.map((item) => copyJson(item, depth + 1) ?? null);
      if (value instanceof Date) return value.toJSON();
      const result: JsonObject = {};
      for (const name of Object.keys(value)) {
        if (FORBIDDEN_KEYS.has(name)) throw invalid(`A member can’t be called “${name}”.`);
        const member = copyJson((value as Record<string, unknown>)[name], depth + 1);
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

function mayBeLarge(value: Json): boolean {
  let budget = limits.mutationBytes / 8;
  const spend = (part: Json): void => {
    budget -= typeof part === 'string' ? part.length : 8;
    if (budget > 0 && typeof part === 'object' && part)
      for (const name in part) {
        budget -= name.length;
        spend((part as JsonObject)[name]!);
      }
  };
  spend(value);
  return budget <= 0;
}

function invalid(message: string): SyncError {
  return new SyncError('invalid', message);
}
