/** Where the tracking client has its configuration from: the network, and the last one offline. */
import { isObject } from '../protocol/index.js';
import { ExperimentsError, type ExperimentsErrorCode } from './error.js';
import type { ExperimentsConfig } from './model.js';

export interface ConfigSource {
  /** E.g. `/v1/config`. */
  url: string;
  /** A public write key, sent as bearer token. */
  writeKey: string | undefined;
  fetch: typeof fetch;
  /** Keeps the last configuration for when the network is off. */
  cache: Pick<Storage, 'getItem' | 'setItem'> | undefined;
}

/** The configuration that was fetched last on this device, if any. */
export function cachedConfig({ url, cache }: ConfigSource): ExperimentsConfig | undefined {
  try {
    const config: unknown = JSON.parse(cache?.getItem(cacheKey(url)) ?? 'null');
    return isConfig(config) ? config : undefined;
  } catch {
    return undefined; // A cache that is blocked or damaged is no cache.
  }
}

/** Fetches the configuration and keeps it. Rejects with an `ExperimentsError`. */
export async function fetchConfig(source: ConfigSource): Promise<ExperimentsConfig> {
  const { url, writeKey, cache } = source;
  const fail = (code: ExperimentsErrorCode, why: string, cause?: unknown): never => {
    throw new ExperimentsError(code, `The configuration at ${url} ${why}.`, { cause });
  };
  const away = (error: unknown): never => fail('unreachable', 'could not be reached', error);
  const headers: HeadersInit =
    writeKey === undefined ? {} : { authorization: `Bearer ${writeKey}` };
  const response = await source.fetch(url, { headers }).catch(away);
  const { ok, status } = response;
  // A server that is overloaded or restarting is away, too.
  const isAway = status >= 500 || status === 429;
  if (!ok) fail(isAway ? 'unreachable' : 'config', `answered ${status}`);
  // A connection that ends halfway is no fault of the configuration.
  const text = await response.text().catch(away);
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    fail('config', 'is not JSON', error);
  }
  if (!isConfig(config)) return fail('config', 'holds no list of experiments');
  const etag = response.headers.get('etag');
  if (etag !== null) config.etag = etag;
  config.fetchedAt = Date.now();
  try {
    cache?.setItem(cacheKey(url), JSON.stringify(config));
  } catch {
    // Full or blocked: the next page fetches again.
  }
  return config;
}

/** What keeps it where the app names nothing else. */
export function localCache(): ConfigSource['cache'] {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined; // Blocked by the browser's settings.
  }
}

function cacheKey(url: string): string {
  return `bytelyst-experiments:${url}`;
}

function isConfig(value: unknown): value is ExperimentsConfig {
  return (
    isObject(value) &&
    Array.isArray(value.experiments) &&
    value.experiments.every(isExperiment) &&
    Object.values(value.groups ?? {}).every(Array.isArray)
  );
}

function isExperiment(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { key, status, hashAttribute, seed, phase, hashVersion, coverage, variants } = value;
  const { filters = [], prerequisites = [], urls = [], layer, namespace = [] } = value;
  return (
    [filters, prerequisites, urls, namespace].every(Array.isArray) &&
    [...(filters as unknown[]), ...(layer === undefined ? [] : [layer])].every(isFilter) &&
    [...(prerequisites as unknown[]), ...(urls as unknown[])].every(isObject) &&
    [key, status, hashAttribute, seed].every((text) => typeof text === 'string') &&
    [phase, hashVersion, coverage].every(Number.isFinite) &&
    Array.isArray(variants) &&
    variants.every(
      (variant) =>
        isObject(variant) && typeof variant.key === 'string' && Number.isFinite(variant.weight),
    )
  );
}

function isFilter(value: unknown): boolean {
  return isObject(value) && Array.isArray(value.ranges) && value.ranges.every(Array.isArray);
}
