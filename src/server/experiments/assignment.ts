/**
 * Assignment tokens: the server's word that a unit was given a variant, an HMAC over both. Where a
 * workspace demands them, an exposure without one is refused, so nobody can choose a variant.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { decide, type DecisionInputs } from '../../experiments/decide.js';
import type { ExperimentsConfig } from '../../experiments/model.js';
import type { ExposureEvent } from '../../protocol/index.js';
import type { Database } from '../database/database.js';
import { unfitRequest } from '../problem-error.js';
import { validator } from '../validate.js';
import { readConfig } from './config.js';
import type { ExperimentSettings } from './settings.js';

export interface Assignment extends Pick<
  ExposureEvent,
  'experiment' | 'phase' | 'variant' | 'unit'
> {
  /** To be sent with the exposure. */
  assignment: string;
}

const scalar = { type: ['string', 'number', 'boolean', 'null'], maxLength: 1_000 } as const;

/** Characters of all attributes as JSON; all that is asked of them is to be told apart. */
const MAX_ATTRIBUTES = 16_000;
/** What all experiments together may take of one request: some fifty milliseconds. */
const MAX_STEPS = 200_000;

export const assignmentsRequestSchema = {
  type: 'object',
  required: ['attributes'],
  additionalProperties: false,
  properties: {
    attributes: {
      type: 'object',
      maxProperties: 200,
      additionalProperties: {
        anyOf: [scalar, { type: 'array', maxItems: 200 }, { type: 'object' }],
      },
    },
    groups: {
      type: 'object',
      maxProperties: 100,
      additionalProperties: {
        type: 'array',
        maxItems: 10_000,
        items: { type: ['string', 'number'] },
      },
    },
  },
} as const;
const validate = validator(assignmentsRequestSchema);

/**
 * `POST /v1/assignments`: decides every running experiment for a unit from `DecisionInputs`, and signs
 * where it is in. Attributes and groups are the device's word; which variant follows is not.
 */
export async function assign(
  database: Database,
  secret: string,
  workspace: string,
  settings: ExperimentSettings,
  body: unknown,
): Promise<{ assignments: Assignment[] }> {
  const faults = validate(body);
  if (faults.length) throw unfitRequest(faults);
  const { attributes, groups } = body as DecisionInputs;
  if (JSON.stringify(attributes).length > MAX_ATTRIBUTES) {
    const detail = `at most ${MAX_ATTRIBUTES} characters as JSON`;
    throw unfitRequest([{ pointer: '/attributes', code: 'too-large', detail }]);
  }
  const config = JSON.parse(
    (await readConfig(database, workspace, settings)).body,
  ) as ExperimentsConfig;
  // On which page it is met does not matter to what is met.
  const experiments = config.experiments.map(({ urls: _, ...experiment }) => experiment);
  // Who is in a group of the workspace, a device has no word in: anybody could give themselves a token.
  const options = {
    experiments,
    groups: { ...groups, ...config.groups },
    steps: { left: MAX_STEPS },
  };
  const assignments = experiments.flatMap((experiment): Assignment[] => {
    const decision = decide(experiment, attributes, options);
    const { inExperiment, hashValue: unit, variant, phase } = decision;
    if (!inExperiment || unit === null) return [];
    const met = { experiment: experiment.key, phase, variant, unit };
    return [{ ...met, assignment: signAssignment(secret, workspace, met) }];
  });
  return { assignments };
}

type Assigned = Omit<Assignment, 'assignment'>;

export function signAssignment(secret: string, workspace: string, met: Assigned): string {
  const { experiment, phase, variant, unit } = met;
  return createHmac('sha256', secret)
    .update(JSON.stringify(['assignment', workspace, experiment, phase, variant, unit]))
    .digest('base64url');
}

export function isAssigned(secret: string, workspace: string, event: ExposureEvent): boolean {
  const expected = Buffer.from(signAssignment(secret, workspace, event));
  const given = Buffer.from(event.assignment ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
