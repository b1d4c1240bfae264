import type { Decision, StepDetails, TraceStep } from './decision.js';
import type { BucketRange, ExperimentConfig, Filter } from './model.js';
import { areWeights, bucketRanges } from './ranges.js';
import { json, whyNot } from './why-not.js';

/**
 * How a decision came about, for whoever debugs a targeting: a sentence for each step that was
 * looked at, in order, then what came of it. Never empty; never throws.
 */
export function explain(decision: Decision): string[] {
  const { redirect, trace, reason, experiment } = decision;
  if (reason === 'unknown-experiment')
    return [
      `There is no experiment “${experiment}” here: the key is another one, it is a draft, or the configuration has not come yet.`,
      'Nobody takes part.',
    ];
  const config = trace.map(({ step, detail }) => (step === 'not-running' ? detail : undefined));
  const lines = trace.map((step) => {
    try {
      return describe(step, decision, config.find(Boolean));
    } catch {
      return `What it has for “${step.step}” is malformed.`;
    }
  });
  if (trace.length === 0)
    lines.push('It was decided before this page: by the server, or on the last page.');
  return [
    ...lines,
    outcomeOf(decision),
    ...(redirect === null ? [] : [`That leads to ${redirect}`]),
  ];
}

function outcomeOf({ inExperiment, reason, variant }: Decision): string {
  if (inExperiment) return `Takes part with variant “${variant}”.`;
  return reason === 'override' || reason === 'forced'
    ? `Shows variant “${variant}” without taking part.`
    : `Does not take part (${reason}) and sees the control “${variant}”.`;
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
    case 'unsupported':
      return `This version of bytelyst knows no “${detail}”; a newer one does.`;
    case 'not-running':
      return passed
        ? 'The experiment is running.'
        : `The experiment is not running: its status is “${detail.status}”.`;
    case 'schedule': {
      const from = config?.startAt ? ` from ${config.startAt}` : '';
      const until = config?.stopAt ? ` until ${config.stopAt}` : '';
      const time = Number.isFinite(detail) ? new Date(detail).toISOString() : 'no time';
      const wrong = [config?.startAt, config?.stopAt].find((at) => at && isNaN(Date.parse(at)));
      if (wrong) return `“${wrong}” is no time, so the experiment does not run.`;
      return `It is ${time}, and the experiment runs${from}${until}.`;
    }
    case 'bot':
      return 'The unit is a bot.';
    case 'url':
      return detail === null
        ? 'It runs on some pages only, and nothing judges them: give `decide` the option `pages`.'
        : `The page is “${detail}”, ${isOrNot(passed)} among ${json(config?.urls)}.`;
    case 'no-unit':
      return passed
        ? (decision.hashAttribute === config?.hashAttribute
            ? ''
            : `The attribute “${config?.hashAttribute}” names no unit, its fallback does. `) +
            `The unit is the attribute “${decision.hashAttribute}”: “${decision.hashValue}”.`
        : `The attribute “${decision.hashAttribute}” names no unit (1 to 128 characters): ${json(detail)}.`;
    case 'met-before':
      return passed
        ? `The unit has met no variant in a phase before ${detail}.`
        : `The unit has met a variant in a phase before ${detail}, and may not come back.`;
    case 'holdout':
      return describeHoldout(detail, decision, passed);
    case 'met':
      return `The unit met variant ${detail} before and keeps it.`;
    case 'filter':
      return describeFilter(detail, config, passed);
    case 'condition': {
      const condition = config?.condition;
      if (passed) return `The condition ${json(condition)} matches.`;
      const { attributes, options } = detail;
      return `The condition does not match: ${whyNot(condition, attributes, options)}.`;
    }
    case 'prerequisite': {
      const { experiment, variants } = detail.needs;
      const where = `in “${experiment}”${variants ? ` with one of ${json(variants)}` : ''}`;
      if (passed) return `The unit takes part ${where}, as it must.`;
      return detail.found === null
        ? `The unit must take part ${where}, which needs this experiment itself.`
        : `The unit must take part ${where}, and does not (there: ${detail.found ?? 'unknown-experiment'}).`;
    }
    case 'coverage': {
      const { variants = [], coverage } = config ?? {};
      if (variants.length === 0) return 'There are no variants.';
      const weights = variants.map(({ weight }) => weight);
      const list =
        rangesAsText(bucketRanges(variants.length, coverage, weights)) +
        (areWeights(weights, variants.length) ? '' : ', equal because the weights do not sum to 1');
      const where = `Hash version ${decision.hashVersion} of seed “${config?.seed}” and the unit is ${rounded(decision.bucket)}`;
      return passed
        ? `${where}, in range ${detail} of ${list}.`
        : `${where}, in none of the ranges ${list}: the coverage leaves it out.`;
    }
  }
}

/** What the unit met of a holdout is among the decisions that this one rests on. */
function describeHoldout(key: string, { upstream }: Decision, passed: boolean): string {
  const met = upstream.find(({ experiment }) => experiment === key);
  const where = met ? `: its variant “${met.variant}” there, at ${rounded(met.bucket)}` : '';
  return passed
    ? `The holdout “${key}” does not hold the unit out${where}.`
    : `The holdout “${key}” holds the unit out${where}.`;
}

function describeFilter(
  { filter, bucket }: StepDetails['filter'],
  config: ExperimentConfig | undefined,
  passed: boolean,
): string {
  const ranges = rangesAsText(filter.ranges);
  const unit = filter.attribute === undefined ? 'the unit' : `the attribute “${filter.attribute}”`;
  const where = placeOf(filter, config);
  return bucket === null
    ? `${where} ${unit} has no place: an attribute is missing, or the hash version is unknown. It must be in ${ranges}.`
    : `${where} ${unit} is ${rounded(bucket)}, ${isOrNot(passed)} in ${ranges}.`;
}

/** Layers and namespaces are filters, too. */
function placeOf(filter: Filter, config: ExperimentConfig | undefined): string {
  const { filters = [], layer, namespace } = config ?? {};
  if (!filters.includes(filter)) {
    if (layer && filter.seed === `layer:${layer.key}`) return `In the layer “${layer.key}”`;
    if (namespace) return `In the namespace “${namespace[0]}”`;
  }
  return `Under the filter’s seed “${filter.seed}”`;
}

function isOrNot(passed: boolean): string {
  return passed ? 'which is' : 'which is not';
}

function rangesAsText(ranges: readonly BucketRange[]): string {
  return ranges.map((range) => `[${range.map(rounded).join(', ')})`).join(' ');
}

function rounded(n: number | null): string {
  return String(+(n ?? NaN).toFixed(6));
}
