/**
 * The log: JSON lines by pino on standard output, one for each request at level `info`. Never a
 * row, an event, a query, a header or a token: what is logged is named here, member by member.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseError } from '../database/database.js';

/** pino's serializers; all that an error may say about itself. */
export const serializers = { err: serializeError };

interface LoggedError {
  type: string;
  message: string;
  stack: string;
  [member: string]: unknown;
}

/**
 * The database's messages and those of parsers quote what they were given, so of them only the kind
 * and the place are told.
 */
function serializeError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: '', stack: '' };
  const quotes = error instanceof DatabaseError || error instanceof SyntaxError;
  return {
    type: error.name,
    message: quotes ? '' : error.message,
    // Without its first lines, which repeat the message.
    stack: error.stack?.match(/^ +at .*$/gm)?.join('\n') ?? '',
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...(error.cause !== undefined && { cause: serializeError(error.cause) }),
  };
}

/** What became of a request. */
export function logAnswer(request: FastifyRequest, reply: FastifyReply): void {
  const { log, method, who, routeOptions, id } = request;
  log.info(
    {
      request: id,
      method,
      route: routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ...(who && { workspace: who.workspace }),
    },
    'answered',
  );
}
