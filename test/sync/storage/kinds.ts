/** The storages that run anywhere. */
import {
  encryptedStorage,
  keyValueStorage,
  memoryStorage,
  mmkvStorage,
  type Mmkv,
} from '../../../src/sync/index.js';
import { asyncKeyValue, FaultPlan, keyValueSubject, mapKeyValue, type Subject } from './subject.js';

/** 32 bytes, the same in every run. */
export const key = Uint8Array.from({ length: 32 }, (_, i) => i * 7);

export function encrypted(subject: Subject): Subject {
  return { ...subject, storage: encryptedStorage(subject.storage, { key }) };
}

export function memorySubject(): Subject {
  // Nothing in memory can fail half-way: the faults never come.
  return { storage: memoryStorage(), inject() {}, heal: () => 0 };
}

/** An instance of react-native-mmkv whose calls can fail. */
export function mmkvSubject(instance: Mmkv): Subject {
  const plan = new FaultPlan();
  const faulty = new Proxy(instance, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (plan.next()) throw new Error('MMKV failed.');
        return Reflect.apply(member, target, args);
      };
    },
  });
  return {
    storage: mmkvStorage(faulty, { name: 'conformance' }),
    inject: (fault, after) => plan.inject(fault, after),
    heal: () => plan.heal(),
    keys: async () => instance.getAllKeys(),
  };
}

export const everywhere: Record<string, () => Subject> = {
  memory: memorySubject,
  'a key-value': () => keyValueSubject(mapKeyValue(), (kv) => keyValueStorage(kv, { name: 'a:b' })),
  'an asynchronous key-value': () =>
    keyValueSubject(asyncKeyValue(), (kv) => keyValueStorage(kv, { name: 'ä/%' })),
  'encrypted memory': () => encrypted(memorySubject()),
  'an encrypted key-value': () =>
    encrypted(keyValueSubject(mapKeyValue(), (kv) => keyValueStorage(kv, { name: 'secret' }))),
};
