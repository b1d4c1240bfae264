import { invalid } from './errors.js';

/**
 * The one face of everything that changes: Svelte's store contract, React's
 * `useSyncExternalStore`, a Lit controller or an Angular signal are a few lines on top. Both methods
 * may be passed on by themselves: `useSyncExternalStore(tasks.subscribe, tasks.get)`.
 */
export interface Observable<T> {
  /** The value now. The same object until it changes. */
  get(): T;
  /**
   * Calls back with the value now and after each change; returns the way out. What the callback
   * throws is reported as an uncaught error and disturbs no other.
   */
  subscribe(callback: (value: T) => void, options?: SubscribeOptions): () => void;
}

/** At once: what can't be called would fail at some later change, far from who passed it. */
export function checkCallback(callback: unknown): void {
  if (typeof callback !== 'function') throw invalid('The callback is not a function.');
}

export interface SubscribeOptions {
  /** Ends the subscription when it aborts. */
  signal?: AbortSignal | undefined;
}

/** Those who are told of a value: each of every value once, and of none after it has left. */
export class Subscribers<T> {
  // An object each, so that the same function subscribed twice is two subscriptions.
  readonly #all = new Set<{ callback: (value: T) => void; told: T }>();

  /** `onLast` is called when the last one has left. */
  constructor(private readonly onLast?: () => void) {}

  get size(): number {
    return this.#all.size;
  }

  /** Tells the value now; returns the way out. */
  add(value: T, callback: (value: T) => void, { signal }: SubscribeOptions = {}): () => void {
    checkCallback(callback);
    const subscription = { callback, told: value };
    const leave = () => {
      signal?.removeEventListener('abort', leave);
      if (this.#all.delete(subscription) && !this.#all.size) this.onLast?.();
    };
    this.#all.add(subscription);
    signal?.addEventListener('abort', leave);
    if (signal?.aborted) leave();
    else guard(() => callback(value));
    return leave;
  }

  tell(value: T): void {
    for (const subscription of [...this.#all]) {
      if (subscription.told === value || !this.#all.has(subscription)) continue;
      subscription.told = value;
      guard(() => subscription.callback(value));
    }
  }
}

/** What a callback throws is its app's business, and must reach the app's error reporting. */
export function guard(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
