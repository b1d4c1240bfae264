/** The shapes of answers, as JSON Schema; those of requests are the validators' own. */
import { problems } from '../../protocol/index.js';

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const row = { type: 'object' } as const;

export function object(properties: Record<string, object>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, additionalProperties: false, properties };
}

export function list(items: object) {
  return { type: 'array', items };
}

/** RFC 9457, with members of our own. */
export const problemSchema = object(
  {
    type: { type: 'string', format: 'uri' },
    title: text,
    status: { type: 'integer', minimum: 400, maximum: 599 },
    code: { enum: Object.keys(problems) },
    detail: text,
    instance: { ...text, description: 'The request’s id, to be found in the server’s log.' },
    retryable: { type: 'boolean' },
    retryAfter: { ...count, description: 'Seconds.' },
    errors: list(object({ pointer: text, code: text, detail: text }, ['detail'])),
  },
  ['detail', 'instance', 'retryAfter', 'errors'],
);

const problem = { $ref: '#/components/schemas/Problem' };

const rejected = object({ id: text, outcome: { const: 'rejected' }, problem });

export const pushResponseSchema = object({
  results: list({
    oneOf: [
      object({ id: text, outcome: { const: 'applied' }, version: count, key: text, value: row }, [
        'key',
        'value',
      ]),
      object(
        {
          id: text,
          outcome: { const: 'conflict' },
          row: object({ version: count, value: { type: ['object', 'null'] } }),
          reason: text,
        },
        ['reason'],
      ),
      rejected,
    ],
  }),
  epoch: text,
  seq: count,
  durable: count,
});

/** A line of a pull. */
export const pullLineSchema = {
  oneOf: [
    object({
      collection: text,
      from: count,
      to: count,
      keys: list(text),
      versions: list(count),
      values: list(row),
      removed: list(text),
      removedVersions: list(count),
    }),
    object({
      cursor: text,
      to: count,
      rows: count,
      more: { type: 'boolean' },
      head: count,
      epoch: text,
      durable: count,
    }),
    object({ reset: { const: true }, reason: { enum: ['cursor', 'epoch', 'expired'] } }),
  ],
};

export const eventsResponseSchema = object({
  results: list({
    oneOf: [object({ id: text, outcome: { enum: ['applied', 'duplicate'] } }), rejected],
  }),
  epoch: text,
  seq: count,
  durable: count,
});

export const configSchema = object(
  {
    experiments: list(row),
    groups: { type: 'object' },
    dimensions: list(text),
    assignmentTokens: { type: 'boolean' },
  },
  ['groups', 'assignmentTokens'],
);

export const sessionSchema = object({ subject: text, workspace: text, role: text });

export const writeKeySchema = object({ key: text });

export const liveSchema = object({ status: { const: 'live' } });

export const readySchema = object(
  {
    status: { enum: ['ready', 'draining', 'database-unavailable'] },
    database: { enum: ['pglite', 'postgresql'] },
    durability: { enum: ['disk', 'process-crash', 'memory'] },
    warnings: list(text),
  },
  ['durability', 'warnings'],
);
