/**
 * Leaving a page, perhaps for good: what is only ever appended and still waits goes by requests that
 * outlive the page. Nothing is marked as sent, so that nothing has to be written at this moment: such
 * rows never change and the server knows them by their ids. It takes one that comes again for the
 * same, and one that did not arrive goes from the next page.
 */
import type { EntityConfig } from '../config.js';
import { isWaiting, type Mutation } from '../log/record.js';
import type { State } from '../log/state.js';

/** On disk and not answered, oldest first. What other tabs wrote, too: they may be gone before. */
export function departing(state: State, entities: Record<string, EntityConfig>): Mutation[] {
  return [...state.mutations.values()].filter(
    (mutation) => entities[mutation.collection]?.append && mutation.value && isWaiting(mutation),
  );
}
