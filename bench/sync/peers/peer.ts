/** What a peer does in the benchmark. What it leaves out it can't do, or not comparably. */
import type { BenchRow, Change } from '../rows.js';

export interface Peer {
  /** Opens the database, or makes it; rows can be read when it resolves. */
  open(database: string, server: Server): Promise<Store>;
}

/** The answers of the server inside the page, as text; made before the clock runs. */
export interface Server {
  /** JSON arrays of 1,000 rows. */
  batches: readonly string[];
  rows: readonly BenchRow[];
  /** Where the answers of our own wire protocol were recorded. */
  recording: string;
}

export interface Store {
  /** New rows, in the way the peer recommends for many; resolves when they are durable. */
  write?(rows: readonly BenchRow[]): Promise<void>;
  /** Takes the server's batches in, each with its cursor; resolves when all rows can be queried. */
  sync?(): Promise<void>;
  /** After `sync`, not timed: what the peer does when it is at rest. */
  settle?(): Promise<void>;
  /** The first rows by id. */
  first?(count: number): Promise<readonly BenchRow[]>;
  all?(): Promise<readonly BenchRow[]>;
  /** Rows whose `rank` is below, by an index. */
  below?(rank: number): Promise<readonly BenchRow[]>;
  /** One new row; resolves when it and what tells the server are durable. */
  add?(row: BenchRow): Promise<unknown>;
  /** Changes that the app makes one by one without waiting in between; resolves when durable. */
  burst?(changes: readonly Change[]): Promise<void>;
  /** Sets up the server that answers `drain`, before the clock runs. */
  serve?(): void;
  /** Sends what `burst` left; resolves with the number of requests once all are acknowledged. */
  drain?(): Promise<number>;
  /** Live queries for rows of one owner each, by rank; resolves when all were told once. */
  watch?(owners: readonly string[], told: () => void): Promise<void>;
  /** One change; resolves when it is durable. */
  change?(change: Change): Promise<unknown>;
  /** Whether the live queries of other tabs hear of it. */
  tellsTabs?: true;
}
