import { createMMKV as mmkv3 } from 'react-native-mmkv-3/lib/module/createMMKV.web.js';
import { createMMKV as mmkv4 } from 'react-native-mmkv-4/lib/createMMKV/createMMKV.web.js';
import { localStorageStorage } from '../../../src/sync/index.js';
import { describeStorage } from './conformance.js';
import { indexedDBSubject } from './indexeddb-subject.js';
import { encrypted, everywhere, mmkvSubject } from './kinds.js';
import { FaultPlan, type Subject } from './subject.js';

// React Native's bundler gives the page this name; MMKV's web build rests on it.
Object.assign(globalThis, { global: globalThis });

let count = 0;

for (const [kind, make] of Object.entries(everywhere)) describeStorage(kind, make);
describeStorage('IndexedDB', indexedDBSubject);
describeStorage('encrypted IndexedDB', () => encrypted(indexedDBSubject()));
describeStorage('localStorage', localStorageSubject);
describeStorage('MMKV 3', () => mmkvSubject(mmkv3({ id: `three-${++count}` })));
describeStorage('MMKV 4', () => mmkvSubject(mmkv4({ id: `four-${++count}` })));

/** The page's own localStorage, whose methods can fail. */
function localStorageSubject(): Subject {
  const name = `test-${++count}`;
  const plan = new FaultPlan();
  const methods = Storage.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const whole: typeof methods = {};
  return {
    storage: localStorageStorage(name),
    inject(fault, after) {
      plan.inject(fault, after);
      for (const method of ['getItem', 'setItem', 'removeItem']) {
        whole[method] ??= methods[method]!;
        methods[method] = function (this: unknown, ...args) {
          if (plan.next()) throw new Error('localStorage failed.');
          return whole[method]!.apply(this, args);
        };
      }
    },
    heal() {
      Object.assign(methods, whole);
      return plan.heal();
    },
    keys: async () =>
      Object.keys(localStorage).filter((key) => key.startsWith(`bytelyst-kv:${name}:`)),
  };
}
