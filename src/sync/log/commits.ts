/**
 * Group commit: what this tab wants of the log, one after the other. Writes of one turn share one
 * transaction; while one is in flight the next gathers.
 *
 * Promises: nothing is acknowledged before its transaction is complete; what the disk refuses is
 * taken back from memory and its writers get a typed error.
 */
import { SyncError } from '../errors.js';
import type { FieldTypes } from '../conflict/fields.js';
import { joinWrites } from './join.js';
import { asSyncError, Log, type Build, type Durability, type LogDelegate } from './log.js';
import type { Mutation } from './record.js';
import type { State } from './state.js';
import type { Disk, Revision } from '../storage/storage.js';
import type { Row } from '../types.js';

/** A user's write on its way to the disk: all of it or nothing. */
export interface UserWrite {
  mutations: readonly Mutation[];
  /** It is on disk, each carried by this mutation (`null` when nothing is left to send). */
  done(survivors: (string | null)[]): void;
  fail(error: SyncError): void;
}

interface StagedWrite extends UserWrite {
  /** The row that the app saw when it wrote, where it changes one. */
  on: Row | null;
}

interface Job {
  build: Build;
  durability: Durability;
  done(): void;
  fail(error: unknown): void;
}

export interface CommitsDelegate extends LogDelegate {
  /** The types of an entity's members. */
  fields(collection: string): FieldTypes | undefined;
}

export class Commits {
  #writes: StagedWrite[] = [];
  #jobs: Job[] = [];
  #behind = false;
  #compactWanted = false;
  #running: Promise<void> | undefined;
  #closed = false;

  readonly #log: Log;

  constructor(
    openDisk: () => Promise<Disk>,
    private readonly state: State,
    tab: string,
    private readonly delegate: CommitsDelegate,
  ) {
    this.#log = new Log(openDisk, state, tab, {
      ...delegate,
      onCorrupt: (lost) => {
        // Written anew, the disk is whole again.
        this.#compactWanted = true;
        delegate.onCorrupt(lost);
      },
    });
  }

  /** Opens the disk and reads it; rejects where it can't be. Writes may come before. */
  open(): Promise<void> {
    return this.change(() => ({}));
  }

  /** Shows a user's write at once and commits it with whatever else this turn brings. */
  write(write: UserWrite): void {
    const [first] = write.mutations;
    const on = (first && this.state.entry(first.collection, first.key)?.view) ?? null;
    for (const mutation of write.mutations) this.state.stage(mutation);
    this.#writes.push(Object.assign(write, { on }));
    this.#run();
  }

  /** Commits what the network brought: not strict, it can come again; or what must not be lost. */
  change(build: Build, durability: Durability = 'relaxed'): Promise<void> {
    return new Promise((done, fail) => {
      this.#jobs.push({ build, durability, done, fail });
      this.#run();
    });
  }

  /** Another tab committed. */
  receive(rev: Revision, record: string | undefined, life: string): void {
    if (life !== this.state.life) return this.catchUp();
    if (rev <= this.state.rev) return;
    const next = rev === this.state.rev + 1 && !this.#running;
    const folded = next && record !== undefined && this.#log.foldAll([{ rev, text: record }]);
    if (!folded || this.delegate.check()) this.catchUp();
  }

  /** Reads what other tabs appended. */
  catchUp(): void {
    this.#behind = true;
    this.#run();
  }

  /** Writes the log into pages. Only the leader's business: a tab whose pages are behind loads again. */
  compact(): void {
    this.#compactWanted = true;
    this.#run();
  }

  /** Resolves when everything asked for so far is on disk, and stops. */
  async close(): Promise<void> {
    while (this.#running) await this.#running;
    this.#closed = true;
    this.#log.close();
  }

  #run(): void {
    if (this.#running || !this.#wanted()) return;
    // A microtask later, so that the writes of one turn go together.
    this.#running = Promise.resolve()
      .then(() => this.#drain())
      .finally(() => {
        this.#running = undefined;
        // Asked for between the last look and now.
        this.#run();
      });
  }

  #wanted(): boolean {
    return this.#writes.length > 0 || this.#jobs.length > 0 || this.#behind || this.#compactWanted;
  }

  async #drain(): Promise<void> {
    while (this.#wanted()) {
      try {
        if (this.#closed)
          throw new SyncError('closed', 'The engine was closed before this was on disk.');
        await this.#log.open();
      } catch (error) {
        return this.#refuse(asSyncError(error));
      }
      if (this.#behind) {
        this.#behind = false;
        await this.#attempt(() => this.#log.catchUp());
      }
      if (this.#writes.length) await this.#commitWrites(this.#writes.splice(0));
      const job = this.#jobs.shift();
      if (job) await this.#commitJob(job);
      else if (this.#compactWanted && !this.state.encodeSome()) {
        // Between two slices the page can draw, and what others write and what is asked for goes first.
        await this.#attempt(() => this.#log.catchUp());
      } else if (this.#compactWanted) {
        this.#compactWanted = false;
        await this.#attempt(() => this.#log.compact());
      }
    }
  }

  async #commitWrites(writes: StagedWrite[]): Promise<void> {
    const mutations = writes.flatMap((write) => write.mutations);
    let results: ((string | null)[] | SyncError)[] = [];
    try {
      await this.#log.append((state) => {
        const built = joinWrites(state, writes, (collection) => this.delegate.fields(collection));
        results = built.results;
        return built.record;
      }, 'strict');
    } catch (error) {
      this.state.unstage(mutations);
      for (const { fail } of writes) fail(error as SyncError);
      return;
    }
    this.state.unstage(mutations);
    writes.forEach(({ done, fail }, i) => {
      const result = results[i]!;
      if (result instanceof SyncError) fail(result);
      else done(result);
    });
  }

  async #commitJob({ build, durability, done, fail }: Job): Promise<void> {
    try {
      await this.#log.append(build, durability);
      done();
    } catch (error) {
      fail(error);
    }
  }

  /** For work nobody waits for: its failure shows in the status and the next commit tries again. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.delegate.onStorage('degraded', asSyncError(error));
    }
  }

  #refuse(error: SyncError): void {
    if (error.code !== 'closed') this.delegate.onStorage('degraded', error);
    const writes = this.#writes.splice(0);
    this.state.unstage(writes.flatMap(({ mutations }) => mutations));
    for (const { fail } of writes) fail(error);
    for (const { fail } of this.#jobs.splice(0)) fail(error);
    this.#behind = this.#compactWanted = false;
  }
}
