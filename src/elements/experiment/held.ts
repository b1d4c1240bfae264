/**
 * What somebody is looking at: all elements of an experiment show the same variant, and go on showing
 * it while one of them is in the page, whatever comes from the server meanwhile.
 */
import type { Experiments } from '../../experiments/experiments.js';
import type { Decision } from '../../experiments/decision.js';

interface Held {
  /** Null: what was painted before it was decided, in which nobody takes part. */
  decision: Decision | null;
  readonly holders: Set<Element>;
}

const clients = new WeakMap<Experiments, Map<string, Held>>();

/** The decision that is looked at; null where what is looked at was not decided. */
export function heldDecision(client: Experiments, key: string): Decision | null | undefined {
  return clients.get(client)?.get(key)?.decision;
}

/** The element shows that from now on; it takes the place of any other decision of that experiment. */
export function hold(
  client: Experiments,
  key: string,
  decision: Decision | null,
  element: Element,
): void {
  const all = clients.get(client) ?? new Map<string, Held>();
  clients.set(client, all);
  const held = all.get(key);
  if (held?.decision === decision) held.holders.add(element);
  else all.set(key, { decision, holders: new Set([element]) });
}

/** The element shows that experiment no more. */
export function release(client: Experiments, key: string, element: Element): void {
  const all = clients.get(client);
  const holders = all?.get(key)?.holders;
  holders?.delete(element);
  if (holders?.size === 0) all?.delete(key);
}
