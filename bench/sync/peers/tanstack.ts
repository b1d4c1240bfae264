/** TanStack DB: rows in memory, offline transactions in IndexedDB. */
import {
  BTreeIndex,
  createCollection,
  createLiveQueryCollection,
  eq,
  localOnlyCollectionOptions,
  lt,
} from '@tanstack/db';
import { IndexedDBAdapter, startOfflineExecutor } from '@tanstack/offline-transactions';
import type { BenchRow, Change } from '../rows.js';
import type { Peer } from './peer.js';

/** Tells how many transactions are in IndexedDB. */
class Adapter extends IndexedDBAdapter {
  written = 0;
  whenWritten: () => void = () => {};

  override async set(key: string, value: string): Promise<void> {
    await super.set(key, value);
    this.written++;
    this.whenWritten();
  }

  async until(count: number): Promise<void> {
    while (this.written < count) await new Promise<void>((next) => (this.whenWritten = next));
  }
}

export const peer: Peer = {
  async open(database, { rows: initialData }) {
    const rows = createCollection(
      localOnlyCollectionOptions<BenchRow, string>({
        id: 'rows',
        getKey: ({ id }) => id,
        initialData: [...initialData],
      }),
    );
    await rows.preload();
    rows.createIndex(({ rank }) => rank, { indexType: BTreeIndex });
    rows.createIndex(({ owner }) => owner, { indexType: BTreeIndex });

    let online = false;
    let requests = 0;
    const listeners = new Set<() => void>();
    const storage = new Adapter(database);
    const offline = startOfflineExecutor({
      collections: { rows },
      storage,
      mutationFns: {
        async send({ transaction }) {
          requests++;
          JSON.parse(JSON.stringify(transaction.mutations.map(({ modified }) => modified)));
        },
      },
      onlineDetector: {
        isOnline: () => online,
        notifyOnline() {},
        dispose() {},
        subscribe(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    });
    await offline.waitForInit();
    const send = (change: () => void): void =>
      void offline.createOfflineTransaction({ mutationFnName: 'send' }).mutate(change);
    const update = ({ id, patch }: Change): void =>
      send(() => rows.update(id, (row) => void Object.assign(row, patch)));
    return {
      async add(row) {
        const before = storage.written;
        send(() => rows.insert(row));
        await storage.until(before + 1);
      },
      async burst(changes) {
        const before = storage.written;
        for (const change of changes) update(change);
        await storage.until(before + changes.length);
      },
      async drain() {
        requests = 0;
        online = true;
        for (const listener of listeners) listener();
        while (offline.getPendingCount() > 0 || offline.getRunningCount() > 0)
          await new Promise((turn) => setTimeout(turn));
        return requests;
      },
      async below(rank) {
        const query = createLiveQueryCollection((q) =>
          q.from({ row: rows }).where(({ row }) => lt(row.rank, rank)),
        );
        return (await query.toArrayWhenReady()) as BenchRow[];
      },
      async watch(owners, told) {
        await Promise.all(
          owners.map(async (owner) => {
            const query = createLiveQueryCollection((q) =>
              q
                .from({ row: rows })
                .where(({ row }) => eq(row.owner, owner))
                .orderBy(({ row }) => row.rank),
            );
            await query.preload();
            query.subscribeChanges(told);
          }),
        );
      },
      async change(change) {
        const before = storage.written;
        update(change);
        await storage.until(before + 1);
      },
    };
  },
};
