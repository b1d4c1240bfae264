/** `idb`, one record a row, an outbox in the same transaction. */
import { openDB, type DBSchema } from 'idb';
import type { BenchRow } from '../rows.js';
import type { Peer } from './peer.js';

interface Schema extends DBSchema {
  rows: { key: string; value: BenchRow; indexes: { rank: number } };
  outbox: { key: number; value: object };
  meta: { key: string; value: number };
}

export const peer: Peer = {
  async open(database, { batches }) {
    const db = await openDB<Schema>(database, 1, {
      upgrade(upgrading) {
        upgrading.createObjectStore('rows', { keyPath: 'id' }).createIndex('rank', 'rank');
        upgrading.createObjectStore('outbox', { autoIncrement: true });
        upgrading.createObjectStore('meta');
      },
    });
    const both = ['rows', 'outbox'] as const;
    return {
      async write(rows) {
        const tx = db.transaction('rows', 'readwrite');
        await Promise.all([...rows.map((row) => tx.store.add(row)), tx.done]);
      },
      async sync() {
        for (const [i, text] of batches.entries()) {
          const tx = db.transaction(['rows', 'meta'], 'readwrite');
          const rows = tx.objectStore('rows');
          const puts = (JSON.parse(text) as BenchRow[]).map((row) => rows.put(row));
          await Promise.all([...puts, tx.objectStore('meta').put(i, 'cursor'), tx.done]);
        }
      },
      first: (count) => db.getAll('rows', undefined, count),
      all: () => db.getAll('rows'),
      below: (rank) => db.getAllFromIndex('rows', 'rank', IDBKeyRange.upperBound(rank, true)),
      async add(row) {
        const tx = db.transaction(both, 'readwrite');
        const mutation = { op: 'create', row };
        await Promise.all([
          tx.objectStore('rows').add(row),
          tx.objectStore('outbox').add(mutation),
          tx.done,
        ]);
      },
      async burst(changes) {
        await Promise.all(
          changes.map(async (change) => {
            const tx = db.transaction(both, 'readwrite');
            const row = await tx.objectStore('rows').get(change.id);
            if (row !== undefined) void tx.objectStore('rows').put({ ...row, ...change.patch });
            void tx.objectStore('outbox').add(change);
            await tx.done;
          }),
        );
      },
    };
  },
};
