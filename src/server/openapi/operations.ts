/** What each route of the API takes and answers; who may call it stands with the route itself. */
import { limits, PULL_CONTENT_TYPE } from '../../protocol/index.js';
import {
  eventsRequestSchema,
  pushRequestSchema,
  revocationRequestSchema,
} from '../../protocol/schemas.js';
import { experimentOperations } from './experiments.js';
import {
  configSchema,
  eventsResponseSchema,
  liveSchema,
  pullLineSchema,
  pushResponseSchema,
  readySchema,
  sessionSchema,
  writeKeySchema,
} from './schemas.js';

export interface Parameter {
  about: string;
  schema: object;
  required?: boolean;
  example?: string;
}

export interface Operation {
  summary: string;
  query?: Readonly<Record<string, Parameter>>;
  headers?: Readonly<Record<string, Parameter>>;
  /** The schema that the handler validates with, and a body that fits it. */
  body?: { schema: object; example: object };
  /** By status. No schema: no body. */
  answers: Readonly<Record<number, { about: string; type?: string; schema?: object }>>;
}

const collections: Parameter = {
  about: 'Names of collections, separated by commas.',
  schema: { type: 'string', minLength: 1 },
  required: true,
  example: 'tasks',
};

/** Under two paths: see `EVENT_PATHS`. */
const append: Operation = {
  summary: 'Exposures and conversions, each counted once by its id.',
  body: {
    schema: eventsRequestSchema,
    example: {
      sentAt: 1_795_363_200_000,
      events: [{ type: 'conversion', id: 'e1', name: 'bought', unit: 'u1', at: 1_795_363_200_000 }],
    },
  },
  answers: { 200: { about: 'One result for each event.', schema: eventsResponseSchema } },
};

/** By method and path. Routes of pages and files are none of the API's. */
export const operations: Readonly<Record<string, Operation>> = {
  'POST /v1/sync/push': {
    summary: 'Mutations in order, each answered for itself and applied exactly once.',
    body: {
      schema: pushRequestSchema,
      example: {
        client: 'device-1',
        mutations: [
          {
            id: 'm1',
            seq: 1,
            collection: 'tasks',
            key: 't1',
            op: 'create',
            base: 0,
            value: { title: 'Write' },
            at: '2026-11-22T16:00:00.000Z-0000',
          },
        ],
      },
    },
    answers: { 200: { about: 'One result for each mutation.', schema: pushResponseSchema } },
  },
  'GET /v1/sync/pull': {
    summary: 'What changed since the cursor, as lines of JSON.',
    query: {
      collections,
      cursor: { about: 'Where the last pull ended.', schema: { type: 'string' } },
      scopes: {
        about: 'JSON: by collection, the members that rows must equal.',
        schema: { type: 'string' },
        example: '{"tasks":[{"project":"p1"}]}',
      },
      limit: {
        about: `Rows at most; ${limits.pullRows.toLocaleString('en')} in any case.`,
        schema: { type: 'integer', minimum: 1 },
        example: '1000',
      },
    },
    answers: {
      200: {
        about: 'Pages, each stretch of them with an end; or a reset.',
        type: PULL_CONTENT_TYPE,
        schema: pullLineSchema,
      },
    },
  },
  'GET /v1/sync/live': {
    summary: 'Server-sent events: there is something to pull.',
    query: { collections },
    answers: {
      200: {
        about: '`event: hint` with `{"seq": 41}`, and a comment every 15 seconds.',
        type: 'text/event-stream',
        schema: { type: 'string' },
      },
    },
  },
  'POST /v1/sync/append': append,
  'POST /v1/events': append,
  'GET /v1/config': {
    summary: 'What browsers decide variants from.',
    headers: {
      'If-None-Match': { about: 'The `ETag` of the last answer.', schema: { type: 'string' } },
    },
    answers: {
      200: { about: 'Running experiments; with an `ETag`.', schema: configSchema },
      304: { about: 'Nothing has changed since `If-None-Match`.' },
    },
  },
  ...experimentOperations,
  'GET /v1/session': {
    summary: 'Who asks.',
    answers: { 200: { about: 'Subject, workspace and role.', schema: sessionSchema } },
  },
  'DELETE /v1/session': {
    summary: 'Signs out.',
    answers: { 204: { about: 'The session has ended.' } },
  },
  'POST /v1/write-keys': {
    summary: 'Issues a public write key, told once.',
    answers: { 201: { about: 'The key.', schema: writeKeySchema } },
  },
  'POST /v1/revocations': {
    summary: 'Takes back all tokens and sessions of a subject, one token, or a write key.',
    body: { schema: revocationRequestSchema, example: { subject: 'user-1' } },
    answers: { 204: { about: 'They are taken no more.' } },
  },
  'GET /livez': {
    summary: 'The process runs.',
    answers: { 200: { about: 'It does.', schema: liveSchema } },
  },
  'GET /readyz': {
    summary: 'The server takes requests, and what a crash would cost.',
    answers: {
      200: { about: 'It does.', schema: readySchema },
      503: { about: 'It drains, or its database does not answer.', schema: readySchema },
    },
  },
  'GET /metrics': {
    summary: 'What Prometheus scrapes; this machine only, or the metrics token.',
    answers: { 200: { about: 'Metrics.', type: 'text/plain', schema: { type: 'string' } } },
  },
  'GET /openapi.json': {
    summary: 'This document.',
    answers: { 200: { about: 'OpenAPI 3.1.', schema: { type: 'object' } } },
  },
};
