/** A collection's face: checks what comes in, reads from memory, hands writes to the commits. */
import { isId, type JsonObject } from '../../protocol/index.js';
import { copyRow } from '../copy.js';
import { invalid, SyncError } from '../errors.js';
import { freeze } from '../freeze.js';
import { checkCallback, type Observable } from '../observable.js';
import type { Change } from '../log/record.js';
import type { Queries } from './query.js';
import { PendingWrite, Receipt } from '../outbox/receipts.js';
import type { State } from '../log/state.js';
import { checkPatch, createdBySchema, type StandardSchemaV1 } from '../schema.js';
import type { AnyRow, Collection, NewRow, Row, Write } from '../types.js';

export interface CollectionHost {
  state: State;
  queries: Queries;
  newId(): string;
  /** All changes or none; the promise resolves with `ids`. */
  write<Ids>(changes: readonly Change[], ids: Ids): Write<Ids>;
}

export function createCollection(
  name: string,
  host: CollectionHost,
  schema?: StandardSchemaV1,
): Collection {
  const view = (id: string) => freeze(host.state.entry(name, id)?.view ?? undefined);
  // A server may have ids of other kinds than those that are made here.
  const existing = (id: string) => (host.state.entry(name, id) ? id : checkedId(id));
  const creation = (row: NewRow<AnyRow>): Change => {
    const id = (row as Partial<Row> | null)?.id ?? host.newId();
    const made = schema ? createdBySchema(schema, { ...row, id }) : row;
    const value = copyRow(made) as Row & JsonObject;
    value.id = checkedId(value.id ?? id);
    return { collection: name, key: value.id, op: 'create', value };
  };
  const write = (id: string, change: Pick<Change, 'op' | 'patch' | 'remove'>): Write =>
    host.write([{ collection: name, key: existing(id), ...change }], id);
  return {
    name,
    create(row) {
      return attempt(() => {
        const change = creation(row);
        return host.write([change], change.key);
      });
    },
    createMany(rows) {
      return attempt(() => {
        if (!Array.isArray(rows)) throw invalid('createMany takes a list of rows.');
        const changes = rows.map(creation);
        const ids = changes.map(({ key }) => key);
        if (new Set(ids).size < ids.length) throw invalid('Two of these rows have the same id.');
        return host.write(changes, ids);
      });
    },
    update(id, patch) {
      return attempt(() => {
        const row = view(id);
        const { id: other, ...members } = copyRow(patch, row);
        const removed = Object.entries(patch).flatMap(([name, member]) =>
          member === undefined && name !== 'id' ? name : [],
        );
        if (other !== undefined && other !== id)
          throw invalid('A row’s id can’t change; create another row and delete this one.');
        if (row && schema) Object.assign(members, checkPatch(schema, row, members, removed));
        const remove = removed.filter((name) => !Object.hasOwn(members, name));
        return write(id, { op: 'update', patch: members, ...(remove.length && { remove }) });
      });
    },
    delete: (id) => attempt(() => write(id, { op: 'delete' })),
    get: (id) => view(id) as AnyRow | undefined,
    isPending(id) {
      const entry = host.state.entry(name, id);
      return !!entry && (entry.pending.length > 0 || entry.staged.length > 0);
    },
    observe: (id) => first(host.queries.query(name, { where: { id } })),
    query: (query = {}) => host.queries.query(name, query),
  };
}

/** The only row of a result; the same object for the same result. */
function first(rows: Observable<readonly AnyRow[]>): Observable<AnyRow | undefined> {
  let row = firsts.get(rows);
  if (!row) {
    row = {
      get: () => rows.get()[0],
      subscribe(callback, options) {
        checkCallback(callback);
        return rows.subscribe(([row]) => callback(row), options);
      },
    };
    firsts.set(rows, row);
  }
  return row;
}
const firsts = new WeakMap<object, Observable<AnyRow | undefined>>();

/** Bad input rejects the write's promise, like every other reason that it fails. */
export function attempt<Ids>(write: () => Write<Ids>): Write<Ids> {
  try {
    return write();
  } catch (cause) {
    // A getter of the app's, for example, that throws.
    const error = cause instanceof SyncError ? cause : invalid('This can’t be read.', cause);
    const receipt = new Receipt(1);
    receipt.refuse(error);
    return new PendingWrite<Ids>((_, reject) => reject(error), receipt);
  }
}

function checkedId(id: string): string {
  if (!isId(id))
    throw invalid(`“${String(id)}” is not an id: a text of 1 to 64 of A–Z, a–z, 0–9, _ and -.`);
  return id;
}
