/** Who is measured, and why some rows of the table have no number for some. */
import { readFileSync } from 'node:fs';
import type { PeerName, WorkName } from './works.js';

interface PeerInfo {
  title: string;
  /** So that all fits into a quarter of an hour: no more rounds than this. */
  rounds?: number;
  /** What a bundle for an app with stored rows, queries and synchronisation imports. */
  imports: string;
  /** Rows that it has no part in, and why. */
  without: string;
  /** Rows where it does less than the others. */
  less?: Partial<Record<WorkName, string>>;
}

const noServer = 'It talks to no server and has no live queries';

export const peers: Record<PeerName, PeerInfo> = {
  bytelyst: {
    title: 'ByteLyst',
    imports: `export { createSyncEngine, indexedDBStorage, bytelystTransport } from './src/sync/index.ts';`,
    without: '',
  },
  bare: {
    title: 'bare paged IndexedDB',
    imports: '',
    without: 'The floor: what the same bytes cost with nothing on top. It finds and sends nothing.',
  },
  idb: {
    title: version('idb'),
    imports: `export { openDB } from 'idb';`,
    without: `${noServer}; 100,000 rows cost as in Dexie.`,
  },
  dexie: {
    title: version('dexie', 'Dexie'),
    imports: `export { Dexie, liveQuery } from 'dexie';`,
    without: 'Its own server is a service (Dexie Cloud); an outbox beside the rows is the app’s.',
  },
  rxdb: {
    title: version('rxdb', 'RxDB'),
    rounds: 3,
    imports: `export { createRxDatabase } from 'rxdb/plugins/core';
      export { replicateRxCollection } from 'rxdb/plugins/replication';
      export { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';`,
    without: 'On Dexie’s storage, its free one for browsers; 100,000 rows take a minute.',
  },
  pouchdb: {
    title: version('pouchdb-browser', 'PouchDB'),
    rounds: 3,
    imports: `export { default } from 'pouchdb-browser';`,
    without: 'No live queries, indexed queries only by a plug-in; 100,000 rows take minutes.',
  },
  tinybase: {
    title: version('tinybase', 'TinyBase'),
    rounds: 5,
    imports: `export { createMergeableStore, createIndexes, createQueries } from 'tinybase';
      export { createIndexedDbPersister } from 'tinybase/persisters/persister-indexed-db';
      export { createWsSynchronizer } from 'tinybase/synchronizers/synchronizer-ws-client';`,
    without:
      'It writes the whole store each time and keeps no outbox; stores synchronise by merging ' +
      'with one another. Its indexes know equality, not ranges.',
    less: {
      sync: 'in memory batch by batch, written once at the end',
      awaited: 'no outbox',
      burst: 'no outbox',
    },
  },
  replicache: {
    title: version('replicache', 'Replicache'),
    rounds: 5,
    imports: `export { Replicache } from 'replicache';`,
    without:
      'Writes resolve in memory and reach the disk in the background, about a second later, so ' +
      'it has no part in what waits for the disk. Its indexes know text, not numbers.',
    less: { sync: 'in memory only', burst: 'in memory only', live: 'in memory only' },
  },
  tanstack: {
    title: version('@tanstack/offline-transactions', 'TanStack DB offline transactions'),
    rounds: 5,
    imports: `export { createCollection, createLiveQueryCollection, localOnlyCollectionOptions } from '@tanstack/db';
      export { startOfflineExecutor } from '@tanstack/offline-transactions';`,
    without: 'Its rows are in memory and are fetched anew after a reload; the outbox is on disk.',
    less: { awaited: 'the outbox only', burst: 'the outbox only' },
  },
};

function version(name: string, title = name): string {
  const manifest: unknown = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
  return `${title} ${(manifest as { version: string }).version}`;
}
