/**
 * Runs a GrowthBook SDK payload as it is: the same buckets, values, sticky documents and redirects
 * as GrowthBook's own SDK for JavaScript.
 */
import { isObject } from '../../protocol/index.js';
import type { Attributes } from '../decide.js';
import { ExperimentsError } from '../error.js';
import { onceEach } from './callbacks.js';
import { own, type Context, type GrowthBookOptions } from './context.js';
import { notRun, runExperiment, runsOn } from './experiment.js';
import { evaluateFeature } from './feature.js';
import { judgeWith } from './groups.js';
import { decrypted, encryptedParts, wellFormed } from './payload.js';
import { warningsOf } from './warnings.js';
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
  /**
   * Called once for each experiment, unit and variation that was met, as far as the last 5,000 of them
   * and more are remembered. What it throws or rejects with is told on the console, and changes nothing.
   */
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
  const payload = wellFormed(clear);
  const { features, experiments, contextualBandits } = payload;
  const matches = judgeWith(payload.savedGroups);
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
      attributes: isObject(attributes) ? attributes : {},
      matches,
      track: trackOnce,
      feature: evaluateFeature,
    };
  };

  return {
    experiments,
    warnings: warningsOf(payload),
    evaluateFeature: (key, attributes, options) =>
      evaluateFeature(key, contextOf(attributes, options)),
    run,
    redirect(attributes, options) {
      for (const experiment of experiments) {
        if (experiment.manual || !isRedirect(experiment, options.url)) continue;
        const { inExperiment, value } = run(experiment, attributes, options);
        if (inExperiment) return addressOf(experiment, value, options.url);
      }
      return null;
    },
  };

  /** What is malformed in a way of its own runs for nobody. */
  function run(
    experiment: GrowthBookExperiment,
    attributes: Attributes,
    options?: GrowthBookOptions,
  ): GrowthBookResult {
    try {
      return runExperiment(experiment, null, contextOf(attributes, options));
    } catch {
      return notRun(experiment);
    }
  }
}

function redirectIn(variation: unknown): unknown {
  return isObject(variation) ? own(variation, 'urlRedirect') : undefined;
}

/** Whether it redirects, and every address is one. */
function isRedirect({ urlPatterns, variations }: GrowthBookExperiment, url: string): boolean {
  if (!Array.isArray(variations)) return false;
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
