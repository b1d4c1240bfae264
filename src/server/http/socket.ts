/**
 * What never becomes a request: bytes that are no HTTP, requests that do not arrive in time, CONNECT
 * and expectations that nobody can meet. Answered on the bare socket, as problems like all others.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { problem, type ProblemCode } from '../../protocol/index.js';
import { securityHeaders } from './headers.js';

/** How long a client may take to send a request, in ms. */
export interface Timeouts {
  /** Until its headers are there. Default: 9 s, and found out within one more. */
  headers: number;
  /** Until all of it is there. Default: 29 s, likewise. */
  request: number;
}

export const defaultTimeouts: Timeouts = { headers: 9_000, request: 29_000 };

/** How often Node looks for those that took too long: a second, or less where less is waited. */
export function checkingInterval({ headers }: Timeouts): number {
  return Math.min(1_000, headers / 4);
}

/** Longest time that a connection stays open after its last answer, in ms. */
const LINGER_MS = 5_000;

/**
 * Bytes that nobody reads reset the connection, and an answer on its way is lost with it: “too
 * large” would look like no network. So what still arrives is dropped until the client has ended.
 */
export function lingerAfter({ complete, socket }: IncomingMessage): void {
  if (complete) return;
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
}

/** For `clientErrorHandler`, which Fastify calls with itself as `this`. */
export function handleClientError(
  this: FastifyInstance,
  error: Error & { code?: string },
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    if (!refused.has(socket)) socket.destroy();
    return;
  }
  refuse(this.log, socket, CODES[error.code ?? ''] ?? 'malformed');
}

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
};

/** Answers what Node would answer by itself, without a problem, or not at all. */
export function answerOnSocket({ server, log }: FastifyInstance): void {
  // Node would drop headers past its limit in silence; `checkAddress` refuses them.
  server.maxHeadersCount = 0;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    latest.set(request.socket, { request, response });
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    refuse(log, socket, 'method-not-allowed', { allow: 'GET, POST, PUT, DELETE' });
  });
  // Refused with all else that no honest client sends.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
}

/** The latest request on each connection: pipelined ones are answered in their order. */
const latest = new WeakMap<Duplex, { request: IncomingMessage; response: ServerResponse }>();
const refused = new WeakSet<Duplex>();

/** Ends the connection with a problem, after the answers that are still under way on it. */
function refuse(
  log: FastifyBaseLogger,
  socket: Duplex,
  code: ProblemCode,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (refused.has(socket)) return;
  refused.add(socket);
  const instance = randomUUID();
  const found = { ...problem(code), instance };
  log.info({ request: instance, status: found.status, code }, 'answered');

  const body = JSON.stringify(found);
  const lines = Object.entries({
    ...securityHeaders,
    ...headers,
    connection: 'close',
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const answer = `HTTP/1.1 ${found.status} ${found.title}\r\n${lines.join('')}\r\n${body}`;

  const send = () => {
    if (!socket.writable) return void socket.destroy();
    socket.end(answer);
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
  const { request, response } = latest.get(socket) ?? {};
  // What can't be read is that request itself, or what follows it.
  if (request && !request.complete) {
    if (response?.headersSent) socket.destroy();
    else send();
  } else if (response && !response.writableFinished && !response.destroyed) {
    response.once('close', send);
  } else send();
}
