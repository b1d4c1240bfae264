/**
 * The client's configuration: given by the app, or cached at once and fetched behind it; again where
 * the server is away. Whoever subscribed hears which experiments are others now.
 */
import { backoff } from '../sync/connection/backoff.js';
import { cachedConfig, fetchConfig, type ConfigSource } from './config.js';
import type { ExperimentsError } from './error.js';
import type { ExperimentConfig, ExperimentsConfig } from './model.js';
import type * as RareRules from './rare-rules.js';

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
  /** What judges patterns and addresses, where an experiment asks for it. */
  rules: typeof RareRules | undefined;
  #latest: ExperimentsConfig | undefined;
  readonly #subscribers = new Set<(keys: readonly string[]) => void>();

  constructor(private readonly host: ConfigurationHost) {}

  /** Resolves when there is one: at once, from the cache, or from the network. */
  async load(): Promise<void> {
    const { given, source } = this.host;
    const first = given ?? (source && cachedConfig(source));
    const begun = first && this.#take(first);
    const fresh = given || !source ? undefined : this.#fetch(source, 0);
    if (!first) return fresh;
    fresh?.catch(this.#tellQuietly);
    await begun;
  }

  /** Being offline is no error behind a configuration that is kept for just that, nor is it one twice. */
  readonly #tellQuietly = (error: ExperimentsError): void => {
    if (error.code !== 'unreachable') this.host.onError(error);
  };

  async #fetch(source: ConfigSource, attempt: number): Promise<void> {
    try {
      await this.#take(await fetchConfig(source), true);
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

  /** The first one is there at once; experiments that ask for rare rules wait for them. */
  async #take(config: ExperimentsConfig, isFetched = false): Promise<void> {
    const before = this.current;
    this.#latest = config;
    let usable = config;
    if (!this.rules && config.experiments.some(asksForRules)) {
      const experiments = config.experiments.map((one) =>
        asksForRules(one) ? { ...one, needs: ['rare rules'] } : one,
      );
      usable = { ...config, experiments };
      this.current ??= usable;
      this.rules = await import('./rare-rules.js').catch(() => undefined);
      if (this.#latest !== config) return;
      if (this.rules) usable = config;
      else soon(RULES_ATTEMPT, () => this.#latest === config && void this.#take(config));
    }
    const keys = changedKeys(isFetched ? before : this.current, usable);
    this.current = usable;
    if (isFetched) this.host.onFetched(keys);
    if (!before || keys.length > 0) this.tell(keys);
  }
}

/** With the patience of a fifth attempt: whoever has come this far is not away for a moment only. */
const RULES_ATTEMPT = 5;

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

function asksForRules({ urls, variants, condition }: ExperimentConfig): boolean {
  return (
    !!urls ||
    variants.some(({ redirect }) => redirect) ||
    !!JSON.stringify(condition)?.includes('$regex')
  );
}

function changedKeys(before: ExperimentsConfig | undefined, now: ExperimentsConfig): string[] {
  const lists = [before?.experiments ?? [], now.experiments];
  const texts = lists.map((list) => new Set(list.map((one) => JSON.stringify(one))));
  const changed = lists.flatMap((list) =>
    list.filter((one) => !texts.every((text) => text.has(JSON.stringify(one)))),
  );
  return [...new Set(changed.map(({ key }) => key))];
}
