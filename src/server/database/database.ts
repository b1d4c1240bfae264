/**
 * The one store behind everything, on two engines: PGlite in a folder and PostgreSQL. Statements
 * are the same on both: parameters are scalars or JSON text, `bigint` comes back as a number.
 */
import { isId } from '../../protocol/index.js';

export interface Queryable {
  /** Runs one statement, or several when there are no parameters; the rows of the last. */
  query<R = Record<string, unknown>>(sql: string, parameters?: readonly Parameter[]): Promise<R[]>;
}

export type Parameter = string | number | boolean | null | readonly string[];

/** Statements and transactions that see the same rows. */
export interface Store extends Queryable {
  /**
   * Runs `work` in one transaction, again from the start when another one got in its way
   * (`RETRYABLE`), so it must have no effect but on `tx`, and use nothing but `tx`.
   */
  transaction<R>(work: (tx: Queryable) => Promise<R>, options?: TransactionOptions): Promise<R>;
}

export interface TransactionOptions {
  /** Statements may take as long as they take: migrations, rebuilds. Default: 30 s each. */
  unhurried?: boolean;
}

/**
 * The database itself sees every workspace: for what belongs to none (migrations, tokens by their
 * hash, the publisher's marks). Whatever is done for somebody goes through `forWorkspace`.
 */
export interface Database extends Store {
  readonly engine: 'pglite' | 'postgresql';
  /**
   * The same statements under row-level security: as a role that owns nothing, every transaction
   * sees and writes rows of this workspace only, whatever its SQL says.
   */
  forWorkspace(workspace: string): Store;
  /**
   * Statements on one connection, outside of a transaction and however long they take: for what
   * can't run inside of one. Nothing may be left set or locked.
   */
  session<R>(work: (session: Queryable) => Promise<R>): Promise<R>;
  /** Calls back with the payload of every `pg_notify(channel, payload)`, of any node. */
  listen(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>>;
  /** What is left of an acknowledged write after a crash; at most a second old. */
  durability(): Promise<Durability>;
  /** How busy it is, for the metrics. */
  load(): DatabaseLoad;
  /**
   * How much of a workspace, whose counter has committed `seq`, a power cut can't undo: all of it
   * on PostgreSQL with `durability` `disk`, on PGlite what is in the last dump, else 0.
   */
  durableSeq(workspace: string, seq: number): Promise<number>;
  /** What an operator should mend, a sentence each; `/readyz` tells them. Empty is good. */
  warnings(): Promise<string[]>;
  /** Names this copy of the data: another one after a restore or a failover. */
  origin(): Promise<string>;
  /** Waits for what is running, then lets go of files and connections. */
  close(): Promise<void>;
}

export interface DatabaseLoad {
  connections: number;
  idle: number;
  /** Statements and transactions that wait for a connection. */
  waiting: number;
}

/**
 * `disk`: survives a power cut. `process-crash`: survives the end of the process, not of the
 * machine. `memory`: gone with the process.
 */
export type Durability = 'disk' | 'process-crash' | 'memory';

/** A statement that failed: PostgreSQL's SQLSTATE in `code`, as far as there is one. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Serialization failure and deadlock: the same transaction may pass when it runs again. */
const RETRYABLE: ReadonlySet<string> = new Set(['40001', '40P01']);

/** SQLSTATE of a write that found no room. */
export const DISK_FULL = '53100';

/** ms that a statement may take; whoever waits for an answer has gone by then. */
export const STATEMENT_TIMEOUT = 30_000;

/** Statements that a connection keeps prepared. */
export const PREPARED_STATEMENTS = 500;

/** What starts a transaction that sees one workspace. `set` takes no parameters, ids need no escape. */
export function beginIn(workspace: string): string {
  if (!isId(workspace)) throw new TypeError('A workspace is named by an id.');
  return `begin; set local role ${TENANT_ROLE}; set local bytelyst.workspace = '${workspace}'`;
}

/** The role that row-level security binds: it owns no table and can't log in. */
export const TENANT_ROLE = 'bytelyst_tenant';

/**
 * Connection failures (class 08), shutdown (57P), no connection left (53300), a statement or a lock
 * that took too long (57014, 55P03): nothing was stored, and another time it may pass.
 */
export function isUnavailable(error: unknown): boolean {
  return error instanceof DatabaseError && /^(08|57P|57014|55P03|53)/.test(error.code);
}

/** Thrown inside a transaction that has to start over because a row moved under it. */
export class StaleRowError extends DatabaseError {
  constructor() {
    super('40001', 'A row changed while it was being written');
  }
}

/** Tries a transaction up to `attempts` times, with a random wait between them. */
export async function retrying<R>(run: () => Promise<R>, attempts = 8): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const retryable = error instanceof DatabaseError && RETRYABLE.has(error.code);
      if (!retryable || attempt === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * 2 ** attempt));
    }
  }
}
