/** Dexie: `bulkAdd` for many rows, `update` for single changes. */
import { Dexie, type EntityTable } from 'dexie';
import type { BenchRow } from '../rows.js';
import type { Peer } from './peer.js';

export const peer: Peer = {
  async open(database) {
    const db = new Dexie(database, { chromeTransactionDurability: 'strict' }) as Dexie & {
      rows: EntityTable<BenchRow, 'id'>;
    };
    db.version(1).stores({ rows: 'id, status' });
    await db.open();
    const write = async (rows: readonly BenchRow[]): Promise<void> => {
      await db.rows.bulkAdd(rows);
    };
    return {
      write,
      fill: write,
      first: (count) => db.rows.orderBy('id').limit(count).toArray(),
      all: () => db.rows.toArray(),
      async burst(changes) {
        await Promise.all(changes.map(({ id, patch }) => db.rows.update(id, patch)));
      },
    };
  },
};
