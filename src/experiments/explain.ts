import { matches } from '../conditions/index.js';
import type { Decision, TraceStep } from './decide.js';

/** How a decision came about, one sentence a step, for whoever debugs a targeting. */
export function explain(decision: Decision): string[] {
  const lines = decision.trace.map(describe);
  const outcome = decision.inExperiment
    ? `Takes part with variant “${decision.variant}”.`
    : decision.reason === 'override'
      ? `Shows variant “${decision.variant}” without taking part.`
      : `Does not take part (${decision.reason}) and sees the control “${decision.variant}”.`;
  return [...lines, outcome];
}

function describe(step: TraceStep): string {
  switch (step.step) {
    case 'override':
      return `The URL asks for variant ${step.index}: nothing else is looked at, nothing is recorded.`;
    case 'status':
      return step.passed
        ? 'The experiment is running.'
        : `The experiment is not running: its status is “${step.status}”.`;
    case 'unit':
      return step.passed
        ? `The unit is the attribute “${step.attribute}”: “${String(step.value)}”.`
        : `The attribute “${step.attribute}” names no unit (1 to 128 characters): ${json(step.value)}.`;
    case 'condition':
      return describeCondition(step);
    case 'hash':
      return step.passed
        ? `Hash version ${step.version} of seed “${step.seed}” and the unit is ${String(step.bucket)}.`
        : `Hash version ${step.version} is unknown here; update bytelyst.`;
    case 'range': {
      const ranges = step.ranges.map((range) => `[${range.map((n) => +n.toFixed(6)).join(', ')})`);
      const list = `${ranges.join(' ')}${step.weightsValid ? '' : ', equal because the weights do not sum to 1'}`;
      return step.passed
        ? `That is in range ${step.index} of ${list}.`
        : `That is in none of the ranges ${list}: the coverage leaves it out.`;
    }
  }
}

/** Names the first part of the condition that fails, and what the attribute was. */
function describeCondition(step: Extract<TraceStep, { step: 'condition' }>): string {
  if (step.passed) return `The condition ${json(step.condition)} matches.`;
  for (const [key, expected] of Object.entries(step.condition)) {
    if (matches({ [key]: expected }, step.attributes, step.options)) continue;
    const actual = key.startsWith('$')
      ? ''
      : `; the attribute is ${json(key.split('.').reduce(inside, step.attributes))}`;
    return `The condition does not match at ${json({ [key]: expected })}${actual}.`;
  }
  return `The condition ${json(step.condition)} does not match.`;
}

function inside(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? 'not there';
}
