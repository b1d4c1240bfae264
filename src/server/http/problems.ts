/** Every error as `application/problem+json`: no stack, no SQL, no path of the machine. */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { problem, type Problem, type ProblemCode } from '../../protocol/index.js';
import { isUnavailable } from '../database/database.js';
import { ProblemError } from '../problem-error.js';

export function sendProblem(request: FastifyRequest, reply: FastifyReply, found: Problem): void {
  if (found.retryAfter !== undefined) reply.header('retry-after', String(found.retryAfter));
  if (found.status === 401) reply.header('www-authenticate', 'Bearer');
  void reply
    .code(found.status)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    .send(JSON.stringify({ ...found, instance: request.id }));
}

export function handleError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const found = asProblem(error);
  if (found.status >= 500) request.log.error({ err: error }, 'request failed');
  sendProblem(request, reply, found);
}

/** Fastify's own refusals, by status; anything unforeseen is ours. */
function asProblem(error: FastifyError | Error): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (isUnavailable(error)) {
    return problem('unavailable', 'The database does not answer. Nothing was stored; try again.', {
      retryAfter: Math.ceil(1 + Math.random() * 4),
    });
  }
  const status = 'statusCode' in error ? error.statusCode : undefined;
  const code = BY_STATUS[status ?? 500];
  return code ? problem(code) : problem('internal');
}

const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'malformed',
  // A path that leads out of the site’s folder: nothing is there for anybody.
  403: 'not-found',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'timeout',
  413: 'payload-too-large',
  414: 'malformed',
  415: 'unsupported-media-type',
  431: 'headers-too-large',
  503: 'unavailable',
};

/** What Node's parser refuses never becomes a request; it is answered on the bare socket. */
export function handleClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const code: ProblemCode =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'headers-too-large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'timeout'
        : 'malformed';
  const found = problem(code);
  const body = JSON.stringify(found);
  socket.end(
    `HTTP/1.1 ${found.status} ${found.title}\r\nConnection: close\r\n` +
      `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n` +
      body,
  );
}
