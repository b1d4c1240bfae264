/** The page's tracking client: the one that its experiments and flags ask. */
import type { Experiments } from '../../experiments/client.js';

let provided: Experiments | null = null;
const listeners = new Set<() => void>();

/**
 * Gives the page's experiments and flags their client: those that are there, and those to come. An
 * element with a `client` of its own asks that.
 */
export function provideExperiments(client: Experiments | null): void {
  provided = client;
  for (const listener of listeners) listener();
}

export function providedExperiments(): Experiments | null {
  return provided;
}

/** Calls back when another client is provided; returns the way out. */
export function onProvided(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
