/** What `act` gives; undefined where it throws: a storage that is blocked, full or damaged is none. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
