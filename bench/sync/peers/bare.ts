/**
 * The floor: IndexedDB by hand with nothing on top, 128 rows to a record as one JSON text, one
 * transaction. It keeps no outbox, merges nothing and cannot find a row without reading its page.
 */
import { request, finished } from '../indexeddb.js';
import type { BenchRow } from '../rows.js';
import type { Peer } from './peer.js';

const PAGE_ROWS = 128;

export const peer: Peer = {
  async open(database) {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore('pages');
      opening.result.createObjectStore('log', { autoIncrement: true });
    };
    const db = await request(opening);

    const write = (rows: readonly BenchRow[]): Promise<void> => {
      const tx = db.transaction('pages', 'readwrite', { durability: 'strict' });
      const pages = tx.objectStore('pages');
      for (let i = 0; i < rows.length; i += PAGE_ROWS) {
        pages.put(JSON.stringify(rows.slice(i, i + PAGE_ROWS)), i);
      }
      tx.commit();
      return finished(tx);
    };
    const read = async (pages?: number): Promise<BenchRow[]> => {
      const store = db.transaction('pages').objectStore('pages');
      const texts: string[] = await request(store.getAll(null, pages));
      return texts.flatMap((text) => JSON.parse(text) as BenchRow[]);
    };
    return {
      write,
      fill: write,
      first: async (count) => (await read(Math.ceil(count / PAGE_ROWS))).slice(0, count),
      all: () => read(),
      burst(changes) {
        const tx = db.transaction('log', 'readwrite', { durability: 'strict' });
        tx.objectStore('log').add(JSON.stringify(changes));
        tx.commit();
        return finished(tx);
      },
    };
  },
};
