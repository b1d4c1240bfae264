import { expect } from 'chai';
import fc from 'fast-check';
import { mergeText, type Row, type SyncEngine } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

/** Each tab counts in a member of its own, and all count together in `likes`, `tags` and `log`. */
type Counts = Row & Record<`tab${number}`, number> & { likes: number; tags: string[]; log: string };

type Step =
  | { kind: 'write' | 'like' | 'burst'; tab: number; row: number }
  | { kind: 'offline' | 'online' | 'reload'; device: number }
  | { kind: 'lose-request' | 'lose-answer' | 'busy' | 'hold' | 'let-go' | 'refuse' | 'allow' }
  | { kind: 'turn' | 'settle' }
  | { kind: 'wait'; ms: number };

const tab = fc.integer({ min: 0, max: 3 });
const row = fc.constantFrom(0, 0, 0, 1);
const device = fc.integer({ min: 0, max: 1 });
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constantFrom('write', 'like', 'burst'), tab, row }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('offline', 'online', 'reload'), device }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'lose-request',
        'lose-answer',
        'busy',
        'hold',
        'hold',
        'let-go',
        'refuse',
        'allow',
      ),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('turn', 'settle') }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.integer({ min: 0, max: 3_000 }) }),
  },
) as fc.Arbitrary<Step>;

describe('values that only grow', () => {
  it('never go back in any tab, and count exactly in the end, whatever happens on the way', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const run = new Run();
        try {
          await run.start();
          for (const next of steps) await run.take(next);
          await run.heal();
          run.check();
        } finally {
          await run.world.end();
        }
      }),
      { numRuns: 12 },
    );
  });
});

class Run {
  readonly world = new World();
  readonly devices: Device[] = [this.world.device(), this.world.device()];
  readonly tabs: SyncEngine[] = [];
  readonly written = [new Map<string, number>(), new Map<string, number>()];
  readonly words: string[] = [];
  /** Values that went back, as their subscribers saw them. */
  readonly back: string[] = [];
  #letGo = () => {};

  async start(): Promise<void> {
    for (const id of ['r0', 'r1'])
      this.world.server.write('rows', id, { likes: 0, tags: [], log: '' });
    for (let n = 0; n < 4; n++) await this.#open(n);
    await this.world.settle();
  }

  async take(next: Step): Promise<void> {
    switch (next.kind) {
      case 'write':
      case 'like':
        return this.#write(next.tab, next.row, next.kind);
      case 'burst':
        for (const kind of ['write', 'like', 'like'] as const)
          void this.#write(next.tab, next.row, kind);
        return;
      case 'offline':
      case 'online':
        this.devices[next.device]!.online = next.kind === 'online';
        return this.world.settle();
      case 'reload':
        await this.tabs[next.device * 2]!.close();
        return this.#open(next.device * 2);
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
        return;
      case 'settle':
        return this.world.settle();
      case 'turn':
        return new Promise((done) => setTimeout(done));
      case 'wait':
        return this.world.pass(next.ms);
    }
  }

  async heal(): Promise<void> {
    this.#letGo();
    this.world.faults.length = 0;
    this.world.server.nextAnswers.length = 0;
    this.world.server.refuse = () => false;
    for (const device of this.devices) device.online = true;
    for (let round = 0; round < 2; round++) {
      await this.world.pass(70_000);
      for (const tab of this.tabs) await tab.reprocessFailed();
    }
    await this.world.pass(70_000);
  }

  check(): void {
    expect(this.back, 'went back').to.deep.equal([]);
    for (const n of [0, 1]) {
      const { tags, log, ...numbers } = this.world.server.row('rows', `r${n}`) as object as Counts;
      expect(numbers, 'counted').to.deep.equal({
        likes: 0,
        ...Object.fromEntries(this.written[n]!),
      });
      const words = this.words.filter((word) => word.startsWith(`r${n}`)).sort();
      expect([...tags].sort(), 'set').to.deep.equal(words);
      expect(log.split(' ').filter(Boolean).sort(), 'text').to.deep.equal(words);
      for (const [i, tab] of this.tabs.entries()) {
        expect(this.rows(i).get(`r${n}`), `tab ${i}`).to.deep.equal({
          id: `r${n}`,
          ...this.world.server.row('rows', `r${n}`),
        });
        expect(tab.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
      }
    }
  }

  rows(n: number) {
    return this.tabs[n]!.collection<Counts>('rows');
  }

  async #open(n: number): Promise<void> {
    this.tabs[n] = this.world.tab({
      device: this.devices[n >> 1]!,
      entities: { rows: { fields: { likes: 'counter', tags: 'set', log: mergeText } } },
    });
    await this.tabs[n].ready;
    const seen = new Map<string, number>();
    this.rows(n)
      .query()
      .subscribe((rows) => {
        for (const { id, tags, log, ...numbers } of rows) {
          const sizes = { ...numbers, tags: tags.length, log: log.split(' ').length };
          for (const [name, value] of Object.entries(sizes)) {
            const at = `${id}.${name}`;
            const before = seen.get(at) ?? 0;
            if (value < before) this.back.push(`tab ${n}: ${at} from ${before} to ${value}`);
            seen.set(at, value);
          }
        }
      });
  }

  async #write(n: number, row: number, kind: 'write' | 'like'): Promise<void> {
    const id = `r${row}`;
    const now = this.rows(n).get(id);
    // A device that has been offline from the start knows no row yet.
    if (!now) return;
    const own = `tab${n}` as const;
    const word = `${id}-${this.words.length}`;
    if (kind === 'write') this.words.push(word);
    const member = kind === 'like' ? 'likes' : own;
    const count = this.written[row]!;
    count.set(member, (count.get(member) ?? 0) + 1);
    await this.rows(n).update(id, {
      [member]: (now[member] ?? 0) + 1,
      ...(kind === 'write' && { tags: [...now.tags, word], log: `${now.log} ${word}` }),
    });
  }
}
