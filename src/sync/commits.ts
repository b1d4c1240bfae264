/**
 * Group commit. Writes of one turn share one transaction; while one is in flight the next gathers.
 * A record is only appended behind all that this tab has folded; where another tab was faster, its
 * records are folded first and ours is built anew, so two tabs never overwrite each other.
 *
 * Promises: nothing is acknowledged before its transaction is complete; what the disk refuses is
 * taken back from memory and its writers get a typed error.
 */
import { limits, type JsonObject } from '../protocol/index.js';
import { coalesce, same } from './coalesce.js';
import { SyncError } from './errors.js';
import type { FieldTypes } from './fields.js';
import { merge } from './merge.js';
import { anew } from './rebase.js';
import { applied, decode, encode, isEmpty, shows } from './record.js';
import type { LogRecord, Meta, Mutation } from './record.js';
import { committed, joinable, type Entry, type Losses, type State } from './state.js';
import type { Disk, LogEntry, Refusal, Revision } from './storage/storage.js';
import type { Row } from './types.js';

/** What a system change adds to the log, computed on the newest state. Must not have effects. */
export type Build = (state: State) => Omit<LogRecord, 'by'>;

/** A user's write on its way to the disk. */
export interface UserWrite {
  mutation: Mutation;
  /** It is on disk, carried by this mutation (`null` when nothing is left to send). */
  done(survivor: string | null): void;
  fail(error: SyncError): void;
}

interface StagedWrite extends UserWrite {
  /** The row that the app saw when it wrote. */
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
  /** Tells the other tabs. */
  broadcast(rev: Revision, record: string): void;
  onStorage(state: 'ok' | 'degraded', error?: SyncError): void;
  /** The database was gone; so many mutations were saved into the new one. */
  onLost(saved: number): void;
  /** Some of it can't be read any more; the rest was kept. */
  onCorrupt(lost: Losses): void;
}

export class Commits {
  #writes: StagedWrite[] = [];
  #jobs: Job[] = [];
  #behind = false;
  #foldWanted = false;
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
    const { collection, key } = write.mutation;
    const on = this.state.entry(collection, key)?.view ?? null;
    this.state.stage(write.mutation);
    this.#writes.push({ ...write, on });
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
  receive(rev: Revision, record: string | undefined): void {
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

  /** Folds the log into pages. Only the leader's business: a tab whose pages are behind loads again. */
  fold(): void {
    this.#foldWanted = true;
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
    return this.#writes.length > 0 || this.#jobs.length > 0 || this.#behind || this.#foldWanted;
  }

  async #drain(): Promise<void> {
    while (this.#wanted()) {
      try {
        if (this.#closed)
          throw new SyncError('closed', 'The engine was closed before this was on disk.');
        if (!this.#disk) await this.#open();
        if (this.#rescued) await this.#saveRescued();
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
      else if (this.#foldWanted) {
        this.#foldWanted = false;
        await this.#attempt(() => this.#foldPages());
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
    const lost = this.state.load(await this.#disk!.load());
    if (!lost) return;
    // Written anew, the disk is whole again.
    this.#foldWanted = true;
    this.delegate.onCorrupt(lost);
  }

  async #commitWrites(writes: StagedWrite[]): Promise<void> {
    const mutations = writes.map((write) => write.mutation);
    let results: (string | null | SyncError)[] = [];
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
        const text = encode(record);
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
   * and was never accepted goes into the new one, with the rows it was made on; the rest can be
   * pulled again. Memory never lacks it meanwhile, whether or not the new disk takes it.
   */
  async #begin(): Promise<void> {
    const { put, rows } = this.state.rescue();
    const { client, seq, epoch } = this.state.meta;
    await this.#reload();
    const { state } = this;
    // Another tab may have been here before.
    const lost = {
      put: put.filter(({ id }) => !state.mutations.has(id)),
      rows: rows.filter(([collection, key]) => !state.entry(collection, key)?.version),
      meta: { client, seq: Math.max(seq, state.meta.seq), epoch: state.meta.epoch ?? epoch },
    };
    state.apply(lost);
    this.delegate.onLost(lost.put.length);
    if (client) this.#rescued = lost;
    await this.#saveRescued();
  }
  #rescued: Pick<LogRecord, 'put' | 'rows' | 'meta'> | undefined;

  async #saveRescued(): Promise<void> {
    const { put = [], rows = [], meta } = this.#rescued ?? {};
    if (!meta) return;
    await this.#commit(
      ({ mutations, meta: { seq } }) => ({
        // What is as it was here: others may have brought it further.
        put: put.filter((mutation) => mutations.get(mutation.id) === mutation),
        rows,
        meta: { ...meta, seq: Math.max(seq, meta.seq ?? 0) },
      }),
      'strict',
    );
    this.#rescued = undefined;
  }

  async #foldPages(): Promise<void> {
    const at = this.state.position;
    const pages = this.state.takePages();
    const answer = await this.#disk!.commit(at, { pages, fold: at.rev }, 'relaxed').catch(
      async (error: unknown) => {
        await this.#reload();
        // Not again at once: the next time that the log has grown.
        this.#foldWanted = false;
        throw error;
      },
    );
    if (typeof answer === 'number') this.state.pagesWritten();
    // Others were faster: their records and pages are not those that these pages were made of.
    else await this.#reload();
  }

  /** `null`, and nothing folded, where one can't be read. */
  #foldAll(entries: readonly LogEntry[]): LogRecord[] | null {
    const records = entries.flatMap(({ text }) => decode<LogRecord>(text) ?? []);
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
    this.state.unstage(writes.map(({ mutation }) => mutation));
    for (const { fail } of writes) fail(error);
    for (const { fail } of this.#jobs.splice(0)) fail(error);
    this.#behind = this.#foldWanted = false;
  }
}

/** One record for several writes, each joined to an unsent one of its row where there is one. */
function joinWrites(
  state: State,
  writes: readonly StagedWrite[],
  fields: (collection: string) => FieldTypes | undefined,
): { record: Omit<LogRecord, 'by'>; results: (string | null | SyncError)[] } {
  const put = new Map<string, Mutation>();
  const drop: string[] = [];
  /** What this record makes of a row, and the mutation that more may join. */
  const rows = new Map<string, { row: Row | null; last: Mutation | undefined }>();
  let seq = state.meta.seq;

  const results = writes.map(({ mutation: staged, on }) => {
    const mutation = state.renamed(staged);
    const { collection, key } = mutation;
    const at = `${collection}/${key}`;
    const entry = state.entry(collection, key);
    const { row, last } = rows.get(at) ?? {
      row: committed(entry),
      last: joinable(entry?.pending ?? []),
    };
    // Already on disk: an earlier try had arrived after all.
    if (state.mutations.has(mutation.id)) return mutation.id;
    if (mutation.op === 'create' && row) return alreadyExists(mutation);
    if (mutation.op !== 'create' && !row) return notFound(mutation);
    const write = carried(mutation, on, row, fields(collection));
    const after = applied(write, row);
    if (write.op === 'delete') drop.push(...settledByDeletion(entry));
    const joined = last && coalesce(last, write);
    const fits = !joined || encode(joined).length < limits.mutationBytes;
    if (!last || !fits) {
      const alone = Object.assign(write, { seq: ++seq });
      put.set(write.id, alone);
      rows.set(at, { row: after, last: alone });
      return write.id;
    }
    // A dead letter goes again under a new id together with what may mend it.
    const next = joined && last.problem ? anew(joined, write.id, [last.id]) : joined;
    if (next?.id !== last.id && (!put.delete(last.id) || state.mutations.has(last.id)))
      drop.push(last.id);
    if (next) put.set(next.id, next);
    rows.set(at, { row: after, last: next ?? undefined });
    return next ? next.id : null;
  });

  const meta: Partial<Meta> | undefined = seq === state.meta.seq ? undefined : { seq };
  return { record: { drop, put: [...put.values()], ...(meta && { meta }) }, results };
}

/**
 * The write as it means on the row as it is by now: another tab or a pull may have changed it since
 * the app looked, and what the app counted up was the row that it saw.
 */
function carried(
  write: Mutation,
  on: Row | null,
  row: Row | null,
  types: FieldTypes | undefined,
): Mutation {
  if (write.op !== 'update' || !on || !row || same(on, row)) return write;
  const merged: Row & JsonObject = merge(on, { ...on, ...write.patch }, row, types).local;
  // Only members with a type are counted up; what others were given is what they become.
  const typed = Object.entries(merged).filter(
    ([name]) => types?.[name] && Object.hasOwn(write.patch!, name),
  );
  return { ...write, patch: { ...write.patch, ...Object.fromEntries(typed) } };
}

/** Dead letters that wanted what is done now: to delete a row that somebody had changed. */
function settledByDeletion(entry: Entry | undefined): string[] {
  const letters = entry?.pending.filter((mutation) => mutation.op === 'delete' && !shows(mutation));
  return letters?.map(({ id }) => id) ?? [];
}

function alreadyExists({ collection, key }: Mutation): SyncError {
  return new SyncError('already-exists', `“${collection}” has a row “${key}” already; update it.`);
}

function notFound({ collection, key, op }: Mutation): SyncError {
  return new SyncError('not-found', `“${collection}” has no row “${key}” to ${op}.`);
}

function asSyncError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  return new SyncError('storage', 'This device’s storage failed.', { cause: error });
}
