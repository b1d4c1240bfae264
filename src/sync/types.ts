/** What an app sees of the runtime: rows, collections, queries, status, receipts. */
import type { Condition, Operators } from '../conditions/index.js';
import type { Observable } from './observable.js';

/** A row as the app sees it: JSON members and its id. */
export type Row = { id: string };

/** A row that nobody has told the members of. */
export type AnyRow = Row & Record<string, unknown>;

/** What `create` takes: a row whose id may be left to the engine. */
export type NewRow<R> = R extends unknown ? Omit<R, 'id'> & { id?: string } : never;

/** Members to change; `undefined` removes one that may be absent. */
export type Patch<R extends Row> = {
  [M in Exclude<keyof R, 'id'>]?: R[M] | (object extends Pick<R, M> ? undefined : never);
};

/**
 * A write's promise. It resolves with the row's id (`createMany`: their ids) once the write is on
 * disk, online or not; `synced` resolves once the server has accepted it and rejects with the dead
 * letter.
 */
export interface Write<Ids = string> extends Promise<Ids> {
  readonly synced: Promise<void>;
}

/** A member, or the dotted path of one within it; `-` in front sorts downwards. */
export type OrderBy<R extends Row> = Path<R> | `-${Path<R>}`;
type Path<R extends Row> = (keyof R & string) | `${keyof R & string}.${string}`;

/** Any condition; the row's members and their values are suggested. */
export type Where<R extends Row> = Condition | { readonly [M in keyof R]?: R[M] | Operators };

export interface Query<R extends Row = AnyRow> {
  /** Which rows: MongoDB-like, see `bytelyst/conditions`. Default: all. */
  where?: Where<R> | undefined;
  /** By what they are sorted, the first member first. Ties go by id, in the last one's direction. */
  orderBy?: OrderBy<R> | readonly OrderBy<R>[] | undefined;
  /** At most so many rows. Default: no limit. */
  limit?: number | undefined;
  /** Rows left out at the beginning. Default 0. */
  offset?: number | undefined;
}

/** A collection of rows; `New` is what `create` takes, where that is not the row itself. */
export interface Collection<R extends Row = AnyRow, New = NewRow<R>> {
  readonly name: string;
  create(row: New): Write;
  /** All of them or, where one is invalid or its id is taken, none. */
  createMany(rows: readonly New[]): Write<string[]>;
  /** Changes the members given, removes those that are `undefined`, leaves the others. */
  update(id: string, patch: Patch<R>): Write;
  delete(id: string): Write;
  /** The row as this device sees it, its own pending writes included. */
  get(id: string): R | undefined;
  /** Whether the row has writes that the server has not accepted yet. */
  isPending(id: string): boolean;
  /** One row, live; `undefined` while there is none. */
  observe(id: string): Observable<R | undefined>;
  /** A live result: the same array until a row in it changes; the same for equal queries. */
  query(query?: Query<R>): Observable<readonly R[]>;
}

export interface SyncStatus {
  status: 'idle' | 'syncing' | 'offline' | 'error' | 'paused';
  /** Mutations that are on disk and not yet accepted. */
  pending: number;
  /** Dead letters. */
  failed: number;
  conflicts: number;
  /** ms since 1970, or null before the first time. */
  lastSyncedAt: number | null;
  lastError: { code: string; message: string } | null;
  leader: boolean;
  /** The share of a long pull that has arrived, from 0 to 1; absent at rest. */
  progress?: number;
  /** `degraded`: the disk refuses and writes reject until it is back, or the engine was closed. */
  storage: 'ok' | 'degraded';
}
