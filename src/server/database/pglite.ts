/**
 * PGlite, PostgreSQL in WASM, in a folder or in memory. It has one connection, so transactions
 * and single statements take turns. It runs without fsync: a killed process loses nothing, a
 * power cut may lose what was written last (`durability()` says so).
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  type Database,
  DatabaseError,
  type Parameter,
  type Queryable,
  retrying,
} from './database.js';
import { lockFolder } from './lock.js';
import type { WorkerMessage, WorkerRequest } from './pglite-worker.js';

/**
 * Opens the database in `folder` (made when missing; its files are in `database/`), or in memory.
 * Rejects with `FolderLockedError` when another process has the folder, and with a `DatabaseError`
 * when its files can't be read.
 */
export async function openPglite(folder: string | null): Promise<Database> {
  const unlock = folder === null ? null : await lockFolder(folder);
  const files = folder === null ? null : join(folder, 'database');
  const worker = startWorker(files);
  try {
    await worker.send({ query: 'select 1', parameters: [] });
  } catch (error) {
    await worker.terminate();
    await unlock?.();
    throw files === null ? error : unopened(files, error);
  }
  const takeTurn = turns();

  async function run<R>(sql: string, parameters?: readonly Parameter[]): Promise<R[]> {
    return (await worker.send({ query: sql, parameters: parameters ?? null })) as R[];
  }
  const tx: Queryable = { query: run };

  return {
    engine: 'pglite',
    query: (sql, parameters) => takeTurn(() => run(sql, parameters)),
    transaction: (work) =>
      retrying(() =>
        takeTurn(async () => {
          await run('begin', []);
          try {
            const result = await work(tx);
            await run('commit', []);
            return result;
          } catch (error) {
            await run('rollback', []);
            throw error;
          }
        }),
      ),
    async listen(channel, callback) {
      await worker.send({ listen: channel });
      return worker.onNotification(channel, callback);
    },
    durability: () => Promise.resolve(folder === null ? 'memory' : 'process-crash'),
    load: () => {
      const idle = takeTurn.taken() === 0 ? 1 : 0;
      return { connections: 1, idle, waiting: Math.max(0, takeTurn.taken() - 1) };
    },
    async close() {
      await takeTurn(() => worker.send({ close: true }));
      await worker.terminate();
      await unlock?.();
    },
  };
}

function unopened(files: string, cause: unknown): DatabaseError {
  const message =
    `The embedded database in ${files} can’t be opened: it is damaged, or made by another version ` +
    'or another PostgreSQL. Restore a copy of that folder, or take another --data.';
  return new DatabaseError('58030', message, cause);
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

type Statement = WorkerRequest extends infer R
  ? R extends { id: number }
    ? Omit<R, 'id'>
    : never
  : never;

/** The worker's file stands beside this one, bundled or as source, which tsx has to load. */
function createWorker(folder: string | null): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./pglite-worker.js', import.meta.url), { workerData: { folder } });
  }
  const source = JSON.stringify(new URL('./pglite-worker.ts', import.meta.url).href);
  return new Worker(`import('tsx/esm/api').then((tsx) => tsx.tsImport(${source}, ${source}))`, {
    eval: true,
    workerData: { folder },
  });
}

function startWorker(folder: string | null) {
  const worker = createWorker(folder);
  const waiting = new Map<
    number,
    { resolve: (rows: unknown[]) => void; reject: (error: Error) => void }
  >();
  const listeners = new Map<string, Set<(payload: string) => void>>();
  let nextId = 0;
  let ended: DatabaseError | null = null;

  worker.on('message', (message: WorkerMessage) => {
    if ('channel' in message) {
      for (const callback of listeners.get(message.channel) ?? []) callback(message.payload);
      return;
    }
    const request = waiting.get(message.id);
    waiting.delete(message.id);
    if ('rows' in message) request?.resolve(message.rows);
    else request?.reject(new DatabaseError(message.error.code, message.error.message));
  });
  const end = (cause?: unknown) => {
    ended ??= new DatabaseError('57P01', 'The embedded database has stopped', cause);
    for (const request of waiting.values()) request.reject(ended);
    waiting.clear();
  };
  worker.on('error', end);
  worker.on('exit', () => end());

  return {
    send(statement: Statement): Promise<unknown[]> {
      return new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ ...statement, id });
      });
    },
    onNotification(channel: string, callback: (payload: string) => void): () => Promise<void> {
      const callbacks = listeners.get(channel) ?? new Set();
      listeners.set(channel, callbacks.add(callback));
      return async () => {
        callbacks.delete(callback);
      };
    },
    terminate: () => worker.terminate(),
  };
}
