/** The routes about experiments and units, as `operations.ts` has the others. */
import { assignmentsRequestSchema } from '../experiments/assignment.js';
import { rewordRequestSchema } from '../experiments/rewording.js';
import { summariesSchema, sumsSchema } from '../experiments/summaries.js';
import type { Operation } from './operations.js';
import { list, object } from './schemas.js';

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const flag = { type: 'boolean' } as const;
const row = { type: 'object' } as const;

const { units, multiple, metrics, days, variants, phase } = summariesSchema.properties;
const capped = {
  ...metrics,
  additionalProperties: {
    ...sumsSchema,
    properties: { ...sumsSchema.properties, cap: { type: 'number' } },
  },
};
const sums = { days, units, multiple, metrics: capped };
const looks = object({ metric: text, days, units, sums: sumsSchema });

const example = {
  phase: 1,
  variants: ['control', 'bold'],
  days: ['2026-11-20'],
  units: [[100], [100]],
  multiple: 0,
  metrics: { revenue: { sum: [[250], [275.5]], m2: [[40], [42.5]] } },
};

export const experimentOperations: Readonly<Record<string, Operation>> = {
  'GET /v1/experiments/:key/results': {
    summary: 'What the experiment’s current phase adds up to; or by the values of a dimension.',
    query: { dimension: { about: 'One that the config declares.', schema: text } },
    answers: {
      200: {
        about: 'Sums by variant and day; of a dimension, the 20 values with the most units.',
        schema: {
          oneOf: [
            object({ phase, updatedAt: text, variants, ...sums, looks, bots: count, late: count }, [
              'looks',
              'bots',
              'late',
            ]),
            object({ dimension: text, segments: list(object({ value: text, ...sums })) }),
          ],
        },
      },
    },
  },
  'PUT /v1/experiments/:key/summaries': {
    summary: 'Results of a phase that were computed elsewhere, instead of the server’s own.',
    body: { schema: summariesSchema, example },
    answers: { 204: { about: 'The results are now these.' } },
  },
  'DELETE /v1/experiments/:key/summaries': {
    summary: 'Goes back to the server’s own results.',
    answers: { 204: { about: 'It has.' } },
  },
  'POST /v1/assignments': {
    summary: 'Decides the running experiments for a unit, and signs what it decided.',
    body: { schema: assignmentsRequestSchema, example: { attributes: { id: 'visitor-42' } } },
    answers: {
      200: {
        about: 'One for each experiment that the unit takes part in.',
        schema: object({
          assignments: list(
            object({ experiment: text, phase: count, variant: text, unit: text, assignment: text }),
          ),
        }),
      },
    },
  },
  'GET /v1/audit': {
    summary: 'Who changed what of experiments and metrics, newest first.',
    query: {
      key: { about: 'Of this experiment or metric only.', schema: text },
      below: {
        about: 'Entries older than this one.',
        schema: { type: 'integer', minimum: 0 },
        example: '100',
      },
    },
    answers: {
      200: {
        about: 'At most 100 entries, each with the hash of the one before.',
        schema: object({
          entries: list(
            object({
              n: count,
              at: count,
              by: text,
              action: text,
              key: text,
              before: { type: ['object', 'null'] },
              after: { type: ['object', 'null'] },
              previous: text,
              hash: text,
            }),
          ),
          more: flag,
        }),
      },
    },
  },
  'GET /v1/audit/verification': {
    summary: 'Computes every hash of the audit anew.',
    answers: {
      200: {
        about: 'Whether it is intact, and its last hash.',
        schema: object({ entries: count, head: text, intact: flag, brokenAt: count }, ['brokenAt']),
      },
    },
  },
  'GET /v1/units/:id/export': {
    summary: 'All events of a unit, and of those that it was joined with.',
    answers: {
      200: {
        about: 'What is known of it.',
        schema: object({
          unit: text,
          identifies: list(row),
          exposures: list(row),
          conversions: list(row),
        }),
      },
    },
  },
  'DELETE /v1/units/:id': {
    summary: 'Deletes them all, and takes them out of the results.',
    answers: { 200: { about: 'How many events there were.', schema: object({ erased: count }) } },
  },
  'POST /v1/suggestions/reword': {
    summary: 'Says a suggestion in other words, by the language model of the config.',
    body: {
      schema: rewordRequestSchema,
      example: { claim: 'One page sells 5.8 % more.', names: ['One page'] },
    },
    answers: {
      200: {
        about: 'Other words, or the same where no other words say just that.',
        schema: object({ text, reworded: flag }),
      },
      404: {
        about: 'No language model is configured.',
        type: 'application/problem+json',
        schema: { $ref: '#/components/schemas/Problem' },
      },
    },
  },
};
