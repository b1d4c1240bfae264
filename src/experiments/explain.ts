import { matches, type Condition } from '../conditions/index.js';
import type { Decision, StepDetails, TraceStep } from './decision.js';
import type { BucketRange, ExperimentConfig } from './model.js';
import { areWeights, bucketRanges } from './ranges.js';

/** How a decision came about, one sentence a step, for whoever debugs a targeting. */
export function explain(decision: Decision): string[] {
  const { variant, redirect, inExperiment, reason, trace } = decision;
  const config = trace.map(({ step, detail }) => (step === 'not-running' ? detail : undefined));
  const lines = trace.map((step) => describe(step, decision, config.find(Boolean)));
  const outcome = inExperiment
    ? `Takes part with variant “${variant}”.`
    : reason === 'override' || reason === 'forced'
      ? `Shows variant “${variant}” without taking part.`
      : `Does not take part (${reason}) and sees the control “${variant}”.`;
  return [...lines, outcome, ...(redirect === null ? [] : [`That leads to ${redirect}`])];
}

function describe(
  { step, passed, detail }: TraceStep,
  decision: Decision,
  config: ExperimentConfig | undefined,
): string {
  switch (step) {
    case 'override':
      return `The URL asks for variant ${detail}: nothing else is looked at, nothing is recorded.`;
    case 'forced':
      return `Variant ${detail} is forced: nothing else is looked at, nothing is recorded.`;
    case 'not-running':
      return passed
        ? 'The experiment is running.'
        : `The experiment is not running: its status is “${detail.status}”.`;
    case 'schedule': {
      const from = config?.startAt ? ` from ${config.startAt}` : '';
      const until = config?.stopAt ? ` until ${config.stopAt}` : '';
      return `It is ${new Date(detail).toISOString()}, and the experiment runs${from}${until}.`;
    }
    case 'bot':
      return 'The unit is a bot.';
    case 'url':
      return `The page is “${detail}”, ${isOrNot(passed)} among ${json(config?.urls)}.`;
    case 'no-unit':
      return passed
        ? `The unit is the attribute “${decision.hashAttribute}”: “${decision.hashValue}”.`
        : `The attribute “${decision.hashAttribute}” names no unit (1 to 128 characters): ${json(detail)}.`;
    case 'met-before':
      return passed
        ? `The unit has met no variant in a phase before ${detail}.`
        : `The unit has met a variant in a phase before ${detail}, and may not come back.`;
    case 'holdout':
      return `The holdout “${detail}” ${passed ? 'does not hold' : 'holds'} the unit out.`;
    case 'met':
      return `The unit met variant ${detail} before and keeps it.`;
    case 'filter': {
      const { seed, ranges } = detail.filter;
      return `Under seed “${seed}” the unit is ${detail.bucket ?? 'nowhere'}, ${isOrNot(passed)} in ${rangesAsText(ranges)}.`;
    }
    case 'condition':
      return describeCondition(config?.condition ?? {}, passed, detail);
    case 'prerequisite': {
      const { experiment, variants } = detail.needs;
      const where = `in “${experiment}”${variants ? ` with one of ${json(variants)}` : ''}`;
      if (passed) return `The unit takes part ${where}, as it must.`;
      return detail.found === 'cycle'
        ? `The unit must take part ${where}, which needs this experiment itself.`
        : `The unit must take part ${where}, and does not (there: ${detail.found}).`;
    }
    case 'unsupported':
      return `This version of bytelyst knows no “${detail}”; a newer one does.`;
    case 'coverage': {
      const { variants = [], coverage } = config ?? {};
      const weights = variants.map(({ weight }) => weight);
      const list =
        rangesAsText(bucketRanges(variants.length, coverage, weights)) +
        (areWeights(weights, variants.length) ? '' : ', equal because the weights do not sum to 1');
      const where = `Hash version ${decision.hashVersion} of seed “${config?.seed}” and the unit is ${decision.bucket}`;
      return passed
        ? `${where}, in range ${detail} of ${list}.`
        : `${where}, in none of the ranges ${list}: the coverage leaves it out.`;
    }
  }
}

function isOrNot(passed: boolean): string {
  return passed ? 'which is' : 'which is not';
}

function rangesAsText(ranges: readonly BucketRange[]): string {
  return ranges.map((range) => `[${range.map((n) => +n.toFixed(6)).join(', ')})`).join(' ');
}

/** Names the first part of the condition that fails, and what the attribute was. */
function describeCondition(
  condition: Condition,
  passed: boolean,
  { attributes, options }: StepDetails['condition'],
): string {
  if (passed) return `The condition ${json(condition)} matches.`;
  for (const [key, expected] of Object.entries(condition)) {
    if (matches({ [key]: expected }, attributes, options)) continue;
    const actual = key.startsWith('$')
      ? ''
      : `; the attribute is ${json(key.split('.').reduce(inside, attributes))}`;
    return `The condition does not match at ${json({ [key]: expected })}${actual}.`;
  }
  return `The condition ${json(condition)} does not match.`;
}

function inside(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** What is not there is null to `decide`. */
function json(value: unknown): string {
  return value === null ? 'not there' : (JSON.stringify(value) ?? 'not there');
}
