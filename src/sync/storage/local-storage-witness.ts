import type { Witness } from './storage.js';

/** Beside a database of IndexedDB, because browsers evict that alone. */
export function localStorageWitness(database: string): Witness {
  const key = `${database}:witness`;
  return {
    read() {
      try {
        return localStorage.getItem(key);
      } catch {
        return null; // No such storage, or none that may be used: no witness.
      }
    },
    write(text) {
      try {
        if (text) localStorage.setItem(key, text);
        else localStorage.removeItem(key);
      } catch {
        // The same; or it is full, and an older note is better than none.
      }
    },
  };
}
