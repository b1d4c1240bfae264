/** PostgreSQL through `pg`: a bounded pool, and one connection of its own for notifications. */
import pg from 'pg';
import { createBackedUp } from './backed-up.js';
import {
  beginIn,
  type Database,
  DatabaseError,
  type Durability,
  type Parameter,
  PREPARED_STATEMENTS,
  type Queryable,
  retrying,
  STATEMENT_TIMEOUT,
  type Store,
} from './database.js';
import { bypassesRowSecurity } from './row-security.js';

/** ms that a statement waits for another transaction's lock; a deadlock is noticed long before. */
const LOCK_TIMEOUT = 10_000;
/** ms that a request waits for a free connection before it is told to come back. */
const CONNECTION_TIMEOUT = 5_000;
/** ms between attempts to listen again, at most; they begin at a tenth of it. */
const RECONNECT = 5_000;
/** ms that a look at the settings is good for. */
const SETTINGS_AGE = 1_000;

/** `bigint` counters stay far below 2⁵³, so they travel as numbers, as on PGlite. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

export interface PostgresOptions {
  /** At most; one more listens. Default: 10. */
  connections?: number;
  /** How old the backup may be that is restored one day, in hours. Default: 0, none is counted on. */
  backupHours?: number;
}

/** Connects to `url`; rejects with `DatabaseError` when that fails. */
export async function openPostgres(
  url: string,
  { connections = 10, backupHours = 0 }: PostgresOptions = {},
): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECTION_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    lock_timeout: LOCK_TIMEOUT,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT,
    application_name: 'bytelyst',
    // Statements that don't wait for one another are one round trip.
    pipeline: true,
    types,
  });
  pool.on('error', () => {
    // An idle connection broke; the pool has dropped it and opens another when asked.
  });
  pool.on('connect', (client) => {
    // One that breaks between two statements of a transaction: the next of them says so.
    client.on('error', () => {});
  });
  const notifications = listener(url);

  const store = (begin: string): Store['transaction'] => {
    return (work, options) =>
      retrying(() => transact(pool, options?.unhurried ? `${begin}; ${UNHURRIED}` : begin, work));
  };
  const durability = remembered(() => readDurability(pool));
  const backedUp = createBackedUp({ query: (sql, given) => run(pool, sql, given) }, backupHours);

  const database: Database = {
    engine: 'postgresql',
    query: (sql, parameters) => run(pool, sql, parameters),
    transaction: store('begin'),
    forWorkspace(workspace) {
      const begin = beginIn(workspace);
      return {
        transaction: store(begin),
        query: (sql, parameters) => retrying(() => runIn(pool, begin, sql, parameters)),
      };
    },
    session: (work) => inSession(pool, work),
    listen: (channel, callback) => notifications.listen(channel, callback),
    load: () => ({
      connections: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    durability,
    durableSeq: async (workspace, seq) =>
      (await durability()) === 'disk' ? backedUp(workspace, seq) : 0,
    warnings: () => warnings(pool),
    origin: () => origin(pool),
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

const UNHURRIED =
  'set local statement_timeout = 0; set local lock_timeout = 0; ' +
  'set local idle_in_transaction_session_timeout = 0';

async function transact<R>(
  pool: pg.Pool,
  begin: string,
  work: (tx: Queryable) => Promise<R>,
): Promise<R> {
  const client = await connect(pool);
  let broken = false;
  // The first statements go right behind it; should it fail, they do too.
  const begun = run(client, begin);
  begun.catch(() => {});
  try {
    const result = await work({ query: (sql, parameters) => run(client, sql, parameters) });
    await begun;
    await run(client, 'commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => (broken = true));
    await begun;
    throw error;
  } finally {
    client.release(broken);
  }
}

async function inSession<R>(pool: pg.Pool, work: (session: Queryable) => Promise<R>): Promise<R> {
  const client = await connect(pool);
  try {
    await run(client, 'set statement_timeout = 0; set lock_timeout = 0');
    return await work({ query: (sql, parameters) => run(client, sql, parameters) });
  } finally {
    // Its settings and locks end with it.
    client.release(true);
  }
}

/** One statement in a transaction of its own, in one round trip. */
async function runIn<R>(
  pool: pg.Pool,
  begin: string,
  sql: string,
  parameters?: readonly Parameter[],
): Promise<R[]> {
  const client = await connect(pool);
  // What fails aborts the transaction, and the commit of an aborted one rolls it back.
  const [begun, found, committed] = await Promise.allSettled([
    run(client, begin),
    run<R>(client, sql, parameters),
    run(client, 'commit'),
  ]);
  client.release(committed.status === 'rejected');
  for (const outcome of [begun, found, committed]) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
  return (found as PromiseFulfilledResult<R[]>).value;
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw asDatabaseError(error);
  }
}

/** What is sent on a connection until this turn of the event loop ends goes out in one piece. */
function gather(client: pg.PoolClient): void {
  const { stream } = (client as pg.PoolClient & Pick<pg.Client, 'connection'>).connection;
  if (stream.writableCorked) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

async function run<R>(
  on: pg.Pool | pg.PoolClient,
  sql: string,
  parameters?: readonly Parameter[],
): Promise<R[]> {
  if ('release' in on) gather(on);
  try {
    const result: unknown = await on.query(
      parameters ? { ...named(sql), text: sql, values: [...parameters] } : sql,
    );
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last as { rows: R[] }).rows;
  } catch (error) {
    throw asDatabaseError(error);
  }
}

const names = new Map<string, string>();

/**
 * What a statement is prepared as, once by each connection: planning one costs more than most take
 * to run. None beyond so many: config and requests make texts too, and each is kept for good.
 */
function named(sql: string): { name?: string } {
  if (!names.has(sql) && names.size < PREPARED_STATEMENTS) {
    names.set(sql, `statement_${names.size}`);
  }
  const name = names.get(sql);
  return name === undefined ? {} : { name };
}

/** Errors of the connection have a system code (`ECONNREFUSED`) or none: SQLSTATE 08006. */
function asDatabaseError(error: unknown): DatabaseError {
  const { code, message } = error as { code?: unknown; message?: string };
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '08006';
  return new DatabaseError(state, message ?? String(error), error);
}

/** The same answer for a second, however often it is asked for. */
function remembered<R>(read: () => Promise<R>): () => Promise<R> {
  let answer: Promise<R> | null = null;
  let at = 0;
  return () => {
    if (answer && performance.now() - at < SETTINGS_AGE) return answer;
    at = performance.now();
    const asked = read();
    asked.catch(() => {
      if (answer === asked) answer = null;
    });
    return (answer = asked);
  };
}

/** Acknowledged means on disk only when these are on. */
const DURABLE_SETTINGS = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;

async function settingsOff(pool: pg.Pool): Promise<string[]> {
  const off = await run<{ name: string }>(
    pool,
    `select name from unnest($1::text[]) as name where current_setting(name) = 'off'`,
    [DURABLE_SETTINGS],
  );
  return off.map(({ name }) => name);
}

async function readDurability(pool: pg.Pool): Promise<Durability> {
  return (await settingsOff(pool)).length ? 'process-crash' : 'disk';
}

async function warnings(pool: pg.Pool): Promise<string[]> {
  const off = await settingsOff(pool);
  const bypasses = await bypassesRowSecurity({ query: (sql, given) => run(pool, sql, given) });
  return [
    ...off.map((name) => `PostgreSQL’s ${name} is off: a power cut may lose acknowledged writes.`),
    ...(bypasses
      ? ['DATABASE_URL connects as a superuser or with BYPASSRLS: give it a role of its own.']
      : []),
  ];
}

/**
 * The cluster, its timeline (a promoted standby, a recovery to a point in time), the database and
 * the table (restored by `pg_restore`). A copy of the files that is put back as it was shows none
 * of it; that is noticed by the log and by the clients' cursors.
 */
async function origin(pool: pg.Pool): Promise<string> {
  const [found] = await run<{ origin: string }>(
    pool,
    `select concat_ws('-', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8),
              d.oid, 'identity'::regclass::oid) as origin
       from pg_control_system(), pg_database d where d.datname = current_database()`,
  );
  return found!.origin;
}

/** LISTEN needs a connection that stays; when it breaks, another one takes its channels over. */
function listener(url: string) {
  const channels = new Map<string, Set<(payload: string) => void>>();
  let connection: Promise<pg.Client> | null = null;
  let closed = false;
  let failures = 0;

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECTION_TIMEOUT,
      keepAlive: true,
      application_name: 'bytelyst listen',
    });
    client.on('notification', ({ channel, payload }) => {
      for (const callback of channels.get(channel) ?? []) callback(payload ?? '');
    });
    client.on('error', () => void client.end().catch(() => {}));
    client.on('end', reconnect);
    await client.connect();
    for (const channel of channels.keys()) await client.query(listenStatement(channel));
    failures = 0;
    return client;
  }

  /** What is missed meanwhile is covered by the poll of whoever listens. */
  function reconnect(): void {
    connection = null;
    if (closed) return;
    const wait =
      Math.min(RECONNECT, (RECONNECT / 10) * 2 ** failures++) * (0.5 + Math.random() / 2);
    setTimeout(() => {
      if (closed || connection) return;
      connection = connect();
      connection.catch(reconnect);
    }, wait).unref();
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
