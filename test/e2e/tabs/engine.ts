import { bytelystTransport, createSyncEngine, indexedDBStorage } from '../../../src/sync/index.js';

/** The same engine in the pages and in their service worker. */
export const engine = () =>
  createSyncEngine({
    storage: indexedDBStorage('tabs'),
    transport: bytelystTransport({ url: '/v1' }),
    entities: { tasks: {} },
  });
