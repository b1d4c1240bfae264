/** Dexie: `bulkAdd` for many rows, `update` for single changes, an outbox in the same transaction. */
import { Dexie, liveQuery, type EntityTable, type Table } from 'dexie';
import type { BenchRow, Change } from '../rows.js';
import type { Peer } from './peer.js';

export const peer: Peer = {
  async open(database, { batches }) {
    const db = new Dexie(database) as Dexie & {
      rows: EntityTable<BenchRow, 'id'>;
      outbox: Table<object, number>;
      meta: Table<number, string>;
    };
    db.version(1).stores({ rows: 'id, owner, rank', outbox: '++', meta: '' });
    await db.open();
    const change = ({ id, patch }: Change): Promise<unknown> =>
      db.transaction('rw', db.rows, db.outbox, async () => {
        await db.rows.update(id, patch);
        await db.outbox.add({ op: 'update', id, patch });
      });
    return {
      async write(rows) {
        await db.rows.bulkAdd(rows);
      },
      async sync() {
        for (const [i, text] of batches.entries()) {
          const rows = JSON.parse(text) as BenchRow[];
          await db.transaction('rw', db.rows, db.meta, async () => {
            await db.rows.bulkPut(rows);
            await db.meta.put(i, 'cursor');
          });
        }
      },
      first: (count) => db.rows.orderBy('id').limit(count).toArray(),
      all: () => db.rows.toArray(),
      below: (rank) => db.rows.where('rank').below(rank).toArray(),
      add: (row) =>
        db.transaction('rw', db.rows, db.outbox, async () => {
          await db.rows.add(row);
          await db.outbox.add({ op: 'create', row });
        }),
      async burst(changes) {
        await Promise.all(changes.map(change));
      },
      async watch(owners, told) {
        await Promise.all(
          owners.map(
            (owner) =>
              new Promise<void>((ready) => {
                const query = () => db.rows.where('owner').equals(owner).sortBy('rank');
                liveQuery(query).subscribe(() => {
                  ready();
                  told();
                });
              }),
          ),
        );
      },
      change,
      tellsTabs: true,
    };
  },
};
