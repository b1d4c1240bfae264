/** Replicache: reads and writes in memory, written to IndexedDB in the background. */
import {
  Replicache,
  type PatchOperation,
  type ReadTransaction,
  type WriteTransaction,
} from 'replicache';
import type { BenchRow, Change } from '../rows.js';
import type { Peer } from './peer.js';

/** It writes to disk when it is idle, within about a second. */
const PERSISTED = 4_000;
const httpRequestInfo = { httpStatusCode: 200, errorMessage: '' };

export const peer: Peer = {
  async open(name, { batches }) {
    let batch = 0;
    let requests = 0;
    let acknowledged: Record<string, number> = {};
    const rep = new Replicache({
      name,
      logLevel: 'error',
      pullInterval: null,
      // It would send while the burst goes on; `drain` asks for it.
      pushDelay: 3_600_000,
      indexes: { owner: { jsonPointer: '/owner' } },
      mutators: {
        async patch(tx: WriteTransaction, { id, patch }: Change) {
          const row = (await tx.get(id)) as BenchRow | undefined;
          await tx.set(id, { ...row, ...patch });
        },
      },
      async puller({ cookie }) {
        const rows = JSON.parse(batches[batch] ?? '[]') as BenchRow[];
        if (rows.length > 0) batch++;
        const patch: PatchOperation[] = rows.map((value) => ({ op: 'put', key: value.id, value }));
        const lastMutationIDChanges = acknowledged;
        const news = rows.length > 0 || Object.keys(acknowledged).length > 0;
        acknowledged = {};
        const next = Number(cookie) + (news ? 1 : 0);
        return { response: { cookie: next, lastMutationIDChanges, patch }, httpRequestInfo };
      },
      async pusher(request) {
        requests++;
        const { mutations } = JSON.parse(JSON.stringify(request)) as typeof request;
        for (const { id, ...mutation } of mutations)
          if ('clientID' in mutation) acknowledged[mutation.clientID] = id;
        return { httpRequestInfo };
      },
    });
    const read = (limit?: number): Promise<BenchRow[]> =>
      rep.query(
        async (tx) =>
          (await tx
            .scan(limit === undefined ? {} : { limit })
            .values()
            .toArray()) as BenchRow[],
      );
    return {
      async sync() {
        while (batch < batches.length) await rep.pull({ now: true });
        await read(1);
      },
      settle: () => new Promise((persisted) => setTimeout(persisted, PERSISTED)),
      first: (count) => read(count),
      all: () => read(),
      async watch(owners, told) {
        await Promise.all(
          owners.map(
            (owner) =>
              new Promise<void>((ready) => {
                const rows = async (tx: ReadTransaction) => {
                  const found = tx.scan({ indexName: 'owner', prefix: owner }).values().toArray();
                  return ((await found) as BenchRow[]).toSorted((a, b) => a.rank - b.rank);
                };
                rep.subscribe(rows, {
                  onData() {
                    ready();
                    told();
                  },
                });
              }),
          ),
        );
      },
      async burst(changes) {
        await Promise.all(changes.map((change) => rep.mutate.patch(change)));
      },
      change: (change) => rep.mutate.patch(change),
      async drain() {
        requests = 0;
        await rep.push({ now: true });
        await rep.pull({ now: true });
        while ((await rep.experimentalPendingMutations()).length > 0)
          await new Promise((turn) => setTimeout(turn));
        return requests;
      },
    };
  },
};
