/**
 * The six ports through which the runtime reaches the world: clock, random, network, storage
 * (`storage/storage.ts`), locks and channel. Nothing else in this folder touches a global, so the
 * same code runs in a window, a worker, Node, React Native and the simulator.
 */

export interface Clock {
  /** ms since 1970. */
  now(): number;
  /**
   * Calls back once after `ms`; returns the way to call it off. `awaited`: somebody waits for what
   * this is the end of, so a Node process must not end before.
   */
  after(ms: number, callback: () => void, awaited?: 'awaited'): () => void;
}

/** Uniform in [0, 1), with 32 random bits: ids are made of it. */
export type Random = () => number;

export type NetworkChange = 'network' | 'shown' | 'background' | 'hidden';

export interface Network {
  fetch(input: string, init?: RequestInit): Promise<Response>;
  /**
   * `false` where an answer only arrives as a whole (React Native): then there is no live stream, and
   * the server is asked every half minute.
   */
  streams?: boolean;
  /** A hint only: reachability is decided by requests. */
  online(): boolean;
  /**
   * Calls back when the hint changes, when the app comes to the front (`shown`), when another one
   * does (`background`: a phone may end it without another word), and when it is put away, perhaps
   * for good (`hidden`: a page that freezes, on its way into the back/forward cache or to its end).
   */
  onChange(callback: (change: NetworkChange) => void): () => void;
}

export interface Locks {
  /**
   * Waits for the lock of that name, holds it while `hold` runs, then lets go. Rejects with the
   * signal's reason when aborted before it was granted, and when somebody else steals it. `steal`
   * takes it at once, whoever has it.
   */
  request(
    name: string,
    options: { signal: AbortSignal } | { steal: true },
    hold: () => Promise<void>,
  ): Promise<void>;
}

/** Messages between the tabs of one origin; never back to the sender. */
export interface Channel {
  post(message: unknown): void;
  close(): void;
}
export type OpenChannel = (name: string, receive: (message: unknown) => void) => Channel;

export interface Ports {
  clock: Clock;
  random: Random;
  network: Network;
  /** Absent: the tabs find out by asking each other (`leadership.ts`). */
  locks?: Locks | undefined;
  channel: OpenChannel;
}

/** The platform's own. Reading it is safe without `window`; what is missing has a stand-in. */
export function platformPorts(): Ports {
  return {
    clock: systemClock,
    random: systemRandom(),
    network: systemNetwork,
    locks: globalThis.navigator?.locks && webLocks,
    channel: broadcast,
  };
}

const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback, awaited) {
    // Longer than 2³¹ ms a timer would fire at once.
    const timer: unknown = setTimeout(callback, Math.min(ms, 2 ** 31 - 1));
    // Else a Node process must be able to end while an engine is open; what waits is on disk.
    if (!awaited) (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer as number);
  },
};

/**
 * Cryptographic bits, drawn 256 words at a time: one call per word costs more than the word. Where
 * the platform has none (React Native without `react-native-get-random-values`) the language's own:
 * good enough to tell one's own rows apart, not to keep an id secret.
 */
export function systemRandom(): Random {
  if (!globalThis.crypto?.getRandomValues)
    return () => Math.floor(Math.random() * 2 ** 32) / 2 ** 32;
  const pool = new Uint32Array(256);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      crypto.getRandomValues(pool);
      next = 0;
    }
    return pool[next++]! / 2 ** 32;
  };
}

const systemNetwork: Network = {
  fetch: (input, init) => globalThis.fetch(input, init),
  online: () => globalThis.navigator?.onLine !== false,
  onChange(callback) {
    if (typeof globalThis.addEventListener !== 'function') return () => {};
    const end = new AbortController();
    const on = (target: EventTarget | undefined, type: string, call: () => void) =>
      target?.addEventListener(type, call, { signal: end.signal });
    for (const type of ['online', 'offline']) on(globalThis, type, () => callback('network'));
    for (const type of ['focus', 'pageshow']) on(globalThis, type, () => callback('shown'));
    on(globalThis, 'pagehide', () => callback('hidden'));
    // A frozen page of Chromium still gets messages; a transaction that it begins then never ends.
    on(globalThis.document, 'freeze', () => callback('hidden'));
    on(globalThis.document, 'resume', () => callback('shown'));
    on(globalThis.document, 'visibilitychange', () => {
      callback(document.visibilityState === 'visible' ? 'shown' : 'background');
    });
    return () => end.abort();
  },
};

const webLocks: Locks = {
  request: (name, options, hold) => navigator.locks.request(name, options, hold),
};

const broadcast: OpenChannel = (name, receive) => {
  if (!globalThis.BroadcastChannel) return { post() {}, close() {} };
  const channel = new BroadcastChannel(name);
  channel.onmessage = (event: MessageEvent) => receive(event.data);
  // A Node process must be able to end while an engine is open.
  (channel as { unref?: () => void }).unref?.();
  return {
    post: (message) => channel.postMessage(message),
    close: () => channel.close(),
  };
};
