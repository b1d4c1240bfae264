/** Bodies are JSON in UTF-8, plain and bounded, or refused. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problem-error.js';
import { parseJson } from './json.js';

const JSON_TYPE = /^application\/json(?: *; *charset="?utf-8"?)?$/i;

export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Refuses other types by their header, before the body is read. */
export function checkBodyHeaders({ method, headers }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  if (headers['content-encoding'] !== undefined) {
    throw new ProblemError('unsupported-media-type', 'Send the body as it is, not compressed.');
  }
  const empty = headers['content-length'] === undefined || headers['content-length'] === '0';
  if (empty && headers['transfer-encoding'] === undefined) return;
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
    throw new ProblemError('unsupported-media-type', 'Send application/json in UTF-8.');
  }
}
