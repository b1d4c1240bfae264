/**
 * Category 164 of hostile inputs: a server that has been taken over. Whatever it answers, the client
 * keeps what it has, asks no more often than of a server in trouble, and is well again with it.
 */
import { expect } from 'chai';
import { type Row, type SyncEngine } from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task extends Row {
  title: string;
}

const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');
const json = (value: unknown, init: ResponseInit = {}) => Response.json(value, init);
const text = (body: string, init: ResponseInit = {}) => new Response(body, init);
const lines = (...values: unknown[]) => text(values.map((v) => `${JSON.stringify(v)}\n`).join(''));

const page = (change: object = {}) => ({
  ...{ collection: 'tasks', from: 1, to: 2, removed: [], removedVersions: [] },
  ...{ keys: ['evil'], versions: [1], values: [{ title: 'evil' }], ...change },
});
const end = (change: object = {}) => ({
  ...{ cursor: 'evil', to: 2, more: false, epoch: 'e1', durable: 2, head: 2, ...change },
});
/** A body that goes on for as long as it is read, and how much of it was. */
function endless(chunk: string, most = 400) {
  const bytes = new TextEncoder().encode(chunk);
  const read = { chunks: 0 };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((done) => setTimeout(done));
      if (++read.chunks > most) controller.close();
      else controller.enqueue(bytes);
    },
  });
  return { read, answer: () => new Response(body) };
}

let lives = 0;
/** What it says to everything that is asked. */
const EVERYTHING: Record<string, () => Response> = {
  'a page of HTML': () => text('<!doctype html><script>window.hacked = true</script>'),
  nothing: () => text(''),
  'no content': () => new Response(null, { status: 204 }),
  'half an answer': () => text('{"results":[{"id":"'),
  'half a page': () => text(JSON.stringify(page()).slice(0, 60)),
  null: () => text('null'),
  'a number': () => text('5'),
  'a list': () => json([]),
  'a text': () => json('ok'),
  'an object': () => json({}),
  'nested lists': () => text('['.repeat(100_000)),
  binary: () => new Response(new Uint8Array([0xff, 0xfe, 0, 1, 0x80])),
  'a megabyte of nothing': () => text(' '.repeat(1_000_000)),
  'patience without end': () =>
    text('{}', { status: 503, headers: { 'retry-after': '1000000000' } }),
  'patience that is none': () => text('{}', { status: 429, headers: { 'retry-after': '-5' } }),
  'a problem of a wrong shape': () =>
    json({ code: 5, title: {}, retryable: 'yes' }, { status: 400 }),
  'a problem with a prototype': () =>
    text('{"__proto__":{"hacked":1},"code":"x","title":"y","retryable":true}', { status: 500 }),
};

/** What it says to a pull. */
const PULLS: Record<string, () => Response> = {
  'rows with prototypes': () =>
    text(
      `${JSON.stringify(page()).replace('"title"', '"__proto__":{"hacked":1},"constructor":{"prototype":{"hacked":1}},"title"')}\n${JSON.stringify(end())}\n`,
    ),
  'names of prototypes for keys': () => lines(page({ keys: ['__proto__'] }), end()),
  'names of prototypes for collections': () => lines(page({ collection: '__proto__' }), end()),
  'keys that are none': () => lines(page({ keys: [{}] }), end()),
  'rows that are none': () => lines(page({ values: [5] }), end()),
  'fewer rows than keys': () => lines(page({ keys: ['a', 'b'] }), end()),
  'more removed than versions': () => lines(page({ removed: ['mine', 'theirs'] }), end()),
  'versions that go back': () => lines(page({ keys: ['theirs'], versions: [0] }), end()),
  'versions that are none': () => lines(page({ versions: ['1'] }), end()),
  'numbers that no double holds': () =>
    text(`${JSON.stringify(page()).replace('"versions":[1]', '"versions":[1e999]')}\n`),
  'a gap': () => lines(page({ from: 900, to: 901 }), end({ to: 901 })),
  'a range that goes back': () => lines(page({ from: 5, to: 1 }), end({ to: 1 })),
  'rows of others': () => lines(page({ collection: 'secrets' }), end()),
  'another number of rows': () => lines(page(), end({ rows: 7 })),
  'more, always more': () => lines(end({ more: true })),
  'another life with each answer': () => lines(end({ epoch: `life-${++lives}` })),
  'a reset with each answer': () => lines({ reset: true, reason: 'cursor' }),
  'a reset for no reason': () => lines({ reset: true, reason: '__proto__' }),
  'a cursor that is none': () => lines(end({ cursor: { a: 1 } })),
  'a hundred thousand rows': () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}`);
    return lines(
      page({ keys, versions: keys.map(() => 0), values: keys.map(() => ({ title: 'x' })) }),
      end(),
    );
  },
};

/** What it says to a push of one mutation of this id. */
const PUSHES: Record<string, (id: string) => unknown> = {
  'no results': () => ({ results: [] }),
  'results without end': (id) => ({
    results: Array.from({ length: 10_000 }, () => ({ id, outcome: 'applied', version: 1 })),
  }),
  'the result of another': () => ({ results: [{ id: 'other', outcome: 'applied', version: 1 }] }),
  'an outcome that there is not': (id) => ({ results: [{ id, outcome: '__proto__' }] }),
  'a version that is none': (id) => ({ results: [{ id, outcome: 'applied', version: -1 }] }),
  'a version for a text': (id) => ({ results: [{ id, outcome: 'applied', version: '2' }] }),
  'a conflict without a row': (id) => ({ results: [{ id, outcome: 'conflict' }] }),
  'a conflict with a row that is none': (id) => ({
    results: [{ id, outcome: 'conflict', row: { version: 1, value: [] } }],
  }),
  'a refusal without a problem': (id) => ({ results: [{ id, outcome: 'rejected' }] }),
  'a refusal for ten lifetimes': (id) => ({
    results: [
      {
        ...{ id, outcome: 'rejected' },
        problem: {
          ...{ type: 'x', title: 'Busy', status: 503, code: 'unavailable' },
          ...{ retryable: true, retryAfter: 1_000_000_000 },
        },
      },
    ],
  }),
};

describe('a hostile server', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  /** A device with a row of others and a write of its own; from then on `say` answers. */
  async function attacked(say: (path: string, init: RequestInit) => Response | undefined) {
    const device = world.device();
    world.server.write('tasks', 'theirs', { title: 'theirs' });
    let hostile = false;
    let asked = 0;
    const network = {
      ...device.network,
      fetch: async (input: string, init: RequestInit) => {
        const answer = hostile ? say(input, init) : undefined;
        if (answer) asked++;
        return answer ?? device.network.fetch(input, init);
      },
    };
    const engine = world.tab({ device, ports: { network } });
    await engine.ready;
    await world.settle();
    hostile = true;
    await tasks(engine).create({ id: 'mine', title: 'mine' });
    await world.pass(30_000);
    return { engine, asked: () => asked, heal: () => (hostile = false) };
  }

  /** It shows what it had, and in the end it has what the server has. */
  async function survives(under: Awaited<ReturnType<typeof attacked>>) {
    const { engine, asked, heal } = under;
    expect(asked(), 'requests in half a minute').to.be.within(1, 40);
    expect(tasks(engine).get('mine')).to.include({ title: 'mine' });
    expect(({} as { hacked?: number }).hacked).to.equal(undefined);
    expect('hacked' in globalThis).to.equal(false);
    heal();
    const { status } = engine.getStatus();
    // An hour is the longest that it may be told to stay away.
    for (let minutes = 0; minutes < 62 && engine.getStatus().status !== 'idle'; minutes++) {
      await world.pass(60_000);
    }
    if (status === 'idle') await world.pass(60_000);
    expect(engine.getStatus()).to.include({ status: 'idle', pending: 0 });
    expect(engine.failed()).to.deep.equal([]);
    const titles = tasks(engine)
      .query()
      .get()
      .map(({ title }) => title);
    expect(titles).to.have.members(['mine', 'theirs']);
    expect(world.server.applied.filter((one) => one === 'create mine')).to.have.length(1);
  }

  for (const [what, answer] of Object.entries(EVERYTHING)) {
    it(`answers everything with ${what}`, async () => {
      await survives(await attacked(() => answer()));
    });
  }
  for (const [what, answer] of Object.entries(PULLS)) {
    it(`answers pulls with ${what}`, async () => {
      await survives(await attacked((path) => (path.includes('/pull') ? answer() : undefined)));
    });
  }
  for (const [what, answer] of Object.entries(PUSHES)) {
    it(`answers pushes with ${what}`, async () => {
      await survives(
        await attacked((path, { body }) => {
          if (!path.includes('/push')) return undefined;
          const [{ id } = { id: '' }] = (
            JSON.parse(body as string) as { mutations: { id: string }[] }
          ).mutations;
          return json(answer(id));
        }),
      );
    });
  }

  it('sends a line without end on a live stream', async () => {
    const { read, answer } = endless('x'.repeat(65_536));
    let first = true;
    const under = await attacked((path) => {
      if (!path.includes('/live')) return undefined;
      if (!first) return text('', { status: 503 });
      first = false;
      return answer();
    });
    world.server.endStreams();
    await world.pass(60_000);
    expect(read.chunks).to.be.within(1, 20);
    await survives(under);
  });
});
