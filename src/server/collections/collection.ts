/** What the server knows about a collection: who may do what, and what a row must look like. */
import type { JsonObject } from '../../protocol/index.js';
import type { UserRole } from '../access/identity.js';
import type { Queryable } from '../database/database.js';
import type { Fault, Validator } from '../validate.js';

export interface Collection {
  read: UserRole;
  /** Absent: only the server writes it. */
  write?: UserRole;
  /** The whole row after a merge; unknown members are refused. */
  validate: Validator;
  /** Rules that a schema can't say; runs on rows that passed `validate`. */
  check?(key: string, value: JsonObject): Fault[];
  /** What else follows from rows that changed, in the same transaction. */
  changed?(tx: Queryable, workspace: string, keys: readonly string[]): Promise<void>;
}

/** Faults of a row, schema first; empty when it may be stored. */
export function rowFaults(collection: Collection, key: string, value: JsonObject): Fault[] {
  if ('id' in value) {
    return [{ pointer: '/id', code: 'unknown-member', detail: 'a row’s id is its key' }];
  }
  const faults = collection.validate(value);
  return faults.length ? faults : (collection.check?.(key, value) ?? []);
}
