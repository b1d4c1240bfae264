/**
 * Decisions handed over: from a server to the page it renders, and from one page to the next, so
 * that the right variant is in the first paint and nobody decides twice. One unit's, of one version,
 * bounded, and checked when read: whoever reads has no other proof of where it comes from.
 */
import { isObject } from '../protocol/json.js';
import { asUnit, decide, type Attributes, type DecideOptions } from './decide.js';
import type { Decision } from './decision.js';
import type { ExperimentConfig, ExperimentsConfig } from './model.js';

export interface Snapshot {
  version: 1;
  /** ETag of the configuration that was decided by; null where it has none. */
  config: string | null;
  /** Whose decisions these are: the ids that were hashed, by attribute. */
  unit: Record<string, string>;
  decisions: HandedOver[];
}

/** What of a decision is shown, and what recording the exposure needs. */
export interface HandedOver extends Pick<
  Decision,
  | 'experiment'
  | 'phase'
  | 'variant'
  | 'payload'
  | 'inExperiment'
  | 'reason'
  | 'sticky'
  | 'bucket'
  | 'hashAttribute'
  | 'hashVersion'
> {
  /** The variants' keys, the control first. */
  variants: string[];
  /** Keys of the holdouts and prerequisites that the unit takes part in. */
  upstream: string[];
  /** The address that it was decided on, where the experiment runs on some pages only. */
  page?: string;
}

/** Name of the snapshot: the id of the page's `<script type="application/json">`, and its key in
 * `localStorage`. */
export const SNAPSHOT = 'bytelyst-decisions';

const MAX_DECISIONS = 200;
/** Characters of the text. */
const MAX_LENGTH = 100_000;

/**
 * Decides all experiments for a unit, to be handed over. Experiments that redirect are left out, and
 * so is what the page’s address asks for by `?<key>=<index>`: they are no variants to show elsewhere.
 * Nor is anything decided where the unit is not known: the browser may know it.
 *
 * @param config `etag` is that of the answer it came with, if any
 */
export function takeSnapshot(
  config: ExperimentsConfig,
  attributes: Attributes,
  options: DecideOptions = {},
): Snapshot {
  const unit: Record<string, string> = {};
  const decisions: HandedOver[] = [];
  const { experiments } = config;
  for (const experiment of experiments) {
    if (decisions.length === MAX_DECISIONS) break;
    if (experiment.variants.some(({ redirect }) => redirect)) continue;
    const decision = decide(experiment, attributes, { ...config, ...options });
    if (decision.reason === 'override' || decision.reason === 'no-unit') continue;
    if (decision.hashValue !== null) unit[decision.hashAttribute] = decision.hashValue;
    decisions.push(handOver(decision, experiment, options.url));
  }
  return { version: 1, config: config.etag ?? null, unit, decisions };
}

function handOver(decision: Decision, { variants, urls }: ExperimentConfig, url = ''): HandedOver {
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
    ...(urls && { page: addressOf(url) }),
  };
}

/** A page's address, whatever part of it is scrolled to. */
export function addressOf(url: string): string {
  return url.split('#', 1)[0]!;
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

/** The snapshot that a text is; null where it is none, of another version, or too long. */
export function parseSnapshot(text: string | null | undefined): Snapshot | null {
  if (!text || text.length > MAX_LENGTH) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isSnapshot(value) ? value : null;
  } catch {
    return null;
  }
}

function isSnapshot(value: unknown): value is Snapshot {
  if (!isObject(value)) return false;
  const { version, config, unit, decisions } = value;
  return (
    version === 1 &&
    (config === null || isText(config)) &&
    isObject(unit) &&
    Object.values(unit).every(isText) &&
    Array.isArray(decisions) &&
    decisions.length <= MAX_DECISIONS &&
    decisions.every(isHandedOver)
  );
}

function isHandedOver(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { experiment, variant, reason, hashAttribute, page = '', phase, hashVersion } = value;
  const { variants, upstream, bucket, inExperiment } = value;
  return (
    typeof inExperiment === 'boolean' &&
    [experiment, variant, reason, hashAttribute, page].every(isText) &&
    [phase, hashVersion, bucket ?? 0].every(Number.isFinite) &&
    [variants, upstream].every((list) => Array.isArray(list) && list.every(isText))
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Whether these are decisions about whom the attributes name. */
export function isOf({ unit }: Snapshot, attributes: Attributes): boolean {
  return Object.entries(unit).every(([name, id]) => asUnit(attributes[name]) === id);
}
