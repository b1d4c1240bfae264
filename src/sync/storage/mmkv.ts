/** The same on react-native-mmkv, which maps a file into memory: synchronous and fast. */
import { keyValueStorage } from './key-value.js';
import { newLife, type Storage } from './storage.js';

/** An instance of react-native-mmkv, as far as it is used: `remove` in version 4, `delete` in 3. */
export interface Mmkv {
  getString(key: string): string | undefined;
  set(key: string, value: string): void;
  getAllKeys(): string[];
  remove?(key: string): unknown;
  delete?(key: string): unknown;
}

/**
 * `name` tells databases in one instance apart; an instance of its own is better. Instances are told
 * apart by their ids.
 */
export function mmkvStorage(instance: Mmkv, { name = 'sync' } = {}): Storage {
  return keyValueStorage(
    {
      getItem: (key) => instance.getString(key),
      setItem: (key, value) => instance.set(key, value),
      removeItem: (key) => (instance.remove ? instance.remove(key) : instance.delete?.(key)),
      keys: () => instance.getAllKeys(),
    },
    { name, store: idOf(instance) },
  );
}

/** Private in version 3, and not there in the first of version 4: then each instance counts as one. */
function idOf(instance: object): string {
  const { id } = instance as { id?: unknown };
  if (typeof id === 'string') return id;
  let made = madeIds.get(instance);
  if (made === undefined) madeIds.set(instance, (made = newLife()));
  return made;
}
const madeIds = new WeakMap<object, string>();
