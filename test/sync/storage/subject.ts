/** A storage under test, with its device's faults in the test's hand. */
import type { KeyValue, Storage } from '../../../src/sync/index.js';

/** `crash`: the device stops for good. `hiccup`: one operation fails, the next ones work. */
export type Fault = 'crash' | 'hiccup';

export interface Subject {
  storage: Storage;
  /** From here on `after` operations are carried out, then the fault. */
  inject(fault: Fault, after: number): void;
  /** The device is well again; answers how many operations there were, the refused ones too. */
  heal(): number;
  /** Keys in the store, where there are keys. */
  keys?(): Promise<string[]>;
}

/** Counts operations and says which of them fail. */
export class FaultPlan {
  #count = 0;
  #failing: ((operation: number) => boolean) | null = null;

  inject(fault: Fault, after: number): void {
    this.#count = 0;
    this.#failing = (n) => (fault === 'crash' ? n > after : n === after + 1);
  }

  heal(): number {
    this.#failing = null;
    return this.#count;
  }

  /** Whether the operation that is about to be carried out fails. */
  next(): boolean {
    this.#count++;
    return this.#failing?.(this.#count) ?? false;
  }
}

/** A storage on a key-value store whose operations can fail. */
export function keyValueSubject(kv: KeyValue, make: (kv: KeyValue) => Storage): Subject {
  const plan = new FaultPlan();
  const perhaps = <T>(work: () => T): T => {
    if (plan.next()) throw new Error('The device failed.');
    return work();
  };
  const faulty: KeyValue = {
    getItem: (key) => perhaps(() => kv.getItem(key)),
    setItem: (key, value) => perhaps(() => kv.setItem(key, value)),
    removeItem: (key) => perhaps(() => kv.removeItem(key)),
    keys: () => perhaps(() => kv.keys()),
  };
  return {
    storage: make(faulty),
    inject: (fault, after) => plan.inject(fault, after),
    heal: () => plan.heal(),
    keys: async () => [...(await kv.keys())],
  };
}

/** A store of texts in memory. */
export function mapKeyValue(map = new Map<string, string>()): KeyValue {
  return {
    getItem: (key) => map.get(key),
    setItem: (key, value) => map.set(key, value),
    removeItem: (key) => map.delete(key),
    keys: () => [...map.keys()],
  };
}

/** The same with an answer that takes its time, like AsyncStorage. */
export function asyncKeyValue(map = new Map<string, string>()): KeyValue {
  const later = async () => {
    for (let i = 0; i < 3; i++) await Promise.resolve();
  };
  return {
    getItem: (key) => later().then(() => map.get(key) ?? null),
    setItem: (key, value) => later().then(() => map.set(key, value)),
    removeItem: (key) => later().then(() => map.delete(key)),
    keys: () => later().then(() => [...map.keys()]),
  };
}
