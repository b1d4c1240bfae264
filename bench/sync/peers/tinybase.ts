/** TinyBase: all in memory, the whole store written by its IndexedDB persister. */
import { createIndexes, createQueries, createStore } from 'tinybase';
import { createIndexedDbPersister } from 'tinybase/persisters/persister-indexed-db';
import type { BenchRow, Change } from '../rows.js';
import type { Peer } from './peer.js';

const TABLE = 'rows';

export const peer: Peer = {
  async open(database, { batches }) {
    const store = createStore();
    const indexes = createIndexes(store);
    indexes.setIndexDefinition('owner', TABLE, 'owner', 'rank');
    const persister = createIndexedDbPersister(store, database);
    await persister.load();
    const row = (id: string): BenchRow => ({ ...store.getRow(TABLE, id), id }) as BenchRow;
    const put = (rows: readonly BenchRow[]): void => {
      store.transaction(() => {
        for (const { id, ...cells } of rows) store.setRow(TABLE, id, cells);
      });
    };
    const patch = ({ id, patch: { title } }: Change): void =>
      void store.setCell(TABLE, id, 'title', title);
    return {
      async write(rows) {
        put(rows);
        await persister.save();
      },
      async sync() {
        for (const [i, text] of batches.entries()) {
          put(JSON.parse(text) as BenchRow[]);
          store.setValue('cursor', i);
        }
        // Saving after each batch would write everything each time; once is the best it can do.
        await persister.save();
      },
      first: async (count) => store.getSortedRowIds(TABLE, undefined, false, 0, count).map(row),
      all: async () => store.getRowIds(TABLE).map(row),
      async add({ id, ...cells }) {
        store.setRow(TABLE, id, cells);
        await persister.save();
      },
      async burst(changes) {
        for (const change of changes) patch(change);
        await persister.save();
      },
      async watch(owners, told) {
        const queries = createQueries(store);
        owners.forEach((owner, i) => {
          queries.setQueryDefinition(`${i}`, TABLE, ({ select, where }) => {
            for (const cell of ['title', 'status', 'owner', 'rank', 'note']) select(cell);
            where('owner', owner);
          });
          queries.addResultTableListener(`${i}`, () => {
            queries.getResultSortedRowIds(`${i}`, 'rank');
            told();
          });
        });
      },
      async change(change) {
        patch(change);
        await persister.save();
      },
    };
  },
};
