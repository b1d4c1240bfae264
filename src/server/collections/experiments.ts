/** `experiments`: a row is an `Experiment` (src/experiments/model.ts), its key the experiment's. */
import { nameSchema } from '../../protocol/schemas.js';
import { markResultsStale } from './stale-results.js';
import { type Fault, validator } from '../validate.js';
import type { ExperimentKind } from '../../experiments/model.js';
import type { Collection } from './collection.js';
import { conditionFaults, rules, ruleFaults, type Rules } from './targeting.js';

const id = nameSchema;
const time = { type: 'string', format: 'utc-time' };
const timeOrNull = { anyOf: [time, { type: 'null' }] };
const text = (maxLength: number, minLength = 0) => ({ type: 'string', minLength, maxLength });
const share = { type: 'number', minimum: 0, maximum: 1 };
const metricKeys = { type: 'array', items: id, maxItems: 50, uniqueItems: true };

/** Weights may miss 1 by this much, as `decide` allows (rounded thirds). */
const WEIGHT_TOLERANCE = 0.01;

export const experiments: Collection = {
  read: 'viewer',
  write: 'editor',
  validate: validator({
    type: 'object',
    additionalProperties: false,
    required: [
      'key',
      'name',
      'hypothesis',
      'kind',
      'status',
      'phase',
      'hashAttribute',
      'hashVersion',
      'seed',
      'coverage',
      'variants',
      'metrics',
      'plan',
      'owner',
      'tags',
      'createdAt',
    ],
    properties: {
      key: id,
      name: text(200, 1),
      hypothesis: text(5_000),
      kind: { enum: ['ab', 'aa', 'holdout', 'redirect'] },
      status: { enum: ['draft', 'running', 'paused', 'stopped', 'archived'] },
      phase: { type: 'integer', minimum: 1, maximum: 1_000_000 },
      hashAttribute: text(64, 1),
      hashVersion: { enum: [1, 2, 3] },
      seed: text(200, 1),
      coverage: share,
      ...rules,
      metadata: {
        type: 'object',
        maxProperties: 50,
        propertyNames: { maxLength: 64 },
        additionalProperties: {
          anyOf: [text(1_000), { type: 'number' }, { type: 'boolean' }],
        },
      },
      variants: {
        type: 'array',
        minItems: 2,
        maxItems: 20,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['key', 'name', 'weight'],
          properties: {
            key: id,
            name: text(200, 1),
            weight: share,
            payload: {},
            redirect: text(2_000, 1),
          },
        },
      },
      metrics: {
        type: 'object',
        additionalProperties: false,
        required: ['primary', 'secondary', 'guardrails'],
        properties: { primary: id, secondary: metricKeys, guardrails: metricKeys },
      },
      plan: {
        type: 'object',
        additionalProperties: false,
        required: ['method', 'alpha', 'power', 'mde'],
        properties: {
          method: { enum: ['fixed', 'sequential', 'group-sequential'] },
          alpha: { type: 'number', exclusiveMinimum: 0, maximum: 0.5 },
          power: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
          mde: { type: 'number', exclusiveMinimum: 0, maximum: 10 },
          plannedUnits: { type: 'integer', minimum: 1, maximum: 1e12 },
          plannedDays: { type: 'integer', minimum: 1, maximum: 3_650 },
          spending: { enum: ['obrien-fleming', 'quadratic'] },
          prior: {
            anyOf: [
              { enum: ['flat'] },
              {
                type: 'object',
                additionalProperties: false,
                required: ['sd'],
                properties: {
                  mean: { type: 'number', minimum: -10, maximum: 10 },
                  sd: { type: 'number', exclusiveMinimum: 0, maximum: 10 },
                },
              },
            ],
          },
          cuped: { type: 'boolean' },
        },
      },
      owner: text(200),
      tags: { type: 'array', maxItems: 50, items: text(100, 1), uniqueItems: true },
      createdAt: time,
      startedAt: timeOrNull,
      stoppedAt: timeOrNull,
      outcome: {
        anyOf: [
          { type: 'null' },
          {
            type: 'object',
            additionalProperties: false,
            required: ['variant', 'decision', 'at'],
            properties: {
              variant: id,
              decision: { enum: ['shipped', 'rolled-back'] },
              at: time,
            },
          },
        ],
      },
    },
  }),
  check(key, value) {
    const row = value as unknown as CheckedExperiment;
    const faults: Fault[] = [];
    const fault = (pointer: string, code: string, detail: string) =>
      faults.push({ pointer, code, detail });

    if (row.key !== key) fault('/key', 'key-mismatch', 'must equal the row’s own key');
    const keys = row.variants.map((variant) => variant.key);
    if (new Set(keys).size < keys.length) {
      fault('/variants', 'duplicate-key', 'every variant needs a key of its own');
    }
    const sum = row.variants.reduce((total, { weight }) => total + weight, 0);
    if (Math.abs(sum - 1) > WEIGHT_TOLERANCE) {
      fault('/variants', 'weights-sum', `the weights must sum to 1, not to ${sum.toFixed(3)}`);
    }
    row.variants.forEach(({ redirect }, i) => {
      if (redirect !== undefined && !isWebAddress(redirect))
        fault(`/variants/${i}/redirect`, 'address', 'must be a web address, or a path');
    });
    if (row.kind === 'redirect' && !row.variants.some(({ redirect }) => redirect)) {
      fault('/variants', 'no-redirect', 'of an experiment that redirects, some variant must');
    }
    if (row.kind === 'holdout' && row.prerequisites) {
      fault('/prerequisites', 'cycle', 'a holdout can’t need what it holds units out of');
    }
    faults.push(...conditionFaults(row.condition), ...ruleFaults(row));
    if (row.outcome && !keys.includes(row.outcome.variant)) {
      fault('/outcome/variant', 'unknown-variant', 'must be the key of one of the variants');
    }
    return faults;
  },
  changed: (tx, workspace, keys) => markResultsStale(tx, workspace, keys),
};

function isWebAddress(address: string): boolean {
  const page = 'https://page.example';
  return URL.canParse(address, page) && /^https?:$/.test(new URL(address, page).protocol);
}

interface CheckedExperiment extends Rules {
  key: string;
  kind: ExperimentKind;
  variants: { key: string; weight: number; redirect?: string }[];
  condition?: unknown;
  outcome?: { variant: string } | null;
}
