import type { Analysis } from '../stats/index.js';
import { belowMde, flat, rollBack, ship, winnersCurse } from './rules/decision.js';
import { doubts } from './rules/doubts.js';
import { guardrailAtRisk, guardrailBreached, guardrailHolds } from './rules/guardrails.js';
import { multipleExposures, noEvents, sampleRatioMismatch } from './rules/health.js';
import { extend, needsDays, peeking, tooEarly } from './rules/patience.js';
import { dropLosingArm } from './rules/variants.js';
import { situate, type Rule } from './situation.js';
import type { AdvisorContext, Severity, Suggestion } from './suggestion.js';

/** Whether the numbers can be trusted. */
const health: readonly Rule[] = [sampleRatioMismatch, multipleExposures, noEvents, doubts];

/** What they say, the weightier first. */
const results: readonly Rule[] = [
  guardrailBreached,
  ship,
  rollBack,
  flat,
  belowMde,
  winnersCurse,
  guardrailAtRisk,
  extend,
  peeking,
  tooEarly,
  needsDays,
  dropLosingArm,
  guardrailHolds,
];

const order: readonly Severity[] = ['act', 'check', 'next'];

/**
 * What to do about an experiment, most urgent first: rules over the analysis, no model, no guess,
 * and no number that is not a fact. Nothing about a draft or an experiment that is decided, and
 * nothing about results that cannot be trusted.
 */
export function advise(analysis: Analysis, context: AdvisorContext): Suggestion[] {
  const situation = situate(analysis, context);
  if (situation === null || analysis.decision === 'not-started') return [];
  if (context.experiment.outcome || context.experiment.status === 'archived') return [];
  const rules = analysis.decision === 'untrustworthy' ? health : [...health, ...results];
  const dismissed = new Set(context.dismissed);
  return rules
    .flatMap((rule) => rule(situation))
    .filter(({ id }) => !dismissed.has(id))
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}
