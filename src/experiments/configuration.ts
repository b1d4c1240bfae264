/**
 * The client's configuration: given by the app, or cached at once and fetched behind it; again where
 * the server is away. Whoever subscribed hears which experiments are others now.
 */
import { backoff } from '../sync/connection/backoff.js';
import { cachedConfig, fetchConfig, type ConfigSource } from './config.js';
import type { ExperimentsError } from './error.js';
import type { ExperimentsConfig } from './model.js';

export interface ConfigurationHost {
  /** The configuration, where the app has it. */
  given: ExperimentsConfig | undefined;
  /** Where it comes from else; absent, there is none but the given. */
  source: ConfigSource | undefined;
  /** A configuration was fetched, with these experiments changed; before subscribers hear of it. */
  onFetched(keys: readonly string[]): void;
  onError(error: ExperimentsError): void;
}

export class Configuration {
  current: ExperimentsConfig | undefined;
  readonly #subscribers = new Set<(keys: readonly string[]) => void>();

  constructor(private readonly host: ConfigurationHost) {
    this.current = host.given;
  }

  /** Resolves when there is one: at once, from the cache, or from the network. */
  async load(): Promise<void> {
    const { source } = this.host;
    if (this.current !== undefined || source === undefined) return;
    this.current = cachedConfig(source);
    const fresh = this.#fetch(source, 0);
    if (this.current === undefined) return fresh;
    fresh.catch(this.#tellQuietly);
  }

  /** Being offline is no error behind a configuration that is kept for just that, nor is it one twice. */
  readonly #tellQuietly = (error: ExperimentsError): void => {
    if (error.code !== 'unreachable') this.host.onError(error);
  };

  async #fetch(source: ConfigSource, attempt: number): Promise<void> {
    try {
      this.#replace(await fetchConfig(source));
    } catch (error) {
      if ((error as ExperimentsError).code === 'unreachable')
        soon(attempt, () => void this.#fetch(source, attempt + 1).catch(this.#tellQuietly));
      throw error;
    }
  }

  subscribe(callback: (keys: readonly string[]) => void): () => void {
    const told = (keys: readonly string[]): void => callback(keys);
    this.#subscribers.add(told);
    return () => void this.#subscribers.delete(told);
  }

  /** Tells subscribers that these experiments may be decided otherwise now. */
  tell(keys: readonly string[]): void {
    for (const told of this.#subscribers) told(keys);
  }

  #replace(fetched: ExperimentsConfig): void {
    const isFirst = this.current === undefined;
    const keys = changedKeys(this.current, fetched);
    this.current = fetched;
    this.host.onFetched(keys);
    if (isFirst || keys.length > 0) this.tell(keys);
  }
}

/** With the sync engine's patience, and at once when the device is online again. */
function soon(attempt: number, act: () => void): void {
  const once = (): void => {
    clearTimeout(timer);
    globalThis.removeEventListener?.('online', once);
    act();
  };
  const timer = setTimeout(once, backoff(attempt, Math.random));
  globalThis.addEventListener?.('online', once);
}

function changedKeys(before: ExperimentsConfig | undefined, now: ExperimentsConfig): string[] {
  const texts = (config?: ExperimentsConfig): Map<string, string> =>
    new Map(config?.experiments.map((one) => [one.key, JSON.stringify(one)]));
  const [old, fresh] = [texts(before), texts(now)];
  return [...new Set([...old.keys(), ...fresh.keys()])].filter(
    (key) => old.get(key) !== fresh.get(key),
  );
}
