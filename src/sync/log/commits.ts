/**
 * Group commit. Writes of one turn share one transaction; while one is in flight the next gathers.
 * A record is only appended behind all that this tab has folded; where another tab was faster, its
 * records are folded first and ours is built anew, so two tabs never overwrite each other.
 *
 * Promises: nothing is acknowledged before its transaction is complete; what the disk refuses is
 * taken back from memory and its writers get a typed error.
 */
import { SyncError } from '../errors.js';
import type { FieldTypes } from '../conflict/fields.js';
import { addressOf } from './address.js';
import { joinWrites } from './join.js';
import {
  decodeRecord,
  encodeRecord,
  isEmpty,
  rowEntry,
  type LogRecord,
  type Mutation,
} from './record.js';
import { baseOf } from './entry.js';
import { type Losses } from './snapshot.js';
import { type State } from './state.js';
import type { Disk, LogEntry, Refusal, Revision, Snapshot } from '../storage/storage.js';
import type { Row } from '../types.js';

/** What a system change adds to the log, computed on the newest state. Must not have effects. */
export type Build = (state: State) => Omit<LogRecord, 'by'>;

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

type Durability = Parameters<Disk['commit']>[2];

interface Job {
  build: Build;
  durability: Durability;
  done(): void;
  fail(error: unknown): void;
}

export interface CommitsDelegate {
  /** What must be in the log before anything else: who this is, and migrations. */
  begin: Build;
  /** Why this code may not go on with what the log says, if it may not. */
  check(): SyncError | null;
  /** The types of an entity's members. */
  fields(collection: string): FieldTypes | undefined;
  /** A record was folded, ours or another tab's. */
  onCommit(record: LogRecord, own: boolean): void;
  /** Tells the other tabs; an empty record is to be read from the disk. */
  broadcast(rev: Revision, record: string): void;
  onStorage(state: 'ok' | 'degraded', error?: SyncError): void;
  /** The disk was read anew, with all that this tab had missed. */
  onReload(): void;
  /** The database was gone; so many mutations were saved into the new one. */
  onLost(saved: number): void;
  /** Some of it can't be read any more; the rest was kept. */
  onCorrupt(lost: Losses): void;
}

export class Commits {
  #writes: StagedWrite[] = [];
  #jobs: Job[] = [];
  #behind = false;
  #compactWanted = false;
  /** A compaction has failed: what is in memory can't be compacted before it was read anew. */
  #stale = false;
  #running: Promise<void> | undefined;
  #count = 0;
  #closed = false;

  #disk: Disk | undefined;

  constructor(
    private readonly openDisk: () => Promise<Disk>,
    private readonly state: State,
    private readonly tab: string,
    private readonly delegate: CommitsDelegate,
  ) {}

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
    const folded = next && record !== undefined && this.#foldAll([{ rev, text: record }]);
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
    this.#disk?.close();
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
        if (!this.#disk) await this.#open();
        if (this.#stale) await this.#reload();
      } catch (error) {
        return this.#refuse(asSyncError(error));
      }
      if (this.#behind) {
        this.#behind = false;
        await this.#attempt(() => this.#catchUp());
      }
      if (this.#writes.length) await this.#commitWrites(this.#writes.splice(0));
      const job = this.#jobs.shift();
      if (job) await this.#commitJob(job);
      else if (this.#compactWanted && !this.state.encodeSome()) {
        // Between two slices the page can draw, and what others write and what is asked for goes first.
        await this.#attempt(() => this.#catchUp());
      } else if (this.#compactWanted) {
        this.#compactWanted = false;
        await this.#attempt(() => this.#compact());
      }
    }
  }

  async #open(): Promise<void> {
    const disk = await this.openDisk();
    try {
      this.#disk = disk;
      await this.#reload();
      await this.#commit(this.delegate.begin, 'strict');
      this.delegate.onStorage('ok');
    } catch (error) {
      this.#disk = undefined;
      disk.close();
      throw error;
    }
  }

  /** Starts over from the disk: the log no longer reaches back to what this tab knows. */
  async #reload(): Promise<void> {
    const snapshot = await this.#disk!.load();
    // Never over what only memory has: that goes to the new database first.
    if (this.state.life && snapshot.life !== this.state.life) await this.#begin();
    else this.#take(snapshot);
  }

  #take(snapshot: Snapshot): void {
    const lost = this.state.load(snapshot);
    this.#stale = false;
    this.delegate.onReload();
    if (!lost) return;
    // Written anew, the disk is whole again.
    this.#compactWanted = true;
    this.delegate.onCorrupt(lost);
  }

  async #commitWrites(writes: StagedWrite[]): Promise<void> {
    const mutations = writes.flatMap((write) => write.mutations);
    let results: ((string | null)[] | SyncError)[] = [];
    try {
      await this.#commit((state) => {
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
      await this.#commit(build, durability);
      done();
    } catch (error) {
      fail(error);
    }
  }

  async #commit(build: Build, durability: Durability): Promise<void> {
    const by: LogRecord['by'] = [this.tab, ++this.#count];
    try {
      for (;;) {
        const forbidden = this.delegate.check();
        if (forbidden) throw forbidden;
        const record = { by, ...build(this.state) };
        if (isEmpty(record)) return;
        const text = encodeRecord(record);
        const answer = await this.#disk!.commit(this.state.position, { record: text }, durability);
        if (typeof answer === 'number') {
          this.#fold(answer, record, true);
          this.delegate.broadcast(answer, text);
          return this.delegate.onStorage('ok');
        }
        const missed = await this.#follow(answer);
        // Tried again on a new connection, a record may turn out to have arrived the first time.
        if (missed.some((known) => known.by[0] === by[0] && known.by[1] === by[1])) return;
      }
    } catch (error) {
      const typed = asSyncError(error);
      if (typed.code !== 'closed') this.delegate.onStorage('degraded', typed);
      throw typed;
    }
  }

  /** Comes up to where the disk is; answers the records that were folded on the way. */
  async #follow(answer: Refusal): Promise<LogRecord[]> {
    const folded = typeof answer === 'object' && this.#foldAll(answer.missed);
    if (folded) return folded;
    if (answer === 'lost') await this.#begin();
    else await this.#reload();
    return [];
  }

  async #catchUp(): Promise<void> {
    await this.#follow(await this.#disk!.since(this.state.position));
    const forbidden = this.delegate.check();
    if (forbidden) throw forbidden;
  }

  /**
   * The database was deleted under this tab and made anew: evicted, most likely. What is in memory
   * and was never accepted goes into the new one, before memory takes that one's state; the rest can
   * be pulled again.
   */
  async #begin(): Promise<void> {
    const disk = this.#disk!;
    let saved = 0;
    for (;;) {
      const fresh = this.state.another();
      fresh.load(await disk.load());
      const rescue = rescued(this.state, fresh);
      saved += rescue.put!.length;
      const text = encodeRecord({ by: [this.tab, ++this.#count], ...rescue });
      if (typeof (await disk.commit(fresh.position, { record: text }, 'strict')) === 'number')
        break;
      saved = 0;
    }
    this.#take(await disk.load());
    this.delegate.broadcast(this.state.rev, '');
    this.delegate.onLost(saved);
  }

  async #compact(): Promise<void> {
    const at = this.state.position;
    const pages = this.state.takePages();
    // Until it is known that they are written, memory no longer knows which pages are not.
    this.#stale = true;
    // Strict, because it takes the place of writes that were: a power cut must not find half of it.
    const answer = await this.#disk!.commit(at, { pages, fold: at.rev }, 'strict');
    if (typeof answer === 'number') {
      this.state.pagesWritten();
      this.#stale = false;
    } else if (answer === 'lost') await this.#begin();
    // Others were faster: their records and pages are not those that these pages were made of.
    else await this.#reload();
  }

  /** `null`, and nothing folded, where one can't be read. */
  #foldAll(entries: readonly LogEntry[]): LogRecord[] | null {
    const records = entries.flatMap(({ text }) => decodeRecord(text) ?? []);
    if (records.length < entries.length) return null;
    records.forEach((record, i) => this.#fold(entries[i]!.rev, record, false));
    return records;
  }

  #fold(rev: Revision, record: LogRecord, own: boolean): void {
    if (rev <= this.state.rev) return;
    this.state.fold(rev, record);
    this.delegate.onCommit(record, own);
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

/** What a new, empty database must know of the one that is gone: all that waits, and on which rows. */
function rescued(old: State, fresh: State): Omit<LogRecord, 'by'> {
  // What another tab has saved already may be done by now.
  const known = new Set([...fresh.mutations.keys(), ...(fresh.meta.rescued ?? [])]);
  // That tab may not have heard of the last write that joined a mutation.
  const older = ({ id, at }: Mutation) => {
    const there = fresh.mutations.get(id);
    return there && !there.sent && there.at < at;
  };
  const put = [...old.mutations.values()].filter((m) => !known.has(m.id) || older(m));
  const rows = new Map<string, NonNullable<LogRecord['rows']>[number]>();
  const alike = !fresh.meta.epoch || fresh.meta.epoch === old.meta.epoch;
  for (const { collection, key } of put) {
    const entry = old.entry(collection, key);
    // Versions of another epoch mean nothing beside those of this one.
    if (!alike) break;
    if (entry?.base && entry.version > (fresh.entry(collection, key)?.version ?? 0))
      rows.set(addressOf(collection, key), rowEntry(collection, key, baseOf(entry)));
  }
  const { client, epoch, versions, scopes } = old.meta;
  const seq = Math.max(old.meta.seq, fresh.meta.seq);
  const meta = {
    client,
    seq,
    versions,
    scopes: { ...scopes, ...fresh.meta.scopes },
    epoch: fresh.meta.epoch ?? epoch,
    rescued: [...known, ...put.map(({ id }) => id)],
  };
  const kept = old.kept.list().filter(({ id }) => !known.has(id));
  return { rows: [...rows.values()], put, kept, aliases: old.aliases.list(), meta };
}

function asSyncError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  return new SyncError('storage', 'This device’s storage failed.', { cause: error });
}
