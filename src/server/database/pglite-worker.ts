/**
 * PGlite runs here, in a thread of its own: a long statement then freezes no request. The thread
 * knows nothing of transactions; `pglite.ts` sends it one statement at a time.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { Parameter } from './database.js';
import { createStatements } from './pglite-statements.js';

/** Where its files are; null: in memory, made anew or from a template. */
export interface WorkerFiles {
  folder: string | null;
  template?: Uint8Array<ArrayBuffer> | undefined;
}

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

const { folder, template } = workerData as WorkerFiles;
const opened = PGlite.create({
  dataDir: folder ?? 'memory://',
  ...(folder === null && template && { loadDataDir: new Blob([template]) }),
}).then((database) => ({ database, statements: createStatements(database) }));
opened.catch(() => {
  // The first request reports it; without this line the thread would end before it could.
});

async function answer(request: WorkerRequest): Promise<Record<string, unknown>[]> {
  const { database, statements } = await opened;
  if ('close' in request) {
    await database.close();
    return [];
  }
  if ('listen' in request) {
    const channel = request.listen;
    await database.listen(channel, (payload) => post({ channel, payload }));
    return [];
  }
  const { query, parameters, begin } = request;
  return begin === undefined
    ? statements.run(query, parameters)
    : statements.runIn(begin, query, parameters);
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
