/** Which other origins' pages may call: those of the config, with a token and never with a cookie. */
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

export async function addCors(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  // Without any there is not even an answer to a preflight.
  if (!origins.length) return;
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'if-none-match'],
    exposedHeaders: ['etag', 'retry-after'],
    maxAge: 600,
    strictPreflight: false,
  });
}
