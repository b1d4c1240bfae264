/**
 * The one face of everything that changes: Svelte's store contract, React's
 * `useSyncExternalStore`, a Lit controller or an Angular signal are a few lines on top.
 */
export interface Observable<T> {
  /** The value now. The same object until it changes. */
  get(): T;
  /** Calls back with the value now and after each change; returns the way out. */
  subscribe(callback: (value: T) => void): () => void;
}
