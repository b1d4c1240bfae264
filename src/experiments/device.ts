/**
 * What the client has on the device, which takes consent: its cache, and the engine that events are
 * written with. Nothing is written before consent is granted, nothing stays when it is denied.
 */
import type { Collection, Row } from '../sync/types.js';
import { attempt } from './attempt.js';
import type { ConfigSource } from './config.js';

/** What of the sync runtime's engine events are written with. */
export interface Engine {
  readonly ready: Promise<void>;
  /** Deletes what the device has of these entities, sent or not. */
  forget(entities: readonly string[]): Promise<void>;
  collection<R extends Row>(name: string): Pick<Collection<R>, 'create' | 'get'>;
}

/** An engine that is for experiments alone. */
export interface OwnEngine extends Engine {
  /** Closes it and deletes all that the device has of it. */
  destroy(): Promise<void>;
}

type Cache = NonNullable<ConfigSource['cache']>;

export interface ConsentedCache extends Cache {
  /** Consent is granted: what was held in memory is kept from now on. */
  keep(): void;
}

/** A cache that is read at any time, and holds in memory what is written without consent. */
export function consentedCache(kept: Cache, isGranted: () => boolean): ConsentedCache {
  const held = new Map<string, string>();
  return {
    getItem: (key) => held.get(key) ?? kept.getItem(key),
    setItem: (key, text) => void (isGranted() ? kept.setItem(key, text) : held.set(key, text)),
    removeItem: (key) => kept.removeItem(key),
    keep() {
      for (const [key, text] of held) attempt(() => kept.setItem(key, text));
      held.clear();
    },
  };
}

const ENTITIES = ['exposures', 'conversions', 'identifies'];

/** The engine of the app, or one that is there only while there is consent. */
export class EventStore {
  #own: OwnEngine | undefined;

  /** @param mark under which the cache says that the device has an engine of its own */
  constructor(
    private readonly sync: Engine | (() => OwnEngine),
    private readonly cache: ConfigSource['cache'],
    private readonly mark: string,
  ) {}

  /** What can be read by now. */
  get engine(): Engine | undefined {
    return typeof this.sync === 'function' ? this.#own : this.sync;
  }

  /** The engine, which is made where there is none yet: consent is granted. */
  open(): Engine {
    const { sync, cache, mark } = this;
    if (typeof sync !== 'function') return sync;
    if (!this.#own) attempt(() => cache?.setItem(mark, '1'));
    return (this.#own ??= sync());
  }

  /** Deletes all that was recorded, also by earlier pages. */
  async forget(): Promise<void> {
    const { sync, cache, mark } = this;
    if (typeof sync !== 'function') {
      await sync.ready;
      return sync.forget(ENTITIES);
    }
    // Whoever has never agreed gets no engine just to delete it.
    if (!this.#own && cache && attempt(() => cache.getItem(mark)) === null) return;
    const own = this.#own ?? sync();
    this.#own = undefined;
    await own.destroy();
    // Where this is not reached, the next page tries again.
    attempt(() => cache?.removeItem(mark));
  }
}
