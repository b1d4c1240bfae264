/** RxDB on Dexie's storage, its free one for browsers, with its own replication. */
import { createRxDatabase, type RxCollection, type RxJsonSchema } from 'rxdb/plugins/core';
import { replicateRxCollection } from 'rxdb/plugins/replication';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { ROWS, type BenchRow } from '../rows.js';
import type { Peer } from './peer.js';

const text = { type: 'string' } as const;
const schema: RxJsonSchema<BenchRow> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { ...text, maxLength: 64 },
    title: text,
    status: text,
    owner: { ...text, maxLength: 64 },
    rank: { type: 'integer', minimum: 0, maximum: 10 * ROWS, multipleOf: 1 },
    note: text,
  },
  required: ['id', 'title', 'status', 'owner', 'rank', 'note'],
  indexes: ['rank', 'owner'],
};
const replicationIdentifier = 'bench';

export const peer: Peer = {
  async open(name, { batches }) {
    const database = await createRxDatabase({ name, storage: getRxStorageDexie() });
    const collections = await database.addCollections({ rows: { schema } });
    const rows = collections['rows'] as RxCollection<BenchRow>;
    const plain = (found: readonly { toJSON(): unknown }[]): BenchRow[] =>
      found.map((row) => row.toJSON() as BenchRow);
    const update = async (id: string, patch: Partial<BenchRow>): Promise<void> => {
      const row = await rows.findOne(id).exec();
      await row?.incrementalPatch(patch);
    };
    return {
      async write(values) {
        await rows.bulkInsert([...values]);
      },
      async sync() {
        const replication = replicateRxCollection<BenchRow, { batch: number }>({
          replicationIdentifier,
          collection: rows,
          live: false,
          waitForLeadership: false,
          pull: {
            batchSize: 1_000,
            handler: async (checkpoint) => {
              const batch = checkpoint?.batch ?? 0;
              const found = JSON.parse(batches[batch] ?? '[]') as BenchRow[];
              const documents = found.map((row) => ({ ...row, _deleted: false }));
              return { documents, checkpoint: { batch: batch + 1 } };
            },
          },
        });
        await replication.awaitInitialReplication();
      },
      first: async (limit) => plain(await rows.find({ sort: [{ id: 'asc' }], limit }).exec()),
      all: async () => plain(await rows.find().exec()),
      below: async (rank) =>
        plain(await rows.find({ selector: { rank: { $lt: rank } }, index: 'rank' }).exec()),
      add: (row) => rows.insert(row),
      async burst(changes) {
        await Promise.all(changes.map(({ id, patch }) => update(id, patch)));
      },
      async drain() {
        let requests = 0;
        const replication = replicateRxCollection<BenchRow, { batch: number }>({
          replicationIdentifier,
          collection: rows,
          live: false,
          waitForLeadership: false,
          push: {
            // Its default; each batch is one request.
            batchSize: 100,
            handler: async (changed) => {
              requests++;
              JSON.parse(JSON.stringify(changed));
              return [];
            },
          },
        });
        await replication.awaitInSync();
        return requests;
      },
      async watch(owners, told) {
        await Promise.all(
          owners.map(
            (owner) =>
              new Promise<void>((ready) => {
                rows.find({ selector: { owner }, sort: [{ rank: 'asc' }] }).$.subscribe(() => {
                  ready();
                  told();
                });
              }),
          ),
        );
      },
      change: ({ id, patch }) => update(id, patch),
      tellsTabs: true,
    };
  },
};
