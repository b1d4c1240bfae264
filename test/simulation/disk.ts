/**
 * A device's disk: the runtime's own storage in memory, whose operations take virtual time and go
 * wrong in every way that the contract has a word for. A tab that dies while an operation is under
 * way leaves it done or not done, never half; a power cut takes back what nobody asked to flush.
 */
import type { Commit, Disk, Position, Storage } from '../../src/sync/index.js';
import type { Subject } from './load.js';
import type { Rng } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { Tab } from './tab.js';

type Durability = Parameters<Disk['commit']>[2];
type Count = (fault: string) => void;

export class VirtualDisk {
  /** Virtual ms until which it is full, fails, or fails after having done it. */
  fullUntil = 0;
  failsUntil = 0;
  losesAnswersUntil = 0;
  #storage: Storage;
  /** All that was committed in this life, to be able to build a part of it again. */
  #commits: [at: Position, commit: Commit, flushed: boolean][] = [];

  constructor(
    private readonly subject: Subject,
    private readonly scheduler: Scheduler,
    private readonly rng: Rng,
    private readonly count: Count,
  ) {
    this.#storage = this.#empty();
  }

  #empty(): Storage {
    return this.subject.memoryStorage();
  }

  /** As one tab reaches it. */
  for(tab: Tab): Storage {
    return {
      name: 'sim',
      open: async () => {
        const disk = await this.#run(tab, () => this.#storage.open());
        return {
          load: () => this.#run(tab, () => disk.load()),
          since: (at) => this.#run(tab, () => disk.since(at)),
          commit: (at, commit, durability) =>
            this.#run(tab, () => this.#commit(disk, at, commit, durability), true),
          close: () => disk.close(),
        };
      },
      destroy: () => this.#run(tab, () => this.#storage.destroy()),
    };
  }

  /** The browser deletes the database. */
  async evict(): Promise<void> {
    await this.#storage.destroy();
    this.#commits = [];
  }

  /** Every tab is dead already. What was not flushed may be gone, from the end. */
  async cutPower(): Promise<void> {
    const flushed = this.#commits.findLastIndex(([, , strict]) => strict) + 1;
    const kept = flushed + this.rng.below(this.#commits.length - flushed + 1);
    if (kept === this.#commits.length) return;
    const commits = this.#commits.slice(0, kept);
    this.#storage = this.#empty();
    this.#commits = [];
    const disk = await this.#storage.open();
    const { life } = await disk.load();
    for (const [at, commit, strict] of commits)
      await this.#commit(disk, { ...at, life }, commit, strict ? 'strict' : 'relaxed');
    disk.close();
  }

  async #commit(disk: Disk, at: Position, commit: Commit, durability: Durability) {
    const answer = await disk.commit(at, commit, durability);
    if (typeof answer === 'number') this.#commits.push([at, commit, durability === 'strict']);
    return answer;
  }

  #run<T>(tab: Tab, work: () => Promise<T>, writes = false): Promise<T> {
    const { scheduler, rng } = this;
    const storage = this.#storage;
    return new Promise((resolve, reject) => {
      scheduler.after(rng.chance(0.05) ? rng.between(5, 400) : rng.between(0.1, 4), () => {
        if (tab.dead && (storage !== this.#storage || rng.chance(0.5))) return;
        const fault = this.#fault(writes);
        const fail = () => tab.deliver(rng.between(0, 2), () => reject(fault!));
        if (fault && scheduler.now >= this.losesAnswersUntil) return void fail();
        const answer = (value: T) => tab.deliver(rng.between(0, 2), () => resolve(value));
        const refuse = (error: unknown) => tab.deliver(rng.between(0, 2), () => reject(error));
        scheduler.hold(work().then(fault ? fail : answer, refuse));
      });
    });
  }

  #fault(writes: boolean): Error | null {
    const { now } = this.scheduler;
    const { SyncError } = this.subject;
    if (writes && now < this.fullUntil) {
      this.count('disk full');
      return new SyncError('quota', 'The disk is full.');
    }
    if (now < this.failsUntil) {
      this.count('disk fails');
      return new SyncError('storage', 'The browser’s database refuses to work.');
    }
    if (writes && now < this.losesAnswersUntil) {
      this.count('disk fails after the fact');
      return new SyncError('storage', 'The connection to the database was lost.');
    }
    return null;
  }
}
