/** PouchDB, replicating with a CouchDB that answers inside the page. */
import PouchDB from 'pouchdb-browser';
import { BATCH, type BenchRow } from '../rows.js';
import type { Peer, Server } from './peer.js';

const REV = '1-967a00dff5e02add41819138abb3284d';

export const peer: Peer = {
  async open(name, server) {
    const db = new PouchDB(name, { auto_compaction: true });
    const couch = couchOf(server);
    const remote = new PouchDB('http://couch.invalid/rows', {
      skip_setup: true,
      fetch: couch.fetch,
    });
    const plain = ({ rows }: { rows: { doc: BenchRow }[] }): BenchRow[] =>
      rows.map(({ doc }) => doc);
    return {
      async write(rows) {
        await db.bulkDocs(rows.map((row) => ({ _id: row.id, ...row })));
      },
      async sync() {
        await db.replicate.from(remote, { batch_size: BATCH });
      },
      first: async (limit) => plain(await db.allDocs<BenchRow>({ include_docs: true, limit })),
      all: async () => plain(await db.allDocs<BenchRow>({ include_docs: true })),
      add: (row) => db.put({ _id: row.id, ...row }),
      async burst(changes) {
        await Promise.all(
          changes.map(async ({ id, patch }) =>
            db.put({ ...(await db.get<BenchRow>(id)), ...patch }),
          ),
        );
      },
      async drain() {
        couch.requests = 0;
        await db.replicate.to(remote);
        return couch.requests;
      },
    };
  },
};

/** The part of CouchDB's HTTP interface that replication speaks. */
function couchOf({ batches }: Server) {
  const last = batches.length * BATCH;
  /** Documents as their batches' texts; parsed where CouchDB would read its disk. */
  const batchAt = (since: number): BenchRow[] =>
    JSON.parse(batches[Math.floor(since / BATCH)] ?? '[]') as BenchRow[];
  const known = new Map<string, BenchRow>();
  const couch = {
    requests: 0,
    async fetch(input: string | Request, init: RequestInit = {}): Promise<Response> {
      couch.requests++;
      const url = new URL(typeof input === 'string' ? input : input.url);
      const path = url.pathname.replace('/rows', '');
      const body = typeof init.body === 'string' ? (JSON.parse(init.body) as never) : undefined;
      return Response.json(...answer(path, url.searchParams, init.method, body));
    },
  };
  return couch;

  function answer(
    path: string,
    query: URLSearchParams,
    method = 'GET',
    body?: { docs: { id: string }[] } | Record<string, string[]>,
  ): [unknown, ResponseInit?] {
    if (path.startsWith('/_local/'))
      return method === 'PUT'
        ? [{ ok: true, rev: '0-1' }]
        : [{ error: 'not_found' }, { status: 404 }];
    switch (path) {
      case '/_changes': {
        const since = Number(query.get('since') ?? 0);
        const rows = batchAt(since);
        for (const row of rows) known.set(row.id, row);
        const changes = [{ rev: REV }];
        const results = rows.map(({ id }, i) => ({ seq: since + i + 1, id, changes }));
        return [{ results, last_seq: since + rows.length, pending: last - since - rows.length }];
      }
      case '/_bulk_get': {
        const results = (body as { docs: { id: string }[] }).docs.map(({ id }) => {
          const ok = { _id: id, _rev: REV, ...known.get(id) };
          return { id, docs: [{ ok: { ...ok, _revisions: { start: 1, ids: [REV.slice(2)] } } }] };
        });
        return [{ results }];
      }
      case '/_revs_diff': {
        // It has the rows as they were pulled, and nothing newer.
        const missing = Object.entries(body as Record<string, string[]>).flatMap(([id, revs]) => {
          const news = revs.filter((rev) => !rev.startsWith('1-'));
          return news.length > 0 ? [[id, { missing: news }]] : [];
        });
        return [Object.fromEntries(missing)];
      }
      case '/_bulk_docs':
        return [[], { status: 201 }];
      case '/':
      case '':
        return [{ db_name: 'rows', doc_count: last, update_seq: last, instance_start_time: '0' }];
      default:
        throw new Error(`CouchDB is asked for ${method} ${path}.`);
    }
  }
}
