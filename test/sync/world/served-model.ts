/** The model server behind a real socket, for engines that run in another process or browser. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ModelServer } from './model-server.js';

export interface Served {
  /** `http://127.0.0.1:<port>`; the API is at `/v1`. */
  url: string;
  stop(): Promise<void>;
}

/** Serves the model at `/v1`, and files by their path. */
export async function serveModel(
  model: ModelServer,
  files: Readonly<Record<string, { type: string; content: string }>> = {},
): Promise<Served> {
  const server = createServer((request, response) => {
    const file = files[new URL(request.url!, 'http://localhost').pathname];
    if (file) response.writeHead(200, { 'content-type': file.type }).end(file.content);
    else if (!request.url!.startsWith('/v1')) response.writeHead(404).end();
    else answer(model, request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  model: ModelServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '' } = request;
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const body = method === 'POST' ? { body: await text(request) } : {};
  const answered = await model.fetch(url, { method, signal: gone.signal, ...body });
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.flushHeaders();
  if (answered.body) for await (const chunk of answered.body) response.write(chunk);
  response.end();
}
