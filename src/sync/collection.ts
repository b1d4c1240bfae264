/** A collection's face: checks what comes in, reads from memory, hands writes to the commits. */
import { isId, type JsonObject } from '../protocol/index.js';
import { copyRow, invalid } from './copy.js';
import type { SyncError } from './errors.js';
import type { Observable } from './observable.js';
import type { Mutation } from './record.js';
import type { Queries } from './query.js';
import { PendingWrite } from './receipts.js';
import type { State } from './state.js';
import { checkPatch, createdBySchema, type StandardSchemaV1 } from './schema.js';
import type { AnyRow, Collection, Row, Write } from './types.js';

export interface CollectionHost {
  state: State;
  queries: Queries;
  newId(): string;
  write(mutation: Pick<Mutation, 'collection' | 'key' | 'op' | 'value' | 'patch'>): Write;
}

export function createCollection(
  name: string,
  host: CollectionHost,
  schema?: StandardSchemaV1,
): Collection {
  const view = (id: string) => host.state.entry(name, id)?.view ?? undefined;
  // A server may have ids of other kinds than those that are made here.
  const existing = (id: string) => (host.state.entry(name, id) ? id : checkedId(id));
  return {
    name,
    create(row) {
      return attempt(() => {
        const id = (row as Partial<Row> | null)?.id ?? host.newId();
        const made = schema ? createdBySchema(schema, { ...row, id }) : row;
        const value = copyRow(made) as Row & JsonObject;
        value.id = checkedId(value.id ?? id);
        return host.write({ collection: name, key: value.id, op: 'create', value });
      });
    },
    update(id, patch) {
      return attempt(() => {
        const { id: other, ...members } = copyRow(patch);
        if (other !== undefined && other !== id)
          throw invalid('A row’s id can’t change; create another row and delete this one.');
        const row = schema && view(id);
        if (row) checkPatch(schema, row, members);
        return host.write({ collection: name, key: existing(id), op: 'update', patch: members });
      });
    },
    delete: (id) =>
      attempt(() => host.write({ collection: name, key: existing(id), op: 'delete' })),
    get: (id) => view(id) as AnyRow | undefined,
    isPending(id) {
      const entry = host.state.entry(name, id);
      return !!entry && (entry.pending.length > 0 || entry.staged.length > 0);
    },
    observe: (id) => first(host.queries.query(name, { where: { id } })),
    query: (query = {}) => host.queries.query(name, query),
  };
}

/** The only row of a result. */
function first(rows: Observable<readonly AnyRow[]>): Observable<AnyRow | undefined> {
  return {
    get: () => rows.get()[0],
    subscribe: (callback, options) => rows.subscribe(([row]) => callback(row), options),
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
