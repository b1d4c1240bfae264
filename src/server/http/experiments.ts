/** The routes of `/v1` that are about experiments and what is known of units. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isId } from '../../protocol/index.js';
import { unitSchema } from '../../protocol/schemas.js';
import type { Identity } from '../access/identity.js';
import type { Context } from '../context.js';
import { assign } from '../experiments/assignment.js';
import { readAudit, verifyAudit } from '../experiments/audit.js';
import { countMetrics } from '../experiments/counted-metrics.js';
import { readResults, readSegmentResults } from '../experiments/results.js';
import { reword } from '../experiments/rewording.js';
import { settingsOf } from '../experiments/settings.js';
import { deleteSummaries, putSummaries } from '../experiments/summaries.js';
import { eraseUnit, exportUnit } from '../experiments/units.js';
import { ProblemError } from '../problem-error.js';
import { validator } from '../validate.js';
import { whoOf } from './guard.js';
import { queryOf } from './request.js';

/** Entries of the audit in one answer. */
const AUDIT_PAGE = 100;

export function addExperiments(app: FastifyInstance, context: Context): void {
  const { database, config, identity, publisher, now } = context;
  const storeOf = (who: Identity) => database.forWorkspace(who.workspace);

  app.get(
    '/v1/experiments/:key/results',
    { config: { access: 'viewer' } },
    async (request, reply) => {
      const { workspace } = whoOf(request);
      const key = keyOf(request);
      const { dimension } = queryOf(request);
      const store = storeOf(whoOf(request));
      reply.header('cache-control', 'no-store');
      // What has just changed is told at once where its units are few, and else when it is counted.
      await countMetrics(database, workspace, key, { steps: 1 });
      if (dimension === undefined) {
        return (await readResults(store, workspace, key, new Date(now()))) ?? notFound();
      }
      const { dimensions } = settingsOf(config.workspaces, workspace);
      if (!dimensions.includes(dimension)) {
        const known = dimensions.join(', ') || 'none';
        throw new ProblemError('not-found', `Results are told by these dimensions: ${known}.`);
      }
      const segments = await readSegmentResults(store, workspace, key, dimension);
      return segments ? { dimension, segments } : notFound();
    },
  );

  app.put(
    '/v1/experiments/:key/summaries',
    { config: { access: 'editor' } },
    async (request, reply) => {
      const who = whoOf(request);
      const key = keyOf(request);
      await storeOf(who).transaction((tx) =>
        putSummaries(tx, who.workspace, key, who.subject, request.body),
      );
      publisher.resultsStale();
      return reply.code(204).send();
    },
  );

  app.delete(
    '/v1/experiments/:key/summaries',
    { config: { access: 'editor' } },
    async (request, reply) => {
      const who = whoOf(request);
      const key = keyOf(request);
      const deleted = await storeOf(who).transaction((tx) =>
        deleteSummaries(tx, who.workspace, key, who.subject),
      );
      if (!deleted) return notFound();
      publisher.resultsStale();
      return reply.code(204).send();
    },
  );

  app.post('/v1/assignments', { config: { access: 'writer' } }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const { workspace } = whoOf(request);
    const settings = settingsOf(config.workspaces, workspace);
    return assign(database, identity.secret, workspace, settings, request.body);
  });

  app.get('/v1/audit', { config: { access: 'admin' } }, async (request, reply) => {
    const who = whoOf(request);
    const { key, below } = queryOf(request);
    if (key !== undefined && !isId(key)) {
      throw new ProblemError('malformed', '“key” takes the key of an experiment or metric.');
    }
    const entries = await readAudit(storeOf(who), who.workspace, {
      key: key ?? null,
      below: readCount(below, 'below', Number.MAX_SAFE_INTEGER),
      limit: AUDIT_PAGE,
    });
    reply.header('cache-control', 'no-store');
    return { entries, more: entries.length === AUDIT_PAGE };
  });

  app.get('/v1/audit/verification', { config: { access: 'admin' } }, async (request, reply) => {
    const who = whoOf(request);
    reply.header('cache-control', 'no-store');
    return verifyAudit(storeOf(who), who.workspace);
  });

  app.get('/v1/units/:id/export', { config: { access: 'admin' } }, async (request, reply) => {
    const who = whoOf(request);
    const found = await exportUnit(storeOf(who), who.workspace, unitOf(request));
    reply.header('cache-control', 'no-store');
    return found ?? notFound();
  });

  app.delete('/v1/units/:id', { config: { access: 'admin' } }, async (request) => {
    const { workspace, subject: by } = whoOf(request);
    const { dimensions } = settingsOf(config.workspaces, workspace);
    const unit = unitOf(request);
    const erased = await storeOf(whoOf(request)).transaction((tx) =>
      eraseUnit(tx, workspace, unit, { by, secret: identity.secret, dimensions }),
    );
    if (erased === 0) return notFound();
    publisher.resultsStale();
    return { erased };
  });

  app.post('/v1/suggestions/reword', { config: { access: 'viewer' } }, async (request, reply) => {
    const { languageModel: model } = config;
    if (!model) throw new ProblemError('not-found', 'No language model is configured.');
    reply.header('cache-control', 'no-store');
    return reword(model, process.env[model.keyVariable], request.body);
  });
}

function notFound(): never {
  throw new ProblemError('not-found');
}

function keyOf(request: FastifyRequest): string {
  const { key } = request.params as { key: string };
  return isId(key) ? key : notFound();
}

const unitFaults = validator(unitSchema);

function unitOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string };
  return unitFaults(id).length ? notFound() : id;
}

function readCount(value: string | undefined, name: string, standard: number): number {
  if (value === undefined) return standard;
  const count = Number(value);
  if (/^\d{1,16}$/.test(value) && Number.isSafeInteger(count)) return count;
  throw new ProblemError('malformed', `“${name}” takes a whole number.`);
}
