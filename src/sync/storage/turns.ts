import { storageError } from './refusal.js';

const turns = new Map<string, Promise<unknown>>();

/** One after another, over all tabs where the platform has Web Locks. */
export async function inTurn<T>(place: string, work: () => Promise<T>): Promise<T> {
  const { locks } = globalThis.navigator ?? {};
  try {
    // Not the name by which a tab leads: that is held for hours.
    if (locks) return await locks.request(`${place}turn`, work);
    const mine = (turns.get(place) ?? Promise.resolve()).then(work);
    turns.set(
      place,
      mine.catch(() => {}),
    );
    return await mine;
  } catch (error) {
    throw storageError(error);
  }
}
