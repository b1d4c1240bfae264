import { expect } from 'chai';
import fc from 'fast-check';
import {
  memoryStorage,
  type RestEntity,
  type Storage,
  type SyncEngine,
} from '../../../src/sync/index.js';
import { all, device, settle, tasks } from './device.js';
import { RestServer, type Dialect, type Fault } from './server.js';

type Step =
  | { kind: 'create' | 'lost'; on: number; value: number }
  | { kind: 'update' | 'delete'; on: number; row: number; value: number }
  | { kind: 'fault'; fault: Fault }
  | { kind: 'offline' | 'online' | 'sync' | 'reload'; on: number };

const on = fc.integer({ min: 0, max: 1 });
const row = fc.integer({ min: 0, max: 7 });
const value = fc.integer({ min: 0, max: 99 });
const fault: fc.Arbitrary<Fault> = fc.constantFrom<Fault[]>(
  'drop-request',
  'drop-response',
  'truncate',
  'html',
  'wrong-type',
  { status: 500 },
  { status: 500, after: true },
  { status: 429, headers: { 'retry-after': '0' } },
  { status: 503, headers: { 'retry-after': new Date(0).toUTCString() } },
  { status: 502, body: '<h1>Bad Gateway</h1>' },
  { delay: 5 },
);
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('create', 'lost'), on, value }) },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constantFrom('update', 'delete'), on, row, value }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('fault' as const), fault }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constantFrom('offline', 'online', 'sync', 'reload'), on }),
    },
  ) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 30 },
);

const dialects: [Dialect, RestEntity][] = [
  [{}, {}],
  [{ bodies: false, staleRow: false }, {}],
  // More than once: here alone a create that is sent again makes a second row.
  ...Array.from({ length: 3 }, (): [Dialect, RestEntity] => [{ ids: 'server' }, { ids: 'server' }]),
  [
    { versions: 'member', stale: 409, tombstones: 'rows' },
    { version: 'version', deleted: 'deleted' },
  ],
  [
    { listing: 'updatedAt', tombstones: 'rows' },
    { updatedAt: 'updatedAt', deleted: 'deleted' },
  ],
  [{ listing: 'all', pages: 'link' }, { limit: 3 }],
];

/** Two devices, a backend of one dialect or another, real HTTP that fails; then it heals. */
describe('a REST backend, whatever happens on the way', () => {
  it('ends equal to both devices; nothing acknowledged is lost, nothing happens twice', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...dialects), steps, async ([dialect, entity], plan) => {
        const run = new Run(await new RestServer(dialect).start(), entity);
        try {
          for (const step of plan) await run.take(step);
          await run.heal();
          run.check();
        } finally {
          await run.end();
        }
      }),
      // A failure shows at once: finding a smaller one takes longer than the test has.
      { numRuns: 100, endOnFailure: true, timeout: 20_000 },
    );
  });
});

class Run {
  readonly #disks: Storage[] = [memoryStorage(), memoryStorage()];
  readonly #engines: SyncEngine[];
  /** Titles of rows whose create was acknowledged, and of those that somebody deleted. */
  readonly #created = new Set<string>();
  readonly #deleted = new Set<string>();
  #count = 0;

  constructor(
    private readonly server: RestServer,
    private readonly entity: RestEntity,
  ) {
    this.#engines = [this.#open(0), this.#open(1)];
  }

  #open(n: number): SyncEngine {
    const rest = { entities: { tasks: this.entity } };
    return device(this.server, { storage: this.#disks[n]!, rest });
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'fault') return void this.server.faults.push(step.fault);
    const engine = this.#engines[step.on]!;
    switch (step.kind) {
      case 'lost':
      case 'create': {
        // The likely next request is its own: it takes effect, and the answer is lost.
        if (step.kind === 'lost') this.server.faults.unshift('drop-response');
        const title = `task ${++this.#count}`;
        await tasks(engine).create({ title, note: `${step.value}` });
        this.#created.add(title);
        return;
      }
      case 'update':
      case 'delete': {
        const rows = all(engine);
        const { id, title } = rows[step.row % rows.length] ?? {};
        if (id === undefined) return;
        const member = step.on ? { note: `${step.value}` } : { done: step.value % 2 === 0 };
        const write =
          step.kind === 'update' ? tasks(engine).update(id, member) : tasks(engine).delete(id);
        await write;
        if (step.kind === 'delete') this.#deleted.add(title!);
        return;
      }
      case 'offline':
      case 'online':
        return engine.setOnline(step.kind === 'offline' ? false : null);
      case 'sync':
        await engine.fullSync();
        return;
      case 'reload':
        await engine.close();
        this.#engines[step.on] = this.#open(step.on);
        return this.#engines[step.on]!.ready;
    }
  }

  async heal(): Promise<void> {
    this.server.faults.length = 0;
    for (const engine of this.#engines) engine.setOnline(null);
    // Twice: what one had to say at last, the other has to hear.
    await settle(...this.#engines, ...this.#engines);
  }

  check(): void {
    const rows = this.server.rows('tasks');
    const sorted = [...rows].sort((a, b) => ((a.id as string) < (b.id as string) ? -1 : 1));
    const letters = this.#engines.flatMap((engine) => engine.failed());
    // An edit of a row that somebody deleted shows until a person decides.
    const edited = new Set(letters.map(({ key }) => key));
    for (const engine of this.#engines) {
      expect(engine.getStatus()).to.include({ status: 'idle', pending: 0, conflicts: 0 });
      expect(all(engine).filter(({ id }) => !edited.has(id))).to.deep.equal(
        sorted.filter(({ id }) => !edited.has(id as string)),
      );
    }
    for (const { problem } of letters) expect(['not-found', 'conflict']).to.include(problem.code);
    const titles = rows.map(({ title }) => title as string);
    expect(new Set(titles).size, 'created twice').to.equal(titles.length);
    for (const title of this.#created)
      if (!this.#deleted.has(title)) expect(titles, 'acknowledged').to.include(title);
  }

  async end(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.close()));
    await this.server.stop();
  }
}
