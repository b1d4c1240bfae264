/** The app's own functions: what they throw must not decide what somebody sees. */
import type { Context } from './context.js';

/** Exposures that are remembered: this many at least, and twice as many at most. */
const REMEMBERED = 5_000;

/** Calls back once for each experiment, unit and variation. */
export function onceEach(track: Context['track']): Context['track'] {
  // Two generations: a server meets units without end.
  let before = new Set<string>();
  let now = new Set<string>();
  return (experiment, result) => {
    const { hashAttribute, hashValue, variationId } = result;
    const once = JSON.stringify([hashAttribute, hashValue, experiment.key, variationId]);
    if (now.has(once) || before.has(once)) return;
    if (now.size >= REMEMBERED) [before, now] = [now, new Set()];
    now.add(once);
    quietly(() => track(experiment, result));
  };
}

/** Calls it; what it throws, or rejects with later, is told on the console. */
export function quietly(act: () => unknown): void {
  try {
    const done = act();
    if (done instanceof Promise) done.catch((error: unknown) => console.warn(error));
  } catch (error) {
    console.warn(error);
  }
}
