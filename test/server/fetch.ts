import { Readable } from 'node:stream';
import type { Network } from '../../src/sync/index.js';
import type { Server } from '../../src/server/server.js';

/** `fetch` that reaches a server without a socket, as one identity; streams stream. */
export function fetchFrom(server: Server, authorization: string): Network['fetch'] {
  return async (url, { method = 'GET', headers = {}, body, signal } = {}) => {
    const response = await server.app.inject({
      method: method as 'GET' | 'POST',
      url,
      headers: { ...Object.fromEntries(new Headers(headers)), authorization },
      ...(typeof body === 'string' ? { payload: body } : {}),
      ...(signal ? { signal } : {}),
      payloadAsStream: true,
    });
    // A socket would close; without one nobody tells the server that the reader has gone.
    signal?.addEventListener('abort', () => response.raw.res.destroy());
    const { statusCode: status } = response;
    const stream = Readable.toWeb(response.stream()) as ReadableStream<Uint8Array>;
    return new Response(stream, { status, headers: response.headers as Record<string, string> });
  };
}
