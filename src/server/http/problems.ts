/**
 * Every error as `application/problem+json`, or as a page for a browser that opened the address: no
 * stack, no SQL, no path of the machine.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { problem, type Problem, type ProblemCode } from '../../protocol/index.js';
import { DatabaseError, DISK_FULL, isUnavailable } from '../database/database.js';
import { ProblemError } from '../problem-error.js';
import { securityHeaders } from './headers.js';
import { isShown, problemPage } from './problem-page.js';
import { lingerAfter } from './socket.js';

export function sendProblem(request: FastifyRequest, reply: FastifyReply, found: Problem): void {
  if (found.retryAfter !== undefined) reply.header('retry-after', String(found.retryAfter));
  if (found.status === 401) reply.header('www-authenticate', 'Bearer');
  lingerAfter(request.raw);
  const told = { ...found, instance: request.id };
  const shown = isShown(request);
  void reply
    .code(found.status)
    // Here too, because some requests are refused before any hook has run.
    .headers(securityHeaders)
    .header('content-type', shown ? 'text/html; charset=utf-8' : 'application/problem+json')
    .header('cache-control', 'no-store')
    .header('vary', 'accept')
    .send(shown ? problemPage(told) : JSON.stringify(told));
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

/** For addresses that no route was looked for: no hook runs, so nothing else logs them. */
export function handleFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  handleError(error, request, reply);
  request.log.info({ request: request.id, status: reply.statusCode }, 'answered');
}

/** Fastify's own refusals, by status; anything unforeseen is ours. */
function asProblem(error: FastifyError | Error): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (isUnavailable(error)) {
    const full = error instanceof DatabaseError && error.code === DISK_FULL;
    const why = full ? 'The disk of the database is full.' : 'The database does not answer.';
    return problem('unavailable', `${why} Nothing was stored; try again.`, {
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
  410: 'gone',
  413: 'payload-too-large',
  414: 'malformed',
  415: 'unsupported-media-type',
  431: 'headers-too-large',
  503: 'unavailable',
};
