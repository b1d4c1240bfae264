/** What each peer has to do; every promise resolves when the transaction is complete and strict. */
import type { BenchRow, Change } from '../rows.js';

export interface Peer {
  open(database: string): Promise<Store>;
}

export interface Store {
  /** Writes new rows, in the way the peer recommends for many. */
  write(rows: readonly BenchRow[]): Promise<void>;
  /** Brings the rows in as they lie there after some use; not timed. */
  fill(rows: readonly BenchRow[]): Promise<void>;
  /** The first rows by id. */
  first(count: number): Promise<readonly BenchRow[]>;
  all(): Promise<readonly BenchRow[]>;
  /** Changes that the app makes one by one without waiting in between. */
  burst(changes: readonly Change[]): Promise<void>;
}
