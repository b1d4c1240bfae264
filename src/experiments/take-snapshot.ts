import { addressOf } from './address.js';
import { decide, type Attributes, type DecideOptions } from './decide.js';
import type { ExperimentsConfig } from './model.js';
import type { Snapshot } from './snapshot.js';
import { watchPages } from './watch-pages.js';
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
  const { url = '', pages } = options;
  const page = addressOf(url);
  return snapshotOf(config, (experiment) => {
    const watched = pages ? watchPages(pages, page) : { pages, where: experiment.urls && { page } };
    const by = { ...config, ...options, pages: watched.pages };
    return { decision: decide(experiment, attributes, by), where: watched.where };
  });
}
