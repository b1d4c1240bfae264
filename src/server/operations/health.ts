/** `/livez`, `/readyz` and `/metrics`: for those who run the server, and their machines. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Database } from '../database/database.js';
import { ProblemError } from '../problem-error.js';
import type { Metrics } from './metrics.js';

export interface HealthOptions {
  database: Database;
  metrics: Metrics;
  /** Who may read the metrics: whoever shows this token, anybody (`open`), absent: nobody. */
  metricsToken: string | undefined;
  isDraining(): boolean;
}

export function addHealth(app: FastifyInstance, options: HealthOptions): void {
  const { database, metrics, metricsToken, isDraining } = options;

  app.get('/livez', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { status: 'live' };
  });

  app.get('/readyz', async (_request, reply) => {
    const standing = await database
      .query('select 1')
      .then(() => Promise.all([database.durability(), database.warnings()]))
      .catch(() => null);
    const [durability = null, warnings = []] = standing ?? [];
    const status = isDraining() ? 'draining' : durability ? 'ready' : 'database-unavailable';
    return reply
      .code(status === 'ready' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({
        status,
        database: database.engine,
        ...(durability && { durability }),
        ...(warnings.length && { warnings }),
      });
  });

  app.get('/metrics', async (request, reply) => {
    // To whom it is not told, it is not there.
    if (!mayRead(request, metricsToken)) throw new ProblemError('not-found');
    const text = await metrics.text();
    return reply
      .header('content-type', metrics.contentType)
      .header('cache-control', 'no-store')
      .send(text);
  });
}

function mayRead(request: FastifyRequest, token: HealthOptions['metricsToken']): boolean {
  if (token === 'open') return true;
  const [, given] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  return token !== undefined && given !== undefined && timingSafeEqual(hash(given), hash(token));
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
