/**
 * The worker thread that PGlite runs in, and the watchdog over it. PGlite can't cancel a statement,
 * so one that takes too long ends with its thread; the next statement finds a new one, on the same
 * folder. That is a crash to PostgreSQL, which loses nothing that was committed.
 */
import { Worker } from 'node:worker_threads';
import { DatabaseError } from './database.js';
import type { WorkerFiles, WorkerMessage, WorkerRequest } from './pglite-worker.js';

type Statement = WorkerRequest extends infer R
  ? R extends { id: number }
    ? Omit<R, 'id'>
    : never
  : never;

/** ms that a folder may take to open, replaying its log included. */
const OPEN_TIMEOUT = 120_000;

/** One life of the thread: statements sent to it never reach another one. */
export interface Thread {
  /** Rejects when the statement fails, or takes longer than `timeout` ms. */
  send(statement: Statement, timeout: number | null): Promise<unknown[]>;
  /** Why it runs no more; null while it does. */
  readonly ended: DatabaseError | null;
  terminate(): Promise<unknown>;
}

/** Starts a thread and waits until its database is open; rejects when it can't be opened. */
export async function startThread(
  files: WorkerFiles,
  notify: (channel: string, payload: string) => void,
): Promise<Thread> {
  const worker = createWorker(files);
  const waiting = new Map<
    number,
    { resolve: (rows: unknown[]) => void; reject: (error: Error) => void }
  >();
  let nextId = 0;
  let ended: DatabaseError | null = null;

  const end = (reason: DatabaseError) => {
    ended ??= reason;
    for (const request of waiting.values()) request.reject(ended);
    waiting.clear();
  };
  worker.on('message', (message: WorkerMessage) => {
    if ('channel' in message) return notify(message.channel, message.payload);
    const request = waiting.get(message.id);
    waiting.delete(message.id);
    if ('rows' in message) request?.resolve(message.rows);
    else request?.reject(new DatabaseError(message.error.code, message.error.message));
  });
  worker.on('error', (cause) => end(stopped(cause)));
  worker.on('exit', () => end(stopped()));

  const send: Thread['send'] = async (statement, timeout) => {
    if (ended) throw ended;
    const id = nextId++;
    const answered = new Promise<unknown[]>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
    });
    worker.postMessage({ ...statement, id });
    const watchdog =
      timeout === null
        ? undefined
        : setTimeout(() => {
            end(new DatabaseError('57014', `The statement took more than ${timeout} ms`));
            void worker.terminate();
          }, timeout);
    try {
      return await answered;
    } finally {
      clearTimeout(watchdog);
    }
  };

  try {
    await send({ query: 'select 1', parameters: [] }, OPEN_TIMEOUT);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    send,
    get ended() {
      return ended;
    },
    terminate: () => worker.terminate(),
  };
}

function stopped(cause?: unknown): DatabaseError {
  return new DatabaseError('57P01', 'The embedded database has stopped', cause);
}

/** The worker's file stands beside this one, bundled or as source, which tsx has to load. */
function createWorker(workerData: WorkerFiles): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./pglite-worker.js', import.meta.url), { workerData });
  }
  const source = JSON.stringify(new URL('./pglite-worker.ts', import.meta.url).href);
  return new Worker(`import('tsx/esm/api').then((tsx) => tsx.tsImport(${source}, ${source}))`, {
    eval: true,
    workerData,
  });
}
