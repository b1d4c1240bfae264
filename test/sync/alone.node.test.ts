import { expect } from 'chai';
import fc from 'fast-check';
import type { Row, SyncEngine } from '../../src/sync/index.js';
import { World } from './world/world.js';

type Members = Record<string, number>;

type Step =
  | { kind: 'create' | 'update' | 'delete'; tab: number; key: number; members: Members }
  | { kind: 'offline' | 'online' | 'reload' | 'settle' }
  | { kind: 'lose-request' | 'lose-answer' | 'busy' | 'hold' | 'let-go' | 'refuse' | 'allow' };

const members = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 9 }));
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom('create', 'update', 'delete'),
      tab: fc.integer({ min: 0, max: 1 }),
      key: fc.integer({ min: 0, max: 1 }),
      members,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('offline', 'online', 'reload', 'settle') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'lose-request',
        'lose-answer',
        'busy',
        'hold',
        'let-go',
        'refuse',
        'allow',
      ),
    }),
  },
) as fc.Arbitrary<Step>;

/**
 * Nobody else writes, so that what every row must be is known at every moment: what its writes make
 * of it one after the other, however they were joined, sent, lost, refused and sent again.
 */
describe('a device that writes alone', () => {
  it('shows and sends exactly what was written, in order, whatever happens on the way', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const run = new Run();
        try {
          await run.start();
          for (const next of steps) await run.take(next);
          await run.heal();
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
  readonly device = this.world.device();
  readonly tabs: SyncEngine[] = [];
  /** What each row must be. */
  readonly rows = new Map<string, Members>();
  #letGo = () => {};

  async start(): Promise<void> {
    this.tabs.push(this.#open(), this.#open());
    await Promise.all(this.tabs.map((tab) => tab.ready));
    await this.world.settle();
  }

  async take(next: Step): Promise<void> {
    switch (next.kind) {
      case 'create':
      case 'update':
      case 'delete':
        return this.#write(next.kind, next.tab, `k${next.key}`, next.members);
      case 'offline':
      case 'online':
        this.device.online = next.kind === 'online';
        return;
      case 'reload':
        await this.tabs[0]!.close();
        this.tabs[0] = this.#open();
        await this.tabs[0].ready;
        return this.#look('reloaded');
      case 'settle':
        await this.world.settle();
        this.#look('settled');
        return;
      case 'lose-request':
        this.world.faults.push('drop-request');
        return;
      case 'lose-answer':
        this.world.faults.push('drop-response');
        return;
      case 'busy':
        this.world.server.nextAnswers.push(new Response('', { status: 503 }));
        return;
      case 'hold':
        this.#letGo();
        this.#letGo = this.world.holdPushes();
        return;
      case 'let-go':
        return this.#letGo();
      case 'refuse':
      case 'allow':
        this.world.server.refuse = () => next.kind === 'refuse';
    }
  }

  async heal(): Promise<void> {
    this.#letGo();
    this.world.faults.length = 0;
    this.world.server.nextAnswers.length = 0;
    this.world.server.refuse = () => false;
    this.device.online = true;
    for (let round = 0; round < 2; round++) {
      await this.world.pass(65_000);
      for (const tab of this.tabs) await tab.reprocessFailed();
      await this.world.settle();
    }
    this.#look('healed');
    for (const key of ['k0', 'k1'])
      expect(this.world.server.row('rows', key), 'server').to.deep.equal(
        this.rows.get(key) ?? null,
      );
    for (const tab of this.tabs)
      expect(tab.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
  }

  #open(): SyncEngine {
    return this.world.tab({ device: this.device, entities: { rows: {} } });
  }

  async #write(
    kind: 'create' | 'update' | 'delete',
    n: number,
    id: string,
    members: Members,
  ): Promise<void> {
    const rows = this.tabs[n]!.collection<Row & Members>('rows');
    const write =
      kind === 'create'
        ? rows.create({ id, ...members } as Row & Members)
        : kind === 'update'
          ? rows.update(id, members)
          : rows.delete(id);
    const known = this.rows.get(id);
    const fits = (kind === 'create') === !known;
    const done = await write.then(
      () => true,
      () => false,
    );
    expect(done, `${kind} ${id}`).to.equal(fits);
    if (!fits) return;
    if (kind === 'delete') this.rows.delete(id);
    else this.rows.set(id, { ...known, ...members });
    this.#look(`${kind} ${id}`, [this.tabs[n]!]);
  }

  #look(when: string, tabs: readonly SyncEngine[] = this.tabs): void {
    for (const tab of tabs)
      for (const id of ['k0', 'k1']) {
        const row = this.rows.get(id);
        expect(tab.collection('rows').get(id), when).to.deep.equal(row && { id, ...row });
      }
  }
}
