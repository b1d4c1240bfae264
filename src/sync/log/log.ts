/**
 * This tab's end of the log. A record is only appended behind all that this tab has folded; where
 * another tab was faster, its records are folded first and ours is built anew, so two tabs never
 * overwrite each other. Called one at a time: `commits.ts` sees to it.
 */
import { SyncError } from '../errors.js';
import { decodeRecord, encodeRecord, isEmpty, type LogRecord } from './record.js';
import { rescued } from './rescue.js';
import type { Losses } from './snapshot.js';
import type { State } from './state.js';
import type { Disk, LogEntry, Refusal, Revision, Snapshot } from '../storage/storage.js';

/**
 * What a system change adds to the log, computed on the newest state, and again where another tab
 * was faster: beside what need not survive a reload it must not have effects.
 */
export type Build = (state: State) => Omit<LogRecord, 'by'>;

export type Durability = Parameters<Disk['commit']>[2];

export interface LogDelegate {
  /** What must be in the log before anything else: who this is, and migrations. */
  begin: Build;
  /** Why this code may not go on with what the log says, if it may not. */
  check(): SyncError | null;
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

/** Characters of log that are worth compacting when the disk is full. */
const WORTH = 65_536;

export class Log {
  #disk: Disk | undefined;
  /** A compaction has failed: what is in memory can't be compacted before it was read anew. */
  #stale = false;
  /** The log's end when there was no room to compact it either. */
  #full: Revision = -1;
  /** Records that this tab has made. */
  #count = 0;

  constructor(
    private readonly openDisk: () => Promise<Disk>,
    private readonly state: State,
    private readonly tab: string,
    private readonly delegate: LogDelegate,
  ) {}

  /** Opens the disk where it is not open; rejects where it can't be. */
  async open(): Promise<void> {
    if (!this.#disk) await this.#open();
    if (this.#stale) await this.#reload();
  }

  /** Appends what `build` makes of the newest state. Rejects with a typed error. */
  async append(build: Build, durability: Durability): Promise<void> {
    const by: LogRecord['by'] = [this.tab, ++this.#count];
    try {
      for (;;) {
        const forbidden = this.delegate.check();
        if (forbidden) throw forbidden;
        const record: LogRecord = { by, ...build(this.state) };
        if (isEmpty(record)) return;
        // The first that a disk takes again: other tabs must know at once what was sent meanwhile.
        const owed = this.state.owedMarks();
        if (owed.length) record.sent = [...(record.sent ?? []), ...owed];
        const text = encodeRecord(record);
        const answer = await this.#commit(text, owed.length ? 'strict' : durability);
        if (answer === 'room') continue;
        if (typeof answer === 'number') {
          this.#fold(answer, record, text.length, true);
          this.state.settled(owed.map(([id]) => id));
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

  /** Folds what other tabs appended. */
  async catchUp(): Promise<void> {
    await this.#follow(await this.#disk!.since(this.state.position));
    const forbidden = this.delegate.check();
    if (forbidden) throw forbidden;
  }

  /** `null`, and nothing folded, where one can't be read. */
  foldAll(entries: readonly LogEntry[]): LogRecord[] | null {
    const records = entries.flatMap(({ text }) => decodeRecord(text) ?? []);
    if (records.length < entries.length) return null;
    records.forEach((record, i) => {
      const { rev, text } = entries[i]!;
      this.#fold(rev, record, text!.length, false);
    });
    return records;
  }

  /** Writes the pages that changed, in the place of the log. */
  async compact(): Promise<void> {
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

  close(): void {
    this.#disk?.close();
  }

  /** Appends; `room` where the disk was full of the log itself, which is compacted now. */
  async #commit(record: string, durability: Durability): Promise<Revision | Refusal | 'room'> {
    const { position, logSize, rev } = this.state;
    try {
      return await this.#disk!.commit(position, { record }, durability);
    } catch (error) {
      const worth = logSize > WORTH && this.#full !== rev;
      if (asSyncError(error).code !== 'quota' || !worth) throw error;
      try {
        await this.compact();
        return 'room';
      } catch {
        this.#full = rev;
        throw error;
      }
    }
  }

  async #open(): Promise<void> {
    const disk = await this.openDisk();
    try {
      this.#disk = disk;
      await this.#reload();
      await this.append(this.delegate.begin, 'strict');
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
    if (lost) this.delegate.onCorrupt(lost);
  }

  /** Comes up to where the disk is; answers the records that were folded on the way. */
  async #follow(answer: Refusal): Promise<LogRecord[]> {
    const folded = typeof answer === 'object' && this.foldAll(answer.missed);
    if (folded) return folded;
    if (answer === 'lost') await this.#begin();
    else await this.#reload();
    return [];
  }

  /**
   * The database was deleted under this tab and made anew: evicted, most likely. What is in memory
   * and was never accepted goes into the new one, before memory takes that one's state; the rest can
   * be pulled again.
   */
  async #begin(): Promise<void> {
    const disk = this.#disk!;
    for (;;) {
      const fresh = this.state.another();
      fresh.load(await disk.load());
      const rescue = rescued(this.state, fresh);
      const text = encodeRecord({ by: [this.tab, ++this.#count], ...rescue });
      const answer = await disk.commit(fresh.position, { record: text }, 'strict');
      if (typeof answer !== 'number') continue;
      const snapshot = await disk.load();
      // Deleted once more meanwhile: only memory has it all.
      if (snapshot.life !== fresh.life) continue;
      this.#take(snapshot);
      this.delegate.broadcast(this.state.rev, '');
      return this.delegate.onLost(rescue.put!.length);
    }
  }

  #fold(rev: Revision, record: LogRecord, size: number, own: boolean): void {
    if (rev <= this.state.rev) return;
    this.state.logSize += size;
    this.state.fold(rev, record);
    if (own) this.state.settled(record.drop ?? []);
    this.delegate.onCommit(record, own);
  }
}

export function asSyncError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  return new SyncError('storage', 'This device’s storage failed.', { cause: error });
}
