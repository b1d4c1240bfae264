/**
 * Runs a GrowthBook SDK payload as it is: the same buckets, values, sticky documents and redirects
 * as GrowthBook's own SDK for JavaScript.
 */
import { isObject } from '../../protocol/index.js';
import type { Attributes } from '../decide.js';
import { ExperimentsError } from '../error.js';
import { own, type Context, type GrowthBookOptions } from './context.js';
import { runExperiment, runsOn } from './experiment.js';
import { evaluateFeature } from './feature.js';
import { judgeWith } from './groups.js';
import { decrypted, encryptedParts } from './payload.js';
import type {
  GrowthBookExperiment,
  GrowthBookFeatureResult,
  GrowthBookPayload,
  GrowthBookResult,
} from './types.js';

export type { GrowthBookOptions } from './context.js';
export { stickyInStorage } from './sticky.js';
export type * from './types.js';

export interface ImportOptions extends GrowthBookOptions {
  /** Base64, 16, 24 or 32 bytes, where parts of the payload are encrypted. */
  decryptionKey?: string;
  /** Called once for each experiment, unit and variation that was met. */
  track?: (experiment: GrowthBookExperiment, result: GrowthBookResult) => void;
}

/** By the steps of GrowthBook's SDK for JavaScript, `@growthbook/growthbook` 1.8; nothing throws. */
export interface GrowthBook {
  /** What a feature is for a unit with these attributes. */
  evaluateFeature(
    key: string,
    attributes: Attributes,
    options?: GrowthBookOptions,
  ): GrowthBookFeatureResult;
  /** Which variation of an experiment a unit gets: one of the app's own, or of the payload. */
  run(
    experiment: GrowthBookExperiment,
    attributes: Attributes,
    options?: GrowthBookOptions,
  ): GrowthBookResult;
  /** Where the payload's redirects send a unit from `url`; null where it may stay. */
  redirect(attributes: Attributes, options: GrowthBookOptions & { url: string }): string | null;
  /** The experiments of the payload itself, such as redirects. */
  readonly experiments: readonly GrowthBookExperiment[];
  /** What works as in GrowthBook, and should better not be kept. */
  readonly warnings: readonly string[];
}

/**
 * GrowthBook's features and experiments, ready to be asked. With a `decryptionKey` it is a promise:
 * browsers decrypt only asynchronously. Throws, or rejects with, an `ExperimentsError`: `payload` for
 * what is none, `decryption` for encrypted parts without their key.
 */
export function importGrowthBook(
  payload: GrowthBookPayload,
  options: ImportOptions & { decryptionKey: string },
): Promise<GrowthBook>;
export function importGrowthBook(
  payload: GrowthBookPayload,
  options?: Omit<ImportOptions, 'decryptionKey'>,
): GrowthBook;
export function importGrowthBook(
  payload: GrowthBookPayload,
  { decryptionKey, ...options }: ImportOptions = {},
): GrowthBook | Promise<GrowthBook> {
  if (!isObject(payload)) throw new ExperimentsError('payload', 'The payload is no object.');
  if (decryptionKey !== undefined)
    return decrypted(payload, decryptionKey).then((clear) => readPayload(clear, options));
  const [part] = encryptedParts(payload);
  if (part)
    throw new ExperimentsError(
      'decryption',
      `The payload’s ${part} is encrypted: give \`decryptionKey\`.`,
    );
  return readPayload(payload, options);
}

function readPayload(
  clear: GrowthBookPayload,
  { track, ...always }: Omit<ImportOptions, 'decryptionKey'>,
): GrowthBook {
  const { features = {}, experiments = [], savedGroups = {}, contextualBandits = {} } = clear;
  if (![features, savedGroups, contextualBandits].every(isObject) || !Array.isArray(experiments))
    throw new ExperimentsError('payload', 'The payload’s features are no object, or the like.');

  const matches = judgeWith(savedGroups);
  const trackOnce = track ? onceEach(track) : () => {};
  const contextOf = (attributes: Attributes, options?: GrowthBookOptions): Context => {
    const given: GrowthBookOptions = options ? { ...always, ...options } : always;
    return {
      url: given.url,
      forcedVariations: given.forcedVariations,
      forcedFeatures: given.forcedFeatures,
      qaMode: given.qaMode,
      enabled: given.enabled,
      sticky: given.sticky,
      features,
      bandits: contextualBandits,
      attributes,
      matches,
      track: trackOnce,
      feature: evaluateFeature,
    };
  };

  return {
    experiments,
    warnings: warningsOf(clear),
    evaluateFeature: (key, attributes, options) =>
      evaluateFeature(key, contextOf(attributes, options)),
    run: (experiment, attributes, options) =>
      runExperiment(experiment, null, contextOf(attributes, options)),
    redirect(attributes, options) {
      for (const experiment of experiments) {
        if (experiment.manual || !isRedirect(experiment, options.url)) continue;
        const { inExperiment, value } = runExperiment(
          experiment,
          null,
          contextOf(attributes, options),
        );
        if (inExperiment) return addressOf(experiment, value, options.url);
      }
      return null;
    },
  };
}

/** Once for each experiment, unit and variation. */
function onceEach(track: Context['track']): Context['track'] {
  const tracked = new Set<string>();
  return (experiment, result) => {
    const { hashAttribute, hashValue, variationId } = result;
    const once = JSON.stringify([hashAttribute, hashValue, experiment.key, variationId]);
    if (!tracked.has(once)) track(experiment, result);
    tracked.add(once);
  };
}

function redirectIn(variation: unknown): unknown {
  return isObject(variation) ? own(variation, 'urlRedirect') : undefined;
}

/** Whether it redirects, and every address is one. */
function isRedirect({ urlPatterns, variations }: GrowthBookExperiment, url: string): boolean {
  const addresses = variations.flatMap((variation) => redirectIn(variation) || []);
  const hasAny = variations.some((variation) => redirectIn(variation) !== undefined);
  return Boolean(urlPatterns) && hasAny && [url, ...addresses].every(isAddress);
}

function isAddress(address: unknown): boolean {
  return typeof address === 'string' && URL.canParse(address);
}

/** Null where the address is one that the experiment runs on: it would lead on and on. */
function addressOf(
  { urlPatterns = [], persistQueryString }: GrowthBookExperiment,
  variation: unknown,
  url: string,
): string | null {
  const address = redirectIn(variation);
  if (typeof address !== 'string' || !/^https?:/i.test(address)) return null;
  const to = new URL(address);
  for (const [name, value] of persistQueryString ? new URL(url).searchParams : [])
    if (!to.searchParams.has(name)) to.searchParams.set(name, value);
  const next = persistQueryString ? to.href : address;
  return runsOn(next, urlPatterns) ? null : next;
}

function warningsOf({ features = {}, experiments = [] }: GrowthBookPayload): string[] {
  const rules = Object.entries(features).flatMap(([id, { rules = [] }]) =>
    rules.filter(({ variations }) => variations).map((rule) => ({ ...rule, key: rule.key || id })),
  );
  const keys = [...rules, ...experiments].filter(({ hashVersion }) => (hashVersion || 1) === 1);
  return [...new Set(keys.map(({ key }) => key))].map(
    (key) =>
      `“${key}” hashes by version 1: who gets which variation goes together with other experiments of that version. New ones should use version 2.`,
  );
}
