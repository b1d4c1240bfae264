/**
 * One user's database on this device, looked after: opened, and tried again while the disk is not to
 * be had; looked at again after it has refused; compacted when its log has grown; and missed when
 * the browser has deleted it.
 */
import type { SyncEngineConfig } from './config.js';
import { backoff } from './connection/backoff.js';
import { SyncError, type SyncErrorCode } from './errors.js';
import type { Events } from './events.js';
import { uuid } from './ids.js';
import { Commits } from './log/commits.js';
import { migrate, outdated } from './log/migrate.js';
import type { LogRecord, Meta } from './log/record.js';
import type { State } from './log/state.js';
import { WitnessNotes } from './log/witness.js';
import type { Ports } from './ports.js';
import type { Status } from './status.js';
import type { Revision, Storage } from './storage/storage.js';

export interface DatabaseHost {
  config: SyncEngineConfig;
  ports: Ports;
  state: State;
  status: Status;
  events: Events;
}

export interface DatabaseDelegate {
  /** Rows can be read. Not where it was stopped meanwhile. */
  onOpen(): void;
  /** A record was folded, ours or another tab's. */
  onCommit(record: LogRecord, own: boolean): void;
  /** The disk was read anew, with all that this tab had missed. */
  onReload(): void;
  /** It was gone, and what memory had is in a new one: the rest is to be pulled again. */
  onLost(): void;
  /** A later version of the app has written it: this one may not go on. */
  onOutdated(): void;
  /** Tells the other tabs; an empty record is to be read from the disk. */
  broadcast(rev: Revision, record: string): void;
  /** Whether it is this tab's business to compact it. */
  leads(): boolean;
}

/**
 * Changes in the log or characters of it, whichever come first, and ms of rest, before the leader
 * compacts it.
 */
const COMPACT_AT = 2_000;
const COMPACT_SIZE = 262_144;
const COMPACT_DELAY = 2_000;

export class Database {
  readonly commits: Commits;
  readonly #witness: WitnessNotes;
  /** Writes that were unsent in a database that is gone. */
  #gone: number | null = null;
  #stopped = false;
  #cancelOpen = () => {};
  #cancelCompaction: (() => void) | undefined;
  #cancelProbe: (() => void) | undefined;
  #probes = 0;

  constructor(
    private readonly host: DatabaseHost,
    storage: Storage,
    private readonly delegate: DatabaseDelegate,
    /** Another database may have to be closed before; writes may come sooner. */
    before: Promise<unknown>,
    tab: string,
  ) {
    const { config, ports, state, status, events } = host;
    this.#witness = new WitnessNotes(storage.witness, state, ports.clock);
    this.commits = new Commits(() => before.then(() => storage.open()), state, tab, {
      begin: (now) => {
        const { meta, ...migrated } = migrate(now, config.entities);
        const first = now.meta.client ? {} : this.#firstMeta(now);
        return { ...migrated, meta: { ...first, ...meta } };
      },
      check: () => outdated(state.meta.versions, config.entities),
      fields: (collection) => config.entities[collection]?.fields,
      onCommit: (record, own) => {
        this.#witness.changed();
        delegate.onCommit(record, own);
        this.compactLater();
      },
      broadcast: (rev, record) => delegate.broadcast(rev, record),
      onStorage: (storage, error) => {
        if (this.#stopped) return;
        if (error?.code === 'quota') events.emit('quota', {});
        if (error?.code === 'outdated') delegate.onOutdated();
        status.setStorage(storage, error);
        this.#probe(storage === 'ok' ? undefined : error?.code);
      },
      onReload: () => delegate.onReload(),
      onLost: (saved) => {
        events.emit('storage-lost', { saved, gone: 0 });
        delegate.onLost();
      },
      onCorrupt: (lost) => {
        events.emit('corrupt', { ...lost });
        status.setLoss(
          new SyncError('corrupt', 'Some of this device’s data was damaged; the rest was kept.'),
        );
      },
    });
  }

  /** Resolves when rows can be read. Rejects where the disk is not to be had, and tries it again. */
  open(): Promise<void> {
    const opened = this.#open();
    // Whoever does not wait for it learns from the status and from rejected writes.
    opened.catch((error: SyncError) => this.#openLater(error));
    return opened;
  }

  /** The leader compacts the log when it has grown and the tab is at rest. */
  compactLater(): void {
    const { state, ports } = this.host;
    if (!this.delegate.leads() || this.#cancelCompaction) return;
    if (state.uncompacted < COMPACT_AT && state.logSize < COMPACT_SIZE) return;
    this.#cancelCompaction = ports.clock.after(COMPACT_DELAY, () => {
      this.#cancelCompaction = undefined;
      this.commits.compact();
    });
  }

  /** Notes elsewhere what is in it, now: the page may not wake up again. */
  flush(): void {
    this.#witness.flush();
  }

  /** Nothing is begun from here on; what was asked for still goes to the disk. */
  stop(): void {
    this.#stopped = true;
    this.#cancelOpen();
    this.#cancelCompaction?.();
    this.#cancelProbe?.();
  }

  /** Resolves when everything asked for is on disk. */
  async close(): Promise<void> {
    await this.commits.close();
    this.flush();
  }

  async #open(): Promise<void> {
    await this.commits.open();
    if (this.#gone !== null) this.#reportLoss(this.#gone);
    if (!this.#stopped) this.delegate.onOpen();
  }

  /** The disk was not to be had: a database that another tab upgrades, a browser that recovers. */
  #openLater({ code }: SyncError, attempt = 0): void {
    // Where there is none, only a write asks again.
    if (code === 'unavailable' || this.#stopped) return;
    const { clock, random } = this.host.ports;
    this.#cancelOpen = clock.after(1_000 + backoff(attempt, random), () => {
      this.#open().catch((error: SyncError) => this.#openLater(error, attempt + 1));
    });
  }

  /**
   * A disk that refuses is tried again, so that the status says so for no longer than it is true,
   * and a tab that writes nothing hears again of what the others do.
   */
  #probe(refusal: SyncErrorCode | undefined): void {
    if (refusal !== 'quota' && refusal !== 'storage') {
      this.#cancelProbe?.();
      this.#cancelProbe = undefined;
      this.#probes = 0;
      return;
    }
    if (this.#cancelProbe) return;
    const { clock, random } = this.host.ports;
    this.#cancelProbe = clock.after(1_000 + backoff(this.#probes++, random), () => {
      this.#cancelProbe = undefined;
      this.commits.catchUp();
      // Says nothing new: whether it can be written is what matters.
      this.commits.change(({ meta: { seq } }) => ({ meta: { seq } })).catch(() => {});
    });
  }

  /** Who this device is: who it was, where the note of an earlier database says so. */
  #firstMeta({ rev }: State): Partial<Meta> {
    const { clock, random } = this.host.ports;
    const note = this.#witness.read();
    // Later than that it is the meta data alone that could not be read.
    this.#gone = note && rev === 0 ? note.pending : null;
    return note ? { client: note.client, seq: note.seq } : { client: uuid(clock, random) };
  }

  #reportLoss(gone: number): void {
    const { events, status } = this.host;
    this.#gone = null;
    events.emit('storage-lost', { saved: 0, gone });
    const writes = `${gone} ${gone === 1 ? 'write' : 'writes'}`;
    status.setLoss(
      new SyncError('storage-lost', `The browser deleted the database; ${writes} may be gone.`),
    );
  }
}
