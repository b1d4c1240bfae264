/** PostgreSQL through `pg`: a bounded pool, and one connection of its own for notifications. */
import pg from 'pg';
import {
  type Database,
  DatabaseError,
  type Durability,
  type Parameter,
  type Queryable,
  retrying,
} from './database.js';

/** `bigint` counters stay far below 2⁵³, so they travel as numbers, as on PGlite. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

/** Connects to `url`; rejects with `DatabaseError` when that fails. */
export async function openPostgres(url: string, { connections = 10 } = {}): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    application_name: 'bytelyst',
    types,
  });
  pool.on('error', () => {
    // An idle connection broke; the pool has dropped it and opens another when asked.
  });
  const notifications = listener(url);

  const database: Database = {
    engine: 'postgresql',
    query: (sql, parameters) => run(pool, sql, parameters),
    transaction: (work) => retrying(() => transact(pool, work)),
    listen: (channel, callback) => notifications.listen(channel, callback),
    durability: () => durability(pool),
    load: () => ({
      connections: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    async close() {
      await notifications.close();
      await pool.end();
    },
  };
  try {
    await database.query('select 1');
  } catch (error) {
    await pool.end();
    throw error;
  }
  return database;
}

async function transact<R>(pool: pg.Pool, work: (tx: Queryable) => Promise<R>): Promise<R> {
  const client = await pool.connect().catch((error: unknown) => {
    throw asDatabaseError(error);
  });
  let broken = false;
  try {
    await run(client, 'begin');
    const result = await work({ query: (sql, parameters) => run(client, sql, parameters) });
    await run(client, 'commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => (broken = true));
    throw error;
  } finally {
    client.release(broken);
  }
}

async function run<R>(
  on: pg.Pool | pg.PoolClient,
  sql: string,
  parameters?: readonly Parameter[],
): Promise<R[]> {
  try {
    const result: unknown = await (parameters ? on.query(sql, [...parameters]) : on.query(sql));
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last as { rows: R[] }).rows;
  } catch (error) {
    throw asDatabaseError(error);
  }
}

/** Errors of the connection have a system code (`ECONNREFUSED`) or none: SQLSTATE 08006. */
function asDatabaseError(error: unknown): DatabaseError {
  const { code, message } = error as { code?: unknown; message?: string };
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '08006';
  return new DatabaseError(state, message ?? String(error), error);
}

/** Acknowledged means on disk only when these three are on. */
async function durability(pool: pg.Pool): Promise<Durability> {
  const [settings] = await run<{ safe: boolean }>(
    pool,
    `select current_setting('fsync') = 'on' and current_setting('full_page_writes') = 'on'
        and current_setting('synchronous_commit') <> 'off' as safe`,
  );
  return settings?.safe ? 'disk' : 'process-crash';
}

/** LISTEN needs a connection that stays; when it breaks, another one takes its channels over. */
function listener(url: string) {
  const channels = new Map<string, Set<(payload: string) => void>>();
  let connection: Promise<pg.Client> | null = null;
  let closed = false;

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url, application_name: 'bytelyst listen' });
    client.on('notification', ({ channel, payload }) => {
      for (const callback of channels.get(channel) ?? []) callback(payload ?? '');
    });
    client.on('error', () => void client.end().catch(() => {}));
    client.on('end', reconnect);
    await client.connect();
    for (const channel of channels.keys()) await client.query(listenStatement(channel));
    return client;
  }

  /** What is missed meanwhile is covered by the poll of whoever listens. */
  function reconnect(): void {
    connection = null;
    if (closed) return;
    setTimeout(() => {
      if (closed || connection) return;
      connection = connect();
      connection.catch(reconnect);
    }, 1_000).unref();
  }

  return {
    async listen(channel: string, callback: (payload: string) => void) {
      const callbacks = channels.get(channel) ?? new Set();
      const isNew = !channels.has(channel);
      channels.set(channel, callbacks.add(callback));
      if (!connection) connection = connect();
      else if (isNew) await (await connection).query(listenStatement(channel));
      await connection;
      return async () => {
        callbacks.delete(callback);
      };
    },
    async close() {
      closed = true;
      const client = await connection?.catch(() => null);
      await client?.end();
    },
  };
}

function listenStatement(channel: string): string {
  return `listen ${pg.escapeIdentifier(channel)}`;
}
