/** The engine with our transport. Its server answers inside the page, behind the network port. */
import {
  bytelystTransport,
  createSyncEngine,
  indexedDBStorage,
  type Network,
} from '../../../src/sync/index.js';
import { ModelServer } from '../../../test/sync/world/model-server.js';
import type { BenchRow } from '../rows.js';
import type { Peer } from './peer.js';

/** The leader folds the log into pages when it has rested for two seconds. */
const FOLDED = 4_000;

export const peer: Peer = {
  async open(database, { rows: values, recording }) {
    const answers = recording ? await recorded(recording) : new Map<string, string>();
    let server: ModelServer | undefined;
    const network: Network = {
      async fetch(url, init) {
        if (url.includes('/sync/live')) return never(init?.signal);
        const answer = answers.get(url);
        if (answer !== undefined) return new Response(arriving(answer));
        return (server ??= serverOf(values)).fetch(url, init);
      },
      online: () => true,
      onChange: () => () => {},
    };
    const engine = createSyncEngine({
      storage: indexedDBStorage(database),
      transport: bytelystTransport({ url: '/v1' }),
      entities: { rows: { indexes: ['rank', 'owner'] } },
      ports: { network },
    });
    engine.setOnline(false);
    await engine.ready;
    const rows = engine.collection<BenchRow>('rows');
    return {
      async write(created) {
        await rows.createMany(created);
      },
      async sync() {
        engine.setOnline(null);
        const { errors } = await engine.pull();
        if (errors.length > 0) throw new Error(JSON.stringify(errors));
      },
      settle: () => new Promise((folded) => setTimeout(folded, FOLDED)),
      first: async (limit) => rows.query({ orderBy: 'id', limit }).get(),
      all: async () => rows.query().get(),
      below: async (rank) => rows.query({ where: { rank: { $lt: rank } } }).get(),
      add: (row) => rows.create(row),
      async burst(changes) {
        await Promise.all(changes.map(({ id, patch }) => rows.update(id, patch)));
      },
      serve() {
        server = serverOf(values);
      },
      async drain() {
        const drained = new Promise<void>((done) => {
          engine.onStatusChange(({ pending }) => {
            if (pending === 0) done();
          });
        });
        engine.setOnline(null);
        await drained;
        return server!.requests.filter((request) => request.startsWith('POST')).length;
      },
      async watch(owners, told) {
        for (const owner of owners)
          rows.query({ where: { owner }, orderBy: 'rank' }).subscribe(told);
      },
      change: ({ id, patch }) => rows.update(id, patch),
      tellsTabs: true,
    };
  },
};

function serverOf(rows: readonly BenchRow[]): ModelServer {
  const server = new ModelServer();
  for (const { id, ...value } of rows) server.write('rows', id, value);
  return server;
}

async function recorded(url: string): Promise<Map<string, string>> {
  const response = await fetch(url);
  return new Map((await response.json()) as [string, string][]);
}

/** A live stream that nothing comes through. */
function never(signal?: AbortSignal | null): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('aborted')));
  });
}

/** As a network brings it: 64 KB at a time, when they are asked for. */
function arriving(answer: string): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= answer.length) return controller.close();
      controller.enqueue(encoder.encode(answer.slice(at, (at += 65_536))));
    },
  });
}
