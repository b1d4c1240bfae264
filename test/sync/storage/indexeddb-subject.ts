/** IndexedDB whose n-th request fails: every storage operation is one of the calls patched here. */
import { indexedDBStorage } from '../../../src/sync/index.js';
import { FaultPlan, type Subject } from './subject.js';

type Call = (...args: unknown[]) => unknown;
type Patched = Record<string, Call>;

const plan = new FaultPlan();
let patched = false;

export function indexedDBSubject(): Subject {
  patch();
  return {
    storage: indexedDBStorage(`test-${crypto.randomUUID()}`),
    inject: (fault, after) => plan.inject(fault, after),
    heal: () => plan.heal(),
  };
}

/** As when the browser's database process dies: what is under way is undone, nothing opens. */
function patch(): void {
  if (patched) return;
  patched = true;
  const stores = IDBObjectStore.prototype as unknown as Patched;
  for (const method of ['add', 'put', 'delete', 'get', 'getKey', 'getAll', 'getAllKeys'])
    intercept(stores, method, (call, store) => {
      const request = call();
      undo((store as IDBObjectStore).transaction);
      return request;
    });
  const transactions = IDBTransaction.prototype as unknown as Patched;
  intercept(transactions, 'commit', (_, tx) => (tx as IDBTransaction).abort());
  const commit = transactions.commit!;
  transactions.commit = function (this: unknown) {
    return undone.has(this as IDBTransaction) ? undefined : commit.apply(this);
  };
  intercept(IDBFactory.prototype as unknown as Patched, 'open', () => {
    throw new DOMException('Connection to Indexed Database server lost.', 'UnknownError');
  });
}

const undone = new WeakSet<IDBTransaction>();

/** When the requests of this turn are made: none of them comes through. */
function undo(tx: IDBTransaction): void {
  if (undone.has(tx)) return;
  undone.add(tx);
  queueMicrotask(() => tx.abort());
}

function intercept(
  prototype: Patched,
  method: string,
  fail: (call: () => unknown, target: unknown) => unknown,
): void {
  const original = prototype[method]!;
  prototype[method] = function (this: unknown, ...args: unknown[]) {
    const call = () => original.apply(this, args);
    return plan.next() ? fail(call, this) : call();
  };
}
