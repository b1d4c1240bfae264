/**
 * The floor: IndexedDB by hand with nothing on top, 1,024 rows to a record as one JSON text (the
 * best of a sweep), one transaction. It merges nothing and cannot find a row without reading its page.
 */
import { finished, request } from './indexeddb.js';
import { BATCH, type BenchRow } from '../rows.js';
import type { Peer } from './peer.js';

const PAGE_ROWS = 1_024;

export const peer: Peer = {
  async open(database, { batches }) {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => {
      const db = opening.result;
      for (const name of ['pages', 'log', 'meta'])
        db.createObjectStore(name, { autoIncrement: true });
    };
    const db = await request(opening);

    const put = (pages: IDBObjectStore, rows: readonly BenchRow[], at: number): void => {
      for (let i = 0; i < rows.length; i += PAGE_ROWS)
        pages.put(JSON.stringify(rows.slice(i, i + PAGE_ROWS)), at + i);
    };
    const append = (record: unknown): Promise<void> => {
      const tx = db.transaction('log', 'readwrite');
      tx.objectStore('log').add(JSON.stringify(record));
      tx.commit();
      return finished(tx);
    };
    const read = async (pages?: number): Promise<BenchRow[]> => {
      const store = db.transaction('pages').objectStore('pages');
      const texts: string[] = await request(store.getAll(null, pages));
      return texts.flatMap((text) => JSON.parse(text) as BenchRow[]);
    };
    return {
      write(rows) {
        const tx = db.transaction('pages', 'readwrite');
        put(tx.objectStore('pages'), rows, 0);
        tx.commit();
        return finished(tx);
      },
      async sync() {
        for (const [i, text] of batches.entries()) {
          const tx = db.transaction(['pages', 'meta'], 'readwrite');
          put(tx.objectStore('pages'), JSON.parse(text) as BenchRow[], i * BATCH);
          tx.objectStore('meta').put(i, 'cursor');
          tx.commit();
          await finished(tx);
        }
      },
      first: async (count) => (await read(Math.ceil(count / PAGE_ROWS))).slice(0, count),
      all: () => read(),
      add: (row) => append({ row, mutation: { op: 'create', key: row.id } }),
      burst: (changes) => append(changes),
    };
  },
};
