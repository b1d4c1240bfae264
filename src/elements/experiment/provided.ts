/** The page's tracking client: the one that its experiments and flags ask. */
import type { Experiments } from '../../experiments/experiments.js';
import { warnOnce } from '../warn.js';

let provided: Experiments | null = null;
const listeners = new Set<() => void>();

/**
 * Gives the page's experiments and flags their client: those that are there, and those to come. An
 * element with a `client` of its own asks that.
 */
export function provideExperiments(client: Experiments | null): void {
  provided = client;
  for (const listener of listeners) listener();
  // A server has no page to look into.
  if (client && 'document' in globalThis && isDebugged(client)) void openOverlay(client);
}

export function providedExperiments(): Experiments | null {
  return provided;
}

/** Calls back when another client is provided; returns the way out. */
export function onProvided(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** `?bl-debug` asks for the overlay; whoever has forced a variant in this tab keeps it. */
function isDebugged(client: Experiments): boolean {
  const isAsked = new URLSearchParams(location.search).has('bl-debug');
  return isAsked || Object.keys(client.inspect().forced).length > 0;
}

async function openOverlay(client: Experiments): Promise<void> {
  try {
    await import('../experiment-overlay/define.js');
  } catch (error) {
    warnOnce(`The overlay of experiments could not be loaded: ${String(error)}`);
    return;
  }
  const there = document.querySelector('bl-experiment-overlay');
  const overlay = there ?? document.createElement('bl-experiment-overlay');
  overlay.client = client;
  if (there) return;
  overlay.open = true;
  document.body.append(overlay);
}
