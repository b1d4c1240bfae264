/** What the overlay lists: the page's experiments, and all others that the client knows. */
import type { Experiments } from '../../experiments/experiments.js';
import type { Decision } from '../../experiments/decision.js';

export interface Entry {
  key: string;
  decision: Decision;
  /** Keys of the variants; empty where the configuration has no such experiment. */
  variants: readonly string[];
  /** How many elements of the page show it. */
  places: number;
}

/** Those of the page first, in its order; then the others, by key. */
export function entriesOf(client: Experiments, page: ParentNode): Entry[] {
  const places = new Map<string, number>();
  for (const one of page.querySelectorAll<HTMLElement & { key?: string }>(
    'bl-experiment, bl-flag',
  )) {
    const key = one.key ?? one.getAttribute('key');
    if (key) places.set(key, (places.get(key) ?? 0) + 1);
  }
  const known = new Map(client.inspect().config?.experiments.map((one) => [one.key, one]));
  const others = [...known.keys()].filter((key) => !places.has(key)).sort();
  return [...places.keys(), ...others].map((key) => ({
    key,
    decision: client.peek(key),
    variants: known.get(key)?.variants.map((variant) => variant.key) ?? [],
    places: places.get(key) ?? 0,
  }));
}
