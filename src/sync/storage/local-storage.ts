/**
 * The same on `localStorage`, where there is no IndexedDB: 5 MB for the whole origin in most
 * browsers, and every access blocks the page. docs/storage.md says what it can't promise.
 */
import { SyncError } from '../errors.js';
import { keyValueStorage, type KeyValue } from './key-value.js';
import type { Storage } from './storage.js';

export function localStorageStorage(name: string): Storage {
  return keyValueStorage(kv, { name });
}

const kv: KeyValue = {
  getItem: (key) => local().getItem(key),
  setItem: (key, value) => local().setItem(key, value),
  removeItem: (key) => local().removeItem(key),
  keys: () => Object.keys(local()),
};

/** Looked up with each use: importing is safe anywhere, and some browsers throw at the mention. */
function local(): globalThis.Storage {
  try {
    return globalThis.localStorage ?? missing();
  } catch (cause) {
    return missing(cause);
  }
}

function missing(cause?: unknown): never {
  throw new SyncError('unavailable', 'There is no localStorage here: use memoryStorage.', {
    cause,
  });
}
