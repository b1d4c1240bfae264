/**
 * The model that the runtime's tests talk to (test/sync/world/model-server.ts) against the server
 * itself: whatever is pushed and pulled, both must answer the same.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import type {
  JsonObject,
  Operation,
  Problem,
  PullEnd,
  PullPage,
  PushRequest,
  PushResponse,
  PushResult,
  Scopes,
  WireMutation,
} from '../../src/protocol/index.js';
import type { Server } from '../../src/server/server.js';
import type { Network } from '../../src/sync/index.js';
import { ModelServer } from '../sync/world/model-server.js';
import { checkRanges, startServer, tokenFor } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';
import { fetchFrom } from './fetch.js';

type Fetch = Network['fetch'];

/** What must be the same: problems by their code, epochs by whether they are the server's own. */
interface PushAnswer {
  status: number;
  results?: unknown[];
  ownEpoch?: boolean;
  seq?: number;
  durable?: number;
  code?: string;
}

async function push(fetch: Fetch, body: PushRequest, ownEpoch: string): Promise<PushAnswer> {
  const response = await fetch('/v1/sync/push', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { status } = response;
  if (status !== 200) return { status, code: ((await response.json()) as Problem).code };
  const { results, epoch, ...counters } = (await response.json()) as PushResponse;
  const told = (result: PushResult) =>
    result.outcome === 'rejected' ? { ...result, problem: result.problem.code } : result;
  return { status, results: results.map(told), ownEpoch: epoch === ownEpoch, ...counters };
}

interface PullAnswer {
  pages: PullPage[];
  end: Omit<PullEnd, 'cursor' | 'epoch'> | { reset: string };
}

/** One device's pulls from one server: it keeps the cursor. */
class Reader {
  #cursor: string | null = null;
  #at = 0;

  constructor(
    private readonly fetch: Fetch,
    private readonly collections: string,
  ) {}

  async pull(limit?: number, scopes?: Scopes): Promise<PullAnswer> {
    const query = new URLSearchParams({ collections: this.collections });
    if (scopes) query.set('scopes', JSON.stringify(scopes));
    if (this.#cursor !== null) query.set('cursor', this.#cursor);
    if (limit !== undefined) query.set('limit', String(limit));
    const text = await (await this.fetch(`/v1/sync/pull?${query}`)).text();
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const last = lines.at(-1);
    if (last.reset) {
      this.#cursor = null;
      this.#at = 0;
      return { pages: [], end: { reset: last.reason } };
    }
    const { cursor, epoch: _, ...end } = last as PullEnd;
    const pages = lines.filter((line) => 'keys' in line);
    expect(checkRanges(pages, this.#at)).to.be.at.most(end.to);
    this.#cursor = cursor;
    this.#at = end.to;
    return { pages, end };
  }
}

/** Both servers with the same past: says everything to both, and fails when an answer differs. */
class Pair {
  readonly #readers: Record<string, [model: Reader, real: Reader]>;

  private constructor(
    readonly model: ModelServer,
    private readonly real: Fetch,
    private readonly epoch: string,
    private readonly workspace: string,
  ) {
    const asked: Fetch = (url, init) => model.fetch(url, init);
    const readers = (collections: string): [Reader, Reader] => [
      new Reader(asked, collections),
      new Reader(real, collections),
    ];
    this.#readers = { tasks: readers('tasks'), both: readers('tasks,metrics') };
  }

  static async on(server: Server): Promise<Pair> {
    const workspace = newWorkspace();
    const real = fetchFrom(server, `Bearer ${await tokenFor(workspace)}`);
    const model = new ModelServer();
    model.onDisk = (await server.context.database.durability()) === 'disk';
    model.refuse = ({ value, patch }) => {
      const { title, name } = value ?? patch ?? {};
      return typeof title === 'number' || typeof name === 'number';
    };
    return new Pair(model, real, server.context.identity.epoch, workspace);
  }

  /** `epoch`: the servers' own, another one, or none. */
  async push(
    client: string,
    mutations: WireMutation[],
    epoch: 'own' | 'other' | 'none' = 'own',
    earlier = false,
  ): Promise<PushAnswer> {
    const body = (own: string): PushRequest => ({
      // A client belongs to one user of one workspace.
      client: `${this.workspace}-${client}`,
      mutations,
      ...(earlier && { earlier }),
      ...(epoch === 'none' ? {} : { epoch: epoch === 'own' ? own : 'another' }),
    });
    const { model } = this;
    const expected = await push(this.real, body(this.epoch), this.epoch);
    const asked: Fetch = (url, init) => model.fetch(url, init);
    expect(await push(asked, body(model.epoch), model.epoch)).to.deep.equal(expected);
    return expected;
  }

  async pull(reader: 'tasks' | 'both', limit?: number, scopes?: Scopes): Promise<PullAnswer> {
    const [model, real] = this.#readers[reader]!;
    const expected = await real.pull(limit, scopes);
    expect(await model.pull(limit, scopes)).to.deep.equal(expected);
    return expected;
  }

  async pullAll(reader: 'tasks' | 'both', limit?: number): Promise<PullPage[]> {
    const { pages, end } = await this.pull(reader, limit);
    return 'more' in end && end.more ? [...pages, ...(await this.pullAll(reader, limit))] : pages;
  }
}

let count = 0;
function mutation(
  op: Operation,
  key: string,
  base: number,
  { collection = 'tasks', fits = true } = {},
): WireMutation {
  const seq = ++count;
  const text = fits ? `Text ${seq}` : seq;
  const patch: JsonObject = collection === 'tasks' ? { title: text } : { name: text };
  const metric = { key, event: 'click', kind: 'count' };
  const value = collection === 'tasks' ? patch : { ...metric, ...patch };
  return {
    id: `m-${seq}`,
    seq,
    collection,
    key,
    op,
    base,
    at: '2026-11-22T16:00:00.000Z-0000',
    ...(op === 'create' || op === 'replace' ? { value } : op === 'update' ? { patch } : {}),
  };
}

onEachEngine('the model and the server', (engine) => {
  let server: Server;
  let pair: Pair;
  before(async () => {
    server = await startServer(engine.database());
  });
  beforeEach(async () => {
    pair = await Pair.on(server);
  });
  after(() => server.close());

  const outcomes = async (...mutations: WireMutation[]) =>
    (await pair.push('c1', mutations)).results!.map((result) => (result as PushResult).outcome);

  it('agree on every operation, on every state of a row, on every base', async () => {
    const states = {
      never: [],
      living: [mutation('create', 'living', 0), mutation('update', 'living', 1)],
      deleted: [mutation('create', 'deleted', 0), mutation('delete', 'deleted', 1)],
    };
    for (const [key, past] of Object.entries(states)) {
      for (const op of ['create', 'update', 'replace', 'delete'] as const) {
        for (const base of [0, 1, 2, 3]) {
          for (const fits of [true, false]) {
            pair = await Pair.on(server);
            await pair.push('c1', past);
            await pair.push('c1', [mutation(op, key, base, { fits })]);
            await pair.pullAll('tasks');
          }
        }
      }
    }
  }).timeout(60_000);

  it('agree on repeats, within a batch and later, and on ids that are used again', async () => {
    const [create, stale] = [mutation('create', 'a', 0), mutation('update', 'a', 7)];
    expect(await outcomes(create, create, stale)).to.deep.equal(['applied', 'applied', 'conflict']);
    await outcomes(mutation('update', 'a', 1));
    expect(await outcomes(create, stale)).to.deep.equal(['applied', 'conflict']);
    expect(await outcomes({ ...create, key: 'b' })).to.deep.equal(['rejected']);
    const absent = mutation('update', 'c', 0);
    expect(await outcomes(absent)).to.deep.equal(['rejected']);
    await outcomes(mutation('create', 'c', 0));
    expect(await outcomes(absent)).to.deep.equal(['conflict']);
  });

  it('agree on two clients that use the same ids', async () => {
    const create = mutation('create', 'a', 0);
    await pair.push('c1', [create]);
    expect((await pair.push('c2', [create])).results).to.have.nested.property(
      '[0].outcome',
      'conflict',
    );
  });

  it('agree on a push from another life of the database', async () => {
    const answer = await pair.push('c1', [mutation('create', 'a', 0)], 'other');
    expect(answer).to.deep.equal({ status: 409, code: 'epoch-changed' });
    await pair.push('c1', [mutation('create', 'a', 0)], 'none');
    await pair.pullAll('tasks');
  });

  it('agree on pages: their size, their order, and what is removed', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);
    await pair.push(
      'c1',
      keys.map((key) => mutation('create', key, 0)),
    );
    await pair.push(
      'c1',
      keys.slice(0, 150).map((key) => mutation('create', key, 0, { collection: 'metrics' })),
    );
    const first = await pair.pullAll('both');
    expect(first.map(({ keys }) => keys.length)).to.deep.equal([256, 150, 44]);
    await pair.push(
      'c1',
      keys.slice(0, 100).map((key) => mutation('delete', key, 1)),
    );
    const [page] = await pair.pullAll('both');
    expect(page).to.deep.include({ keys: [], removedVersions: Array(100).fill(2) });
    const pages = await pair.pullAll('tasks', 70);
    expect(pages.flatMap(({ keys }) => keys)).to.have.length(200);
    expect(Math.max(...pages.map(({ keys }) => keys.length))).to.equal(70);
  });

  it('agree on mutations of an earlier life: known ones are answered, others collide', async () => {
    const known = mutation('create', 'a', 0);
    await pair.push('c1', [known]);
    const unknown = [mutation('update', 'a', 1), mutation('create', 'b', 0)];
    const answer = await pair.push('c1', [known, ...unknown], 'own', true);
    const outcomes = answer.results!.map((result) => (result as PushResult).outcome);
    expect(outcomes).to.deep.equal(['applied', 'conflict', 'conflict']);
    // The question had no effect, and left no answer behind.
    await pair.push('c1', unknown);
    await pair.pullAll('tasks');
  });

  it('agree on scopes: what is inside, what has left, what never was there', async () => {
    const scopes = { tasks: [{ title: 'in' }] };
    const create = (key: string, title: string) => ({
      ...mutation('create', key, 0),
      value: { title },
    });
    const move = (key: string, title: string) => ({
      ...mutation('update', key, 1),
      patch: { title },
    });
    await pair.push('c1', [
      create('a', 'in'),
      create('b', 'out'),
      create('c', 'in'),
      create('d', 'x'),
    ]);
    await pair.pull('tasks', 1, scopes);
    await pair.push('c1', [move('a', 'out'), move('b', 'in'), create('e', 'out')]);
    await pair.push('c1', [mutation('delete', 'd', 1)]);
    await pair.pull('tasks', 2, scopes);
    await pair.pull('tasks', undefined, scopes);
  });

  it('agree on whatever two clients push and pull', async function () {
    this.timeout(180_000);
    const client = fc.constantFrom('c1', 'c2');
    const change = fc.record({
      op: fc.constantFrom<Operation>('create', 'update', 'replace', 'delete'),
      key: fc.constantFrom('a', 'b', 'c'),
      collection: fc.constantFrom('tasks', 'tasks', 'metrics'),
      /** Added to the version that the row has when the request is made. */
      off: fc.constantFrom(0, 0, 0, 1, -1, 2, -100),
      fits: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    });
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('push' as const),
          client,
          epoch: fc.constantFrom('own' as const, 'own' as const, 'none' as const, 'other' as const),
          changes: fc.array(change, { minLength: 1, maxLength: 5 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('repeat' as const),
          client,
          nth: fc.nat(),
          reuse: fc.boolean(),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('pull' as const),
          reader: fc.constantFrom('tasks' as const, 'both' as const),
          limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const pair = await Pair.on(server);
        const sent: WireMutation[] = [];
        for (const step of steps) {
          if (step.do === 'pull') await pair.pull(step.reader, step.limit);
          else if (step.do === 'push') {
            const mutations = step.changes.map(({ op, key, collection, off, fits }) => {
              const version = pair.model.rows.get(`${collection}/${key}`)?.version ?? 0;
              return mutation(op, key, Math.max(0, version + off), { collection, fits });
            });
            sent.push(...mutations);
            await pair.push(step.client, mutations, step.epoch);
          } else if (sent.length) {
            const again = sent[step.nth % sent.length]!;
            await pair.push(step.client, [step.reuse ? { ...again, base: again.base + 1 } : again]);
          }
        }
        for (const reader of ['tasks', 'both'] as const) await pair.pullAll(reader, 3);
        expect((await pair.pull('both')).pages).to.deep.equal([]);
      }),
      { numRuns: 60 },
    );
  });
});
