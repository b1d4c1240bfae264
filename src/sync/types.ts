/** What an app sees of the runtime: rows, collections, queries, status, receipts. */
import type { Condition } from '../conditions/index.js';
import type { Observable } from './observable.js';

/** A row as the app sees it: JSON members and its id. */
export type Row = { id: string };

/** What `create` takes: a row whose id may be left to the engine. */
export type NewRow<R extends Row> = Omit<R, 'id'> & { id?: string };

/**
 * A write's promise. It resolves with the row's id once the write is on disk, online or not;
 * `synced` resolves once the server has accepted it and rejects with the dead letter.
 */
export interface Write extends Promise<string> {
  readonly synced: Promise<void>;
}

export interface Query<R extends Row> {
  /** MongoDB-like, see `bytelyst/conditions`. */
  where?: Condition;
  /** Member to sort by; `-name` sorts downwards. Ties go by id. */
  orderBy?: string;
  limit?: number;
  /** Only for the types: never read. */
  row?: R;
}

export interface Collection<R extends Row = Row & Record<string, unknown>> {
  readonly name: string;
  create(row: NewRow<R>): Write;
  /** Changes the members given, leaves the others. */
  update(id: string, patch: Partial<Omit<R, 'id'>>): Write;
  delete(id: string): Write;
  /** The row as this device sees it, its own pending writes included. */
  get(id: string): R | undefined;
  /** Whether the row has writes that the server has not accepted yet. */
  isPending(id: string): boolean;
  /** Live result: the same array until a row in it changes. */
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
  /** `degraded`: the disk refuses; writes reject until it is back. */
  storage: 'ok' | 'degraded';
}
