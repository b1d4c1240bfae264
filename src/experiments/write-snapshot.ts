/** Makes a snapshot of decisions, and its text. */
import type { Decision } from './decision.js';
import type { ExperimentConfig, ExperimentsConfig } from './model.js';
import { MAX_DECISIONS, MAX_LENGTH, type HandedOver, type Snapshot } from './snapshot.js';
import type { Where } from './watch-pages.js';

/** See `takeSnapshot`; `decideOn` makes the decisions, and says where they hold. */
export function snapshotOf(
  config: ExperimentsConfig,
  decideOn: (experiment: ExperimentConfig) => { decision: Decision; where?: Where | undefined },
): Snapshot {
  const unit: Record<string, string> = {};
  const decisions: HandedOver[] = [];
  for (const experiment of config.experiments) {
    if (decisions.length === MAX_DECISIONS) break;
    if (experiment.variants.some(({ redirect }) => redirect)) continue;
    const { decision, where } = decideOn(experiment);
    // Who reads it may know the unit, or the rule.
    if (/^(override|no-unit|unsupported)$/.test(decision.reason)) continue;
    if (decision.hashValue !== null) unit[decision.hashAttribute] = decision.hashValue;
    decisions.push({ ...handOver(decision, experiment), ...where });
  }
  return { version: 1, config: config.etag ?? null, unit, decisions };
}

function handOver(decision: Decision, { variants }: ExperimentConfig): HandedOver {
  const { experiment, phase, variant, payload, inExperiment, reason, sticky } = decision;
  const { bucket, hashAttribute, hashVersion } = decision;
  return {
    experiment,
    phase,
    variant,
    payload,
    inExperiment,
    reason,
    sticky,
    bucket,
    hashAttribute,
    hashVersion,
    variants: variants.map(({ key }) => key),
    upstream: decision.upstream.map((other) => other.experiment),
  };
}

/**
 * A snapshot as text that may stand in a `<script type="application/json">`. Where it would be longer
 * than 100,000 characters, payloads are left out, and then the last decisions.
 */
export function snapshotText(snapshot: Snapshot): string {
  let { decisions } = snapshot;
  for (;;) {
    const text = JSON.stringify({ ...snapshot, decisions }).replaceAll('<', '\\u003c');
    if (text.length <= MAX_LENGTH) return text;
    decisions = decisions.some(({ payload }) => payload !== undefined)
      ? decisions.map((one) => ({ ...one, payload: undefined }))
      : decisions.slice(0, decisions.length >> 1);
  }
}
