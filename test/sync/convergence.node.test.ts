import { expect } from 'chai';
import fc from 'fast-check';
import type { Row, SyncEngine } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

interface Task extends Row {
  title: string;
  note?: string;
}

type Step =
  | { kind: 'create' | 'update' | 'delete'; tab: number; key: number; value: number }
  | { kind: 'offline' | 'online' | 'reload'; device: number }
  | { kind: 'lose-request' | 'lose-answer' | 'busy' }
  | { kind: 'wait'; ms: number };

const tab = fc.integer({ min: 0, max: 3 });
const key = fc.integer({ min: 0, max: 4 });
const value = fc.integer({ min: 0, max: 9 });
const device = fc.integer({ min: 0, max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constantFrom('create', 'update', 'delete'), tab, key, value }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('offline', 'online', 'reload'), device }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('lose-request', 'lose-answer', 'busy') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.integer({ min: 0, max: 3_000 }) }),
  },
) as fc.Arbitrary<Step>;

/** Two devices with two tabs each, one server, a network that loses and delays; then it heals. */
describe('whatever happens on the way', () => {
  it('every device ends with what the server has, and nothing acknowledged is lost', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const run = new Run();
        try {
          for (const next of steps) await run.take(next);
          await run.heal();
          run.check();
        } finally {
          await run.world.end();
        }
      }),
      { numRuns: 25 },
    );
  });
});

class Run {
  readonly world = new World();
  readonly devices: Device[] = [this.world.device(), this.world.device()];
  readonly tabs: SyncEngine[] = [0, 1, 2, 3].map((n) => this.#open(n));
  /** The last acknowledged value of each row and member, by whom it was written. */
  readonly acknowledged = new Set<string>();
  readonly deleted = new Set<string>();

  #open(n: number): SyncEngine {
    return this.world.tab({ device: this.devices[n >> 1]! });
  }

  tasks(n: number) {
    return this.tabs[n]!.collection<Task>('tasks');
  }

  async take(next: Step): Promise<void> {
    switch (next.kind) {
      case 'create':
      case 'update':
      case 'delete': {
        const id = `t${next.key}`;
        const change = { [next.tab % 2 ? 'note' : 'title']: `${next.value}` };
        const tasks = this.tasks(next.tab);
        const write =
          next.kind === 'create'
            ? tasks.create({ id, title: 'new', ...change })
            : next.kind === 'update'
              ? tasks.update(id, change)
              : tasks.delete(id);
        // A write of what is not (or no longer) there is refused, not lost.
        const done = await write.catch(() => null);
        if (done && next.kind === 'create') this.acknowledged.add(id);
        if (done && next.kind === 'delete') this.deleted.add(id);
        return;
      }
      case 'offline':
      case 'online':
        this.devices[next.device]!.online = next.kind === 'online';
        return this.world.settle();
      case 'reload': {
        const n = next.device * 2;
        await this.tabs[n]!.close();
        this.tabs[n] = this.#open(n);
        return this.tabs[n]!.ready;
      }
      case 'lose-request':
        this.world.faults.push('drop-request');
        return;
      case 'lose-answer':
        this.world.faults.push('drop-response');
        return;
      case 'busy':
        this.world.server.nextAnswers.push(new Response('', { status: 503 }));
        return;
      case 'wait':
        return this.world.pass(next.ms);
    }
  }

  async heal(): Promise<void> {
    this.world.faults.length = 0;
    this.world.server.nextAnswers.length = 0;
    for (const device of this.devices) device.online = true;
    for (let round = 0; round < 4; round++) await this.world.pass(70_000);
  }

  check(): void {
    const server = [...this.world.server.rows.values()].filter((row) => row.value);
    const expected = server
      .map(({ key, value }) => ({ id: key, ...value }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const letters = this.tabs.flatMap((engine) => engine.failed());
    // An edit of a deleted row shows on top of whatever came in its place.
    const edited = new Set(letters.filter((l) => l.problem.code === 'not-found').map((l) => l.key));
    const seen = <R extends { id: string }>(rows: readonly R[]) =>
      rows.filter(({ id }) => !edited.has(id));
    this.tabs.forEach((engine, n) => {
      const rest = { pending: 0, conflicts: 0, status: 'idle' };
      expect(engine.getStatus(), `tab ${n}`).to.include(rest);
      const rows = this.tasks(n).query().get();
      expect(seen(rows), `tab ${n}`).to.deep.equal(seen(expected));
    });
    const kept = new Set([...expected.map((row) => row.id), ...letters.map((l) => l.key)]);
    for (const id of this.acknowledged)
      if (!this.deleted.has(id)) expect([...kept], 'acknowledged').to.include(id);
    // Refused is only what has nothing to be merged with.
    for (const { problem } of letters)
      expect(['not-found', 'already-exists', 'conflict']).to.include(problem.code);
  }
}
