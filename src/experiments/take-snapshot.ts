import { decide, type Attributes, type DecideOptions } from './decide.js';
import type { ExperimentsConfig } from './model.js';
import type { Snapshot } from './snapshot.js';
import { snapshotOf } from './write-snapshot.js';

/**
 * Decides all experiments for a unit, to be handed over. Experiments that redirect are left out, and
 * so is what the page’s address asks for by `?<key>=<index>`: they are no variants to show elsewhere.
 * Nor is anything decided where the unit is not known: the browser may know it.
 *
 * @param config `etag` is that of the answer it came with, if any
 */
export function takeSnapshot(
  config: ExperimentsConfig,
  attributes: Attributes,
  options: DecideOptions = {},
): Snapshot {
  return snapshotOf(config, options.url, (experiment) =>
    decide(experiment, attributes, { ...config, ...options }),
  );
}
