/** `idb`: one record per row; many rows share a transaction, single changes have one each. */
import { openDB, type DBSchema } from 'idb';
import type { BenchRow } from '../rows.js';
import type { Peer } from './peer.js';

interface Schema extends DBSchema {
  rows: { key: string; value: BenchRow };
}

const strict = { durability: 'strict' } as const;

export const peer: Peer = {
  async open(database) {
    const db = await openDB<Schema>(database, 1, {
      upgrade: (upgrading) => void upgrading.createObjectStore('rows', { keyPath: 'id' }),
    });
    const write = async (rows: readonly BenchRow[]): Promise<void> => {
      const tx = db.transaction('rows', 'readwrite', strict);
      await Promise.all([...rows.map((row) => tx.store.add(row)), tx.done]);
    };
    return {
      write,
      fill: write,
      first: (count) => db.getAll('rows', undefined, count),
      all: () => db.getAll('rows'),
      async burst(changes) {
        await Promise.all(
          changes.map(async ({ id, patch }) => {
            const tx = db.transaction('rows', 'readwrite', strict);
            const row = await tx.store.get(id);
            if (row !== undefined) void tx.store.put({ ...row, ...patch });
            await tx.done;
          }),
        );
      },
    };
  },
};
