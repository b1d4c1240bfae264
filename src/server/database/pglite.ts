/**
 * PGlite, PostgreSQL in WASM, in a folder or in memory. It has one connection, so transactions
 * and single statements take turns. It runs without fsync: a killed process loses nothing, a
 * power cut may lose what was written since the last dump (`durability()` says so).
 */
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import {
  beginIn,
  type Database,
  type Parameter,
  retrying,
  STATEMENT_TIMEOUT,
  type Store,
} from './database.js';
import { type Dumps, dumpsOf, syncFolder } from './dumps.js';
import { beginLife, endLife } from './life.js';
import { lockFolder } from './lock.js';
import { openOrRestore } from './pglite-restore.js';
import { startThread, type Thread } from './pglite-thread.js';

export interface PgliteOptions {
  /** ms that a statement may take before its thread is ended. Default: 30 s. */
  statementTimeout?: number;
  /** ms between two dumps of a database that changes. Default: 5 minutes. */
  dumpInterval?: number;
  /** ms until the first dump of this process. Default: 10 s. */
  firstDump?: number;
  /** Bytes that the folder's disk should have left; below, `warnings` says so. Default: 100 MB. */
  leastRoom?: number;
  /**
   * What a database in memory starts from, as PGlite’s `dumpDataDir('none')` has it: making all of it
   * anew takes seconds. Default: an empty one.
   */
  template?: Uint8Array<ArrayBuffer>;
  /** Is told what an operator has to know, a sentence each. Default: standard error. */
  tell?: (sentence: string) => void;
}

/**
 * Opens the database in `folder` (made when missing; its files are in `database/`), or in memory.
 * Files that can't be opened are replaced by the newest dump that can. Rejects with
 * `FolderLockedError` when another process has the folder, with `DataFolderError` when it can't be
 * made or is not this user's to read and write, and with a `DatabaseError` when neither its files
 * nor a dump can be opened.
 */
export async function openPglite(
  folder: string | null,
  options: PgliteOptions = {},
): Promise<Database> {
  const { statementTimeout = STATEMENT_TIMEOUT, template, tell = console.error } = options;
  const unlock = folder === null ? null : await lockFolder(folder);
  const listeners = new Map<string, Set<(payload: string) => void>>();
  const start = (files = folder && join(folder, 'database')) =>
    startThread({ folder: files, template }, (channel, payload) => {
      for (const callback of listeners.get(channel) ?? []) callback(payload);
    });
  let thread: Thread;
  let life = 'memory';
  try {
    thread = await (folder === null ? start() : openOrRestore(folder, start, tell));
    if (folder !== null) life = await beginLife(folder);
  } catch (error) {
    await unlock?.();
    throw error;
  }
  const takeTurn = turns();
  let closing = false;

  /** The thread as it runs, or the next one: a folder outlives it, a memory does not. */
  async function running(): Promise<Thread> {
    if (!thread.ended || folder === null || closing) return thread;
    tell(`The embedded database was restarted: ${thread.ended.message}.`);
    await thread.terminate();
    thread = await start();
    for (const channel of listeners.keys()) await thread.send({ listen: channel }, null);
    return thread;
  }
  async function run<R>(
    sql: string,
    parameters: readonly Parameter[] | null = null,
    begin?: string,
  ): Promise<R[]> {
    const on = await running();
    const statement = { query: sql, parameters, ...(begin !== undefined && { begin }) };
    return (await on.send(statement, statementTimeout)) as R[];
  }
  const transactions = (begin: string): Store['transaction'] => {
    return (work, { unhurried = false } = {}) =>
      retrying(() =>
        takeTurn(async () => {
          const on = await running();
          const send = (sql: string, parameters: readonly Parameter[] | null = null) =>
            on.send({ query: sql, parameters }, unhurried ? null : statementTimeout);
          await send(begin);
          try {
            const result = await work({
              query: async <R>(sql: string, parameters?: readonly Parameter[]) =>
                (await send(sql, parameters)) as R[],
            });
            await send('commit');
            return result;
          } catch (error) {
            if (!on.ended) await send('rollback');
            throw error;
          }
        }),
      );
  };

  const dumping =
    folder === null ? null : keepDumping(dumpsOf(folder), options, takeTurn, run, tell);
  return {
    engine: 'pglite',
    query: (sql, parameters) => takeTurn(() => run(sql, parameters)),
    transaction: transactions('begin'),
    forWorkspace(workspace) {
      const begin = beginIn(workspace);
      return {
        query: (sql, parameters) => takeTurn(() => run(sql, parameters, begin)),
        transaction: transactions(begin),
      };
    },
    session: (work) =>
      takeTurn(async () => {
        const on = await running();
        return work({
          query: async <R>(sql: string, parameters: readonly Parameter[] | null = null) =>
            (await on.send({ query: sql, parameters }, null)) as R[],
        });
      }),
    async listen(channel, callback) {
      const callbacks = listeners.get(channel) ?? new Set();
      if (!listeners.has(channel)) {
        await takeTurn(async () => (await running()).send({ listen: channel }, statementTimeout));
      }
      listeners.set(channel, callbacks.add(callback));
      return async () => {
        callbacks.delete(callback);
      };
    },
    durability: () => Promise.resolve(folder === null ? 'memory' : 'process-crash'),
    load: () => {
      const idle = takeTurn.taken() === 0 ? 1 : 0;
      return { connections: 1, idle, waiting: Math.max(0, takeTurn.taken() - 1) };
    },
    durableSeq: (workspace, seq) =>
      Promise.resolve(Math.min(seq, dumping?.counters.get(workspace) ?? 0)),
    async warnings() {
      const found = [dumping?.failure, folder && (await roomWarning(folder, options))];
      return found.filter((sentence) => typeof sentence === 'string');
    },
    origin: () => Promise.resolve(life),
    async close() {
      await dumping?.stop();
      closing = true;
      await takeTurn(async () => {
        if (!thread.ended) await thread.send({ close: true }, null);
        await thread.terminate();
        if (folder === null) return;
        await syncFolder(join(folder, 'database'));
        await endLife(folder);
      });
      await unlock?.();
    },
  };
}

/** What an operator is told while there is little room on the disk; null while there is enough. */
async function roomWarning(
  folder: string,
  { leastRoom = 100_000_000 }: PgliteOptions,
): Promise<string | null> {
  const { bavail, bsize } = await statfs(folder);
  const left = bavail * bsize;
  if (left >= leastRoom) return null;
  const megabytes = Math.floor(left / 1_000_000);
  return `The disk of ${folder} has ${megabytes} MB left. Make room, or nothing can be stored.`;
}

/** Writes a dump every few minutes, and when it stops, of a database that has changed. */
function keepDumping(
  dumps: Dumps,
  { dumpInterval = 5 * 60_000, firstDump = 10_000 }: PgliteOptions,
  takeTurn: <R>(work: () => Promise<R>) => Promise<R>,
  run: <R>(sql: string) => Promise<R[]>,
  tell: (sentence: string) => void,
) {
  let dumped = '';
  let running: Promise<void> = Promise.resolve();
  const state = {
    /** Where each workspace’s counter stood in the last dump. */
    counters: new Map<string, number>() as ReadonlyMap<string, number>,
    failure: null as string | null,
  };

  async function dump(): Promise<void> {
    const taken = await takeTurn(async () => {
      const [log] = await run<{ end: string }>('select pg_current_wal_insert_lsn()::text as end');
      if (log!.end === dumped) return null;
      const counters = await readCounters(run);
      await run('checkpoint');
      const copy = await dumps.copy();
      const [after] = await run<{ end: string }>('select pg_current_wal_insert_lsn()::text as end');
      return { counters, copy, end: after!.end };
    });
    if (!taken) return;
    await taken.copy.commit();
    dumped = taken.end;
    state.counters = taken.counters;
  }

  const next = () => {
    running = running.then(dump).then(
      () => {
        state.failure = null;
      },
      (error: Error) => {
        state.failure = `The embedded database could not be dumped: ${error.message}.`;
        tell(state.failure);
      },
    );
    return running;
  };
  const first = setTimeout(() => void next(), firstDump).unref();
  const timer = setInterval(() => void next(), dumpInterval).unref();

  return Object.assign(state, {
    async stop() {
      clearTimeout(first);
      clearInterval(timer);
      await next();
    },
  });
}

/** By workspace, moved on to what was promised (`promises.ts`); none before the schema is there. */
async function readCounters(
  run: <R>(sql: string) => Promise<R[]>,
): Promise<ReadonlyMap<string, number>> {
  const [table] = await run<{ there: boolean }>(
    `select to_regclass('counter_marks') is not null as there`,
  );
  if (!table!.there) return new Map();
  await run('update sync_scopes set seq = promised where promised > seq');
  const rows = await run<{ workspace: string; seq: number }>(
    'select workspace, seq from sync_scopes',
  );
  return new Map(rows.map(({ workspace, seq }) => [workspace, seq]));
}

/** Runs what it is given one after another, in order. */
function turns() {
  let last: Promise<unknown> = Promise.resolve();
  let taken = 0;
  const takeTurn = <R>(work: () => Promise<R>): Promise<R> => {
    taken += 1;
    const result = last.then(work);
    last = result
      .catch(() => {})
      .then(() => {
        taken -= 1;
      });
    return result;
  };
  /** Those that run or wait. */
  return Object.assign(takeTurn, { taken: () => taken });
}
