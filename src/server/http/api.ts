/** `/v1`: which handler answers which route, and who may call it. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { PULL_CONTENT_TYPE } from '../../protocol/index.js';
import type { Context } from '../context.js';
import { isBot } from '../experiments/bots.js';
import { readConfig } from '../experiments/config.js';
import { settingsOf } from '../experiments/settings.js';
import { receiveEvents } from '../experiments/receive.js';
import { ProblemError } from '../problem-error.js';
import { endStream, type LiveStreams } from '../sync/live.js';
import { pull } from '../sync/pull.js';
import { readCollections } from '../sync/scopes.js';
import { isCurrent } from './etag.js';
import { stillStands, whoOf } from './guard.js';
import { queryOf } from './request.js';

/**
 * Where events go. The first is what browsers ask for: lists of what to block know no word in it. The
 * second, which they block, is for backends and for pages that are open since before there was the
 * first.
 */
export const EVENT_PATHS: readonly string[] = ['/v1/sync/append', '/v1/events'];

export interface ApiOptions {
  context: Context;
  streams: LiveStreams;
}

export function addApi(app: FastifyInstance, { context, streams }: ApiOptions): void {
  const { database, config, identity, publisher, now } = context;
  const { collections } = config;

  const streamed = { config: { access: 'viewer' }, exposeHeadRoute: false } as const;

  app.post('/v1/sync/push', { config: { access: 'viewer' } }, (request) =>
    context.push(whoOf(request), request.body),
  );

  app.get('/v1/sync/pull', streamed, async (request, reply) => {
    const query = queryOf(request);
    const stretches = pull(database, identity, collections, whoOf(request), query);
    // What is wrong with the request shows before the answer has begun.
    const first = await stretches.next();
    reply.header('content-type', PULL_CONTENT_TYPE).header('cache-control', 'no-store');
    if (first.done) return first.value;
    // Read as the client takes it; a client that has gone ends it.
    return Readable.from(startingWith(first.value, stretches), { objectMode: false });
  });

  app.get('/v1/sync/live', streamed, async (request, reply) => {
    const who = whoOf(request);
    readCollections(collections, who, queryOf(request).collections);
    if (streams.full) {
      const retryAfter = Math.ceil(2 + Math.random() * 8);
      throw new ProblemError('unavailable', 'There are too many live streams.', { retryAfter });
    }
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    streams.add(who.workspace, reply.raw, () => stillStands(context, who));
    endAt(reply.raw, who.expiresAt, now());
  });

  for (const path of EVENT_PATHS)
    app.post(path, { config: { access: 'writer' } }, async (request) => {
      const who = whoOf(request);
      const sender = { workspace: who.workspace, bot: isBot(who, request.headers['user-agent']) };
      const response = await receiveEvents(context, sender, request.body);
      if (response.results.some(({ outcome }) => outcome === 'applied')) publisher.resultsStale();
      return response;
    });

  app.get('/v1/config', { config: { access: 'writer' } }, async (request, reply) => {
    const { workspace } = whoOf(request);
    const settings = settingsOf(config.workspaces, workspace);
    const { body, etag } = await readConfig(database, workspace, settings);
    reply
      .header('etag', etag)
      .header('cache-control', 'private, no-cache')
      .header('vary', 'authorization, cookie');
    if (isCurrent(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.header('content-type', 'application/json').send(body);
  });
}

async function* startingWith<T>(first: T, rest: AsyncGenerator<T, T>) {
  yield first;
  yield yield* rest;
}

/** Ends a stream with what it was opened by; the client comes back with what it has then. */
function endAt(stream: ServerResponse, time: number | undefined, now: number): void {
  if (time === undefined) return;
  // Longer than a timer can wait, it is left to the checks of the stream.
  const wait = Math.min(Math.max(0, time - now), 2 ** 31 - 1);
  const ending = setTimeout(() => endStream(stream), wait);
  ending.unref();
  stream.on('close', () => clearTimeout(ending));
}
