/** A collection's face: checks what comes in, reads from memory, hands writes to the commits. */
import { isId, type JsonObject } from '../protocol/index.js';
import { copyRow, invalid } from './copy.js';
import type { SyncError } from './errors.js';
import type { Mutation } from './record.js';
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
        const value = copyRow(row) as Row & JsonObject;
        value.id = checkedId(value.id ?? host.newId());
        return host.write({ collection: name, key: value.id, op: 'create', value });
      });
    },
    update(id, patch) {
      return attempt(() => {
        const { id: other, ...members } = copyRow(patch);
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
