/**
 * The server itself in a world, on PGlite in memory: a workspace for each history. Virtual time
 * stands still while it works. Its live stream is made here, because its hints take real time; and
 * what it draws at random (cursors, its epoch) keeps its histories from being compared by trace.
 */
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../src/protocol/index.js';
import { migrate } from '../../src/server/database/migrate.js';
import { openPglite } from '../../src/server/database/pglite.js';
import { startServer, tokenFor } from '../server/client.js';
import { newWorkspace } from '../server/engines.js';
import { fetchFrom } from '../server/fetch.js';
import type { Backend } from './backend.js';
import type { Limits } from './generate.js';
import type { ServerRow } from './journal.js';
import { ReadableStream, Response, type StreamController } from './web.js';

/** What this server knows, and what it can't do here. */
export const REAL_LIMITS: Limits = { collections: ['tasks'], without: ['backup', 'restore'] };

export interface RealServer {
  backend(): Promise<Backend>;
  close(): Promise<void>;
}

export async function openRealServer(): Promise<RealServer> {
  const database = await openPglite(null);
  await migrate(database);
  const server = await startServer(database);
  return {
    async backend() {
      const workspace = newWorkspace();
      const fetch = fetchFrom(server, `Bearer ${await tokenFor(workspace)}`);
      const streams = new Set<StreamController>();
      const hint = () => {
        const text = new TextEncoder().encode('event: hint\ndata: {"seq":1}\n\n');
        for (const stream of streams) stream.enqueue(text);
      };
      const rows = () =>
        database.query<ServerRow & { [column: string]: unknown }>(
          'select collection, key, version, value from rows where workspace = $1 order by seq',
          [workspace],
        );
      return {
        async fetch(url, init) {
          if (url.includes('/sync/live')) return live(streams) as unknown as globalThis.Response;
          const response = await fetch(url, init);
          if (url.endsWith('/sync/push')) hint();
          return response;
        },
        rows,
        async events() {
          const found = await database.query<{ id: string }>(
            `select id from exposures where workspace = $1
             union all select id from conversions where workspace = $1`,
            [workspace],
          );
          return found.map(({ id }) => id);
        },
        async write(collection, key, value) {
          const known = (await rows()).find(
            (row) => row.collection === collection && row.key === key,
          );
          await pushOne(fetch, collection, key, known?.version ?? 0, value);
          hint();
        },
        backup: cannot,
        restore: cannot,
        async end() {},
      };
    },
    async close() {
      await server.close();
      await database.close();
    },
  };
}

function live(streams: Set<StreamController>): Response {
  let stream: StreamController;
  const body = new ReadableStream({
    start(controller) {
      stream = controller;
      streams.add(controller);
    },
    cancel: () => void streams.delete(stream),
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

/** A change by a client of its own. */
async function pushOne(
  fetch: Backend['fetch'],
  collection: string,
  key: string,
  base: number,
  value: JsonObject | null,
): Promise<void> {
  const change = value ? { op: base ? 'replace' : 'create', value } : { op: 'delete' };
  const id = `x-${randomBytes(8).toString('hex')}`;
  const mutation = { id, seq: 1, collection, key, base, at: '0', ...change };
  const response = await fetch('/v1/sync/push', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client: id, mutations: [mutation] }),
  });
  if (!response.ok) throw new Error(`the server refuses a write: ${await response.text()}`);
}

function cannot(): never {
  throw new Error('the real server is not restored in a simulation');
}
