/** Where the tracking client has its configuration from: the network, and the last one offline. */
import { attempt } from './attempt.js';
import { ExperimentsError, type ExperimentsErrorCode } from './error.js';
import type { ExperimentsConfig } from './model.js';
import { isLike } from './shape.js';

export interface ConfigSource {
  /** E.g. `/v1/config`. */
  url: string;
  /** A public write key, sent as bearer token. */
  writeKey: string | undefined;
  fetch: typeof fetch;
  /** Keeps the last configuration for when the network is off. */
  cache: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined;
}

/** ms after which a server that does not answer is away. */
const PATIENCE = 8_000;

/** The configuration that was fetched last on this device, if any. */
export function cachedConfig({ url, cache }: ConfigSource): ExperimentsConfig | undefined {
  const config: unknown = attempt(() => JSON.parse(cache?.getItem(cacheKey(url)) ?? 'null'));
  return isConfig(config) ? config : undefined;
}

/** Fetches the configuration and keeps it. Rejects with an `ExperimentsError`. */
export async function fetchConfig(source: ConfigSource): Promise<ExperimentsConfig> {
  const { url, writeKey, cache } = source;
  let code: ExperimentsErrorCode = 'unreachable';
  let why = 'could not be reached';
  let cause: unknown;
  try {
    const headers: HeadersInit =
      writeKey === undefined ? {} : { authorization: `Bearer ${writeKey}` };
    const response = await source.fetch(url, {
      headers,
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { ok, status } = response;
    if (!ok) why = `answered ${status}`;
    // A connection that ends halfway is no fault of the configuration.
    const text = await response.text();
    // A server that is overloaded or restarting is away, too.
    if (status < 500 && status !== 429) code = 'config';
    if (ok) why = 'is not JSON';
    const config: unknown = ok && JSON.parse(text);
    if (isConfig(config)) {
      const etag = response.headers.get('etag');
      if (etag !== null) config.etag = etag;
      config.fetchedAt = Date.now();
      attempt(() => cache?.setItem(cacheKey(url), JSON.stringify(config)));
      return config;
    }
    if (ok) why = 'holds no list of experiments';
  } catch (error) {
    cause = error;
  }
  throw new ExperimentsError(code, `The configuration at ${url} ${why}.`, { cause });
}

/** What keeps it where the app names nothing else. */
export function localCache(): ConfigSource['cache'] {
  return attempt(() => globalThis.localStorage); // The browser's settings may block it.
}

/** Under which key it is kept. */
export function cacheKey(url: string): string {
  return `bytelyst-experiments:${url}`;
}

function isConfig(value: unknown): value is ExperimentsConfig {
  return (
    isLike(value, { experiments: [EXPERIMENT], 'groups?': {} }) &&
    isLike(Object.values((value as ExperimentsConfig).groups ?? {}), [[]])
  );
}

const FILTER = { ranges: [[]] };

/** What deciding relies on. */
const EXPERIMENT = {
  key: '',
  status: '',
  hashAttribute: '',
  seed: '',
  phase: 1,
  hashVersion: 3,
  coverage: 1,
  variants: [{ key: '', weight: 1 }],
  'filters?': [FILTER],
  'layer?': FILTER,
  'namespace?': [],
  'needs?': [''],
  'prerequisites?': [{}],
  'urls?': [{ pattern: '' }],
};
