/** The engine, offline: a write is on disk with its place in the outbox before it resolves. */
import {
  bytelystTransport,
  createSyncEngine,
  indexedDBStorage,
  type SyncEngine,
  type Transport,
} from '../../../src/sync/index.js';
import type { PullLine } from '../../../src/protocol/index.js';
import type { BenchRow } from '../rows.js';
import type { Peer } from './peer.js';

export const peer: Peer = {
  async open(database) {
    let engine = openEngine(database, bytelystTransport({ url: '/v1' }));
    engine.setOnline(false);
    await engine.ready;
    const rows = engine.collection<BenchRow>('rows');
    return {
      async write(values) {
        await Promise.all(values.map((value) => rows.create(value)));
      },
      async fill(values) {
        await engine.close();
        engine = openEngine(database, serverWith(values));
        await new Promise<void>((pulled) => {
          engine.onStatusChange(({ lastSyncedAt }) => {
            if (lastSyncedAt !== null) pulled();
          });
        });
        // The leader folds the log into pages when it has rested for two seconds.
        await new Promise((folded) => setTimeout(folded, 4_000));
        await engine.close();
      },
      first: async (count) => rows.query({ orderBy: 'id', limit: count }).get(),
      all: async () => rows.query().get(),
      async burst(changes) {
        await Promise.all(changes.map(({ id, patch }) => rows.update(id, patch)));
      },
    };
  },
};

function openEngine(database: string, transport: Transport): SyncEngine {
  const storage = indexedDBStorage(database);
  return createSyncEngine({ storage, transport, entities: { rows: {} } });
}

/** A server inside the page whose workspace holds these rows. */
function serverWith(rows: readonly BenchRow[]): Transport {
  const pageRows = 256;
  return {
    push: () => Promise.reject(new Error('Nothing is written while the rows come in.')),
    async *pull(cursor): AsyncIterable<PullLine> {
      for (let from = 0; cursor === null && from < rows.length; from += pageRows) {
        const page = rows.slice(from, from + pageRows);
        yield {
          collection: 'rows',
          from,
          to: from + page.length,
          keys: page.map(({ id }) => id),
          versions: page.map((_, i) => from + i + 1),
          values: page.map(({ id: _, ...value }) => value),
          removed: [],
          removedVersions: [],
        };
      }
      const to = rows.length;
      yield { cursor: String(to), to, more: false, epoch: '1', durable: to };
    },
  };
}
