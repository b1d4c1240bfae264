/** What handlers read of a request. */
import type { FastifyRequest } from 'fastify';

/** Its query; `checkAddress` has seen that each name comes once. */
export function queryOf(request: FastifyRequest): Record<string, string | undefined> {
  return request.query as Record<string, string>;
}
