/**
 * The one store behind everything, on two engines: PGlite in a folder and PostgreSQL. Statements
 * are the same on both: parameters are scalars or JSON text, `bigint` comes back as a number.
 */
export interface Queryable {
  /** Runs one statement, or several when there are no parameters; the rows of the last. */
  query<R = Record<string, unknown>>(sql: string, parameters?: readonly Parameter[]): Promise<R[]>;
}

export type Parameter = string | number | boolean | null | readonly string[];

export interface Database extends Queryable {
  readonly engine: 'pglite' | 'postgresql';
  /**
   * Runs `work` in one transaction, again from the start when another one got in its way
   * (`isRetryable`), so it must have no effect but on `tx`, and use nothing but `tx`.
   */
  transaction<R>(work: (tx: Queryable) => Promise<R>): Promise<R>;
  /** Calls back with the payload of every `pg_notify(channel, payload)`, of any node. */
  listen(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>>;
  /** What is left of an acknowledged write after a crash; asked anew each time. */
  durability(): Promise<Durability>;
  /** How busy it is, for the metrics. */
  load(): DatabaseLoad;
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

/** Connection failures (class 08), shutdown (57P), no connection left (53300): not our fault. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof DatabaseError && /^(08|57P|53)/.test(error.code);
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
