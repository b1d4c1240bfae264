/** What the server knows about a collection: who may do what, and what a row must look like. */
import type { Json, JsonObject, Operation } from '../../protocol/index.js';
import type { UserRole, Who } from '../access/identity.js';
import type { Queryable } from '../database/database.js';
import type { Fault, Validator } from '../validate.js';

export interface Collection {
  /** From this role on, or what a policy says of each row. Absent: nobody reads it. */
  read?: UserRole | ReadPolicy;
  /** Names the code that `read` is of, where it is known: another when it may say otherwise. */
  code?: string;
  /** From this role on, or what a policy says of each change. Absent: only the server writes it. */
  write?: UserRole | WritePolicy;
  /** Members that not everybody who may read or write the row may read or write. */
  members?: ReadonlyMap<string, MemberRule>;
  /** Members by which scoped pulls find rows. */
  indexes?: readonly string[];
  /** The whole row after a merge; unknown members are refused. */
  validate: Validator;
  /** Rules that a schema can't say; runs on rows that passed `validate`. */
  check?(key: string, value: JsonObject, workspace: string): Fault[];
  /** What else follows from rows that changed, in the same transaction. */
  changed?(tx: Queryable, workspace: string, keys: readonly string[]): Promise<void>;
}

/** A row as policies see it: its members and its `id`, which is its key. */
export type PolicyRow = JsonObject & { id: string };

/** Whether `who` may see a row. Only `true` means yes; so does no error and no promise. */
export type ReadPolicy = (row: PolicyRow, who: Who) => boolean;

/** Whether `who` may make a change. Asked after the row was found to fit the schema. */
export type WritePolicy = (change: Change, who: Who) => boolean;

export interface Change {
  op: Operation;
  /** Null where there was none. */
  old: PolicyRow | null;
  /** Null when it is deleted. */
  new: PolicyRow | null;
}

export interface MemberRule {
  /** The least role that sees the member. Absent: everybody who may read the row. */
  read?: UserRole;
  /** The least role that may change it. Absent: everybody who may write the row. */
  write?: UserRole;
  /** The server sets the member, on every write, and takes it from nobody. */
  server?: (change: Change, who: Who) => Json | undefined;
}

/** Faults of a row, schema first; empty when it may be stored. */
export function rowFaults(
  collection: Collection,
  key: string,
  value: JsonObject,
  workspace: string,
): Fault[] {
  if ('id' in value) {
    return [{ pointer: '/id', code: 'unknown-member', detail: 'a row’s id is its key' }];
  }
  const faults = collection.validate(value, key);
  return faults.length ? faults : (collection.check?.(key, value, workspace) ?? []);
}
