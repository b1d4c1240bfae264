/**
 * PGlite runs here, in a thread of its own: a long statement then freezes no request. The thread
 * knows nothing of transactions; `pglite.ts` sends it one statement at a time.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { Parameter } from './database.js';

export type WorkerRequest = { id: number } & (
  | {
      query: string;
      parameters: readonly Parameter[] | null;
      /** Begins a transaction of this one statement. */
      begin?: string;
    }
  | { listen: string }
  | { close: true }
);

export type WorkerMessage =
  | { id: number; rows: Record<string, unknown>[] }
  | { id: number; error: { code: string; message: string } }
  | { channel: string; payload: string };

const port = parentPort;
if (!port) throw new Error('pglite-worker runs in a worker thread only');

const { folder } = workerData as { folder: string | null };
const opened = PGlite.create(folder === null ? 'memory://' : folder);
opened.catch(() => {
  // The first request reports it; without this line the thread would end before it could.
});

async function answer(request: WorkerRequest): Promise<Record<string, unknown>[]> {
  const database = await opened;
  if ('close' in request) {
    await database.close();
    return [];
  }
  if ('listen' in request) {
    const channel = request.listen;
    await database.listen(channel, (payload) => post({ channel, payload }));
    return [];
  }
  const { begin, ...statement } = request;
  if (begin === undefined) return run(database, statement.query, statement.parameters);
  await database.exec(begin);
  try {
    const rows = await run(database, statement.query, statement.parameters);
    await database.exec('commit');
    return rows;
  } catch (error) {
    await database.exec('rollback');
    throw error;
  }
}

async function run(
  database: PGlite,
  query: string,
  parameters: readonly Parameter[] | null,
): Promise<Record<string, unknown>[]> {
  if (parameters) {
    return (await database.query<Record<string, unknown>>(query, [...parameters])).rows;
  }
  return ((await database.exec(query)).at(-1)?.rows ?? []) as Record<string, unknown>[];
}

function post(message: WorkerMessage): void {
  port?.postMessage(message);
}

port.on('message', (request: WorkerRequest) => {
  answer(request).then(
    (rows) => post({ id: request.id, rows }),
    (error: Error & { code?: string }) => {
      const { code = 'XX000', message } = error;
      post({ id: request.id, error: { code, message } });
    },
  );
});
