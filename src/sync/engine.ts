/**
 * Ties the pieces together: one state in memory, one log on disk, one connection in whichever tab
 * leads. What the app calls is here; how it is done is in the files it imports.
 */
import { backoff } from './backoff.js';
import { createCollection, type CollectionHost } from './collection.js';
import { Commits } from './commits.js';
import type { SyncEngineConfig, SyncResult } from './config.js';
import { Connection } from './connection.js';
import { SyncError } from './errors.js';
import { LogicalClock, uuid } from './ids.js';
import type { Observable } from './observable.js';
import { platformPorts, type Channel, type Ports } from './ports.js';
import { Queries } from './query.js';
import type { RebaseRules } from './rebase.js';
import { PendingWrite, Receipts } from './receipts.js';
import { isWaiting, type LogRecord, type Mutation } from './record.js';
import { State } from './state.js';
import { Status } from './status.js';
import { isMessage, type Message } from './tabs.js';
import type { Collection, Row, SyncStatus, Write } from './types.js';
import { Unresolved, type DeadLetter, type ParkedConflict } from './unresolved.js';

export class SyncEngine {
  /** Resolves when rows can be read; rejects when this device's storage can't be. It is tried again. */
  readonly ready: Promise<void>;
  /** The status as an observable: what `<bl-sync-status>` takes as its source. */
  readonly status: Observable<SyncStatus>;

  readonly #ports: Ports;
  readonly #tab: string;
  readonly #state: State;
  readonly #queries: Queries;
  readonly #commits: Commits;
  readonly #unresolved: Unresolved;
  readonly #receipts = new Receipts();
  readonly #time: LogicalClock;
  readonly #status: Status;
  readonly #collections = new Map<string, Collection>();
  readonly #closing = new AbortController();
  readonly #asked = new Map<string, (result: SyncResult) => void>();
  readonly #stopWatching: () => void;
  #channel: Channel | undefined;
  #connection: Connection | undefined;
  #forcedOnline: boolean | null = null;
  #cancelFold: (() => void) | undefined;

  constructor(private readonly config: SyncEngineConfig) {
    this.#ports = { ...platformPorts(), ...config.ports };
    const { clock, random, network } = this.#ports;
    this.#tab = uuid(clock, random);
    this.#time = new LogicalClock(clock);
    const entities = Object.entries(config.entities);
    const forget = new Set(
      entities.flatMap(([name, { append }]) => (append === 'forget' ? name : [])),
    );
    this.#state = new State((...change) => this.#queries.changed(...change), forget);
    this.#queries = new Queries((collection) => this.#state.rows(collection));
    this.#commits = new Commits(config.storage, this.#state, this.#tab, {
      onCommit: (record, own) => this.#onCommit(record, own),
      broadcast: (rev, record) =>
        this.#post({ type: 'commit', rev, ...(record.length < BROADCAST_AT_MOST && { record }) }),
      onStorage: (state, error) => this.#status.setStorage(state, error),
      onLost: (saved) => {
        config.telemetryClient?.track('sync.storage-lost', { saved });
        this.#connection?.request();
      },
    });
    this.#unresolved = new Unresolved(this.#state, this.#commits, () => this.#newId());
    this.#status = new Status(this.#state, () => ({
      connection: this.#connection,
      online: this.#online(),
    }));
    this.#status.onLeaderStatus = (status) => this.#post({ type: 'leader', status });
    this.status = this.#status;
    this.#stopWatching = network.onChange(() => this.#onNetwork());
    this.ready = this.#open();
    // Whoever does not wait for it learns from the status and from rejected writes.
    this.ready.catch(() => this.#openLater());
  }

  /** The same object every time. Rows are typed by the caller. */
  collection<R extends Row = Row & Record<string, unknown>>(name: string): Collection<R> {
    if (!Object.hasOwn(this.config.entities, name))
      throw new SyncError('unknown-collection', `Add “${name}” to the engine’s entities first.`);
    let collection = this.#collections.get(name);
    if (!collection) {
      const host: CollectionHost = {
        state: this.#state,
        queries: this.#queries,
        newId: () => this.#newId(),
        write: (mutation) => this.#write(mutation),
      };
      this.#collections.set(name, (collection = createCollection(name, host)));
    }
    return collection as unknown as Collection<R>;
  }

  getStatus(): SyncStatus {
    return this.#status.get();
  }

  onStatusChange(callback: (status: SyncStatus) => void): () => void {
    return this.#status.subscribe(callback);
  }

  /** `create`, `update` or `delete` by name. */
  push(
    entity: string,
    data: { id?: string } & Record<string, unknown>,
    operation: 'create' | 'update' | 'delete',
  ): Write {
    const collection = this.collection(entity);
    if (operation === 'create') return collection.create(data as Omit<typeof data, 'id'>);
    const { id = '', ...patch } = data;
    return operation === 'delete' ? collection.delete(id) : collection.update(id, patch);
  }

  delete(entity: string, id: string): Write {
    return this.collection(entity).delete(id);
  }

  /** Mutations on disk that the server has not accepted yet. */
  getQueueLength(): number {
    return this.#state.counts().pending;
  }

  /** Sends what waits and fetches what is new, now. Never rejects: the result says what went wrong. */
  flush(): Promise<SyncResult> {
    return this.#sync();
  }

  /** The same: there is no fetching without offering what waits. */
  pull(): Promise<SyncResult> {
    return this.#sync();
  }

  fullSync(): Promise<SyncResult> {
    return this.#sync();
  }

  /** Gives up everything that waits to be sent; rows go back to the server's state. */
  clearQueue(): Promise<void> {
    return this.#unresolved.clear();
  }

  /** The dead letters, oldest first. */
  failed(): DeadLetter[] {
    return this.#unresolved.letters();
  }

  /** Sends dead letters again, one or all. */
  reprocessFailed(id?: string): Promise<void> {
    return this.#unresolved.reprocess(id);
  }

  /** Gives a dead letter up; the row goes back to the server's state. */
  discard(id: string): Promise<void> {
    return this.#unresolved.discard(id);
  }

  /** The parked conflicts, oldest first. */
  conflicts(): ParkedConflict[] {
    return this.#unresolved.conflicts();
  }

  /** Ends a parked conflict: the row becomes this on every device; `null` deletes it. */
  resolve(id: string, row: Row | null): Promise<void> {
    return this.#unresolved.resolve(id, row);
  }

  /** Everything that the server has not accepted, to be kept elsewhere when the disk fails. */
  exportPending(): Mutation[] {
    return [...this.#state.mutations.values()];
  }

  /** Overrides the network's own hint; `null` goes back to it. */
  setOnline(online: boolean | null): void {
    this.#forcedOnline = online;
    this.#onNetwork();
  }

  /** Stops when what was written is on disk. What waits to be sent stays there. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new SyncError('closed', 'The engine was closed.'));
    this.#stopWatching();
    this.#cancelFold?.();
    this.#connection?.stop();
    await this.#connection?.rested();
    await this.#commits.close();
    this.#receipts.close(new SyncError('closed', 'The engine was closed; it may still be sent.'));
    this.#channel?.close();
  }

  /** Closes and deletes everything on this device, unsent work included. */
  async destroy(): Promise<void> {
    this.#post({ type: 'destroy' });
    await this.close();
    await this.config.storage.destroy();
  }

  async #open(): Promise<void> {
    const { clock, random, channel } = this.#ports;
    await this.#commits.open();
    this.#channel = channel(this.config.storage.name, (message) => this.#onMessage(message));
    await this.#commits.change((state) =>
      state.meta.client ? {} : { meta: { client: uuid(clock, random) } },
    );
    this.#commits.catchUp();
    this.#post({ type: 'hello' });
    this.#status.changed();
    void this.#ports.locks
      .request(this.config.storage.name, this.#closing.signal, () => this.#lead())
      .catch(() => {});
  }

  /** The disk was not to be had: a database that another tab upgrades, a browser that recovers. */
  #openLater(attempt = 0): void {
    const { clock, random } = this.#ports;
    const cancel = clock.after(1_000 + backoff(attempt, random), () => {
      this.#open().catch(() => this.#openLater(attempt + 1));
    });
    this.#closing.signal.addEventListener('abort', cancel, { once: true });
  }

  /** Runs while this tab is the one that talks to the server. */
  async #lead(): Promise<void> {
    const signal = this.#closing.signal;
    if (signal.aborted) return;
    const { transport, entities, maxRetries, telemetryClient } = this.config;
    const names = Object.keys(entities);
    this.#connection = new Connection({
      ports: this.#ports,
      transport,
      commits: this.#commits,
      state: this.#state,
      pulled: names.filter((name) => !entities[name]!.append),
      lanes: [...new Set(names.map((name) => transport.lane?.(name) ?? ''))],
      rules: (collection) => this.#rules(collection),
      maxRetries,
      online: () => this.#online(),
      onReset: (reason) => telemetryClient?.track('sync.reset', { reason }),
      onAuthRequired: () => void this.#askForSession(),
      changed: () => this.#status.changed(),
      track: (event, properties) => telemetryClient?.track(event, properties),
    });
    this.#connection.start();
    this.#status.changed();
    this.#post({ type: 'lead' });
    for (const answer of this.#asked.values()) void this.#runSync(this.#connection).then(answer);
    this.#asked.clear();
    await new Promise((closed) => signal.addEventListener('abort', closed, { once: true }));
  }

  #rules(collection: string): RebaseRules {
    return {
      strategy: this.config.entities[collection]?.conflictStrategy ?? 'merge',
      onConflict: this.config.onConflict,
      newId: () => this.#newId(),
    };
  }

  #write(change: Pick<Mutation, 'collection' | 'key' | 'op' | 'value' | 'patch'>): Write {
    const mutation: Mutation = { id: this.#newId(), seq: 0, at: this.#time.next(), ...change };
    let written!: (key: string) => void;
    let failed!: (error: SyncError) => void;
    const write = new PendingWrite((resolve, reject) => {
      written = resolve;
      failed = reject;
    });
    const { receipt } = write;
    this.#commits.write({
      mutation,
      done: (survivor) => {
        if (survivor === null) receipt.accept();
        else this.#receipts.add(survivor, receipt);
        written(change.key);
      },
      fail: (error) => {
        receipt.refuse(error);
        failed(error);
      },
    });
    return write;
  }

  /** Asks whoever leads to talk to the server, and waits until it rests. */
  async #sync(): Promise<SyncResult> {
    await this.ready.catch(() => {});
    if (this.#connection) return this.#runSync(this.#connection);
    const id = this.#newId();
    return new Promise((resolve) => {
      const cancel = this.#ports.clock.after(35_000, () => {
        this.#asked.delete(id);
        const error = { code: 'timeout', message: 'The leading tab did not answer.' };
        resolve(this.#result({ pushed: 0, pulled: 0, conflicts: 0 }, [error]));
      });
      this.#asked.set(id, (result) => {
        cancel();
        resolve(result);
      });
      this.#post({ type: 'sync', id });
    });
  }

  async #runSync(connection: Connection): Promise<SyncResult> {
    const { pushed, pulled, conflicts } = connection.totals;
    connection.resume();
    await connection.rested();
    const now = connection.totals;
    const offline = { code: 'offline', message: 'This device is offline.' };
    const errors = !this.#online() ? [offline] : [connection.lastError ?? []].flat();
    return this.#result(
      {
        pushed: now.pushed - pushed,
        pulled: now.pulled - pulled,
        conflicts: now.conflicts - conflicts,
      },
      errors.map(({ code, message }) => ({ code, message })),
    );
  }

  #result(
    counts: Pick<SyncResult, 'pushed' | 'pulled' | 'conflicts'>,
    errors: SyncResult['errors'],
  ): SyncResult {
    return { success: !errors.length, ...counts, errors, timestamp: this.#ports.clock.now() };
  }

  async #askForSession(): Promise<void> {
    try {
      await this.config.onAuthRequired?.();
    } catch {
      return; // No new session: it stays paused until somebody asks again.
    }
    if (this.config.onAuthRequired) this.#connection?.resume();
  }

  #onCommit(record: LogRecord, own: boolean): void {
    if (!own) for (const { at } of record.put ?? []) this.#time.see(at);
    this.#receipts.fold(record);
    if (record.put?.some(isWaiting)) this.#connection?.push();
    this.#scheduleFold();
    this.#status.changed();
  }

  /** The leader folds the log into pages, when it has grown and the tab is at rest. */
  #scheduleFold(): void {
    if (!this.#connection || this.#state.unfolded < FOLD_AT || this.#cancelFold) return;
    this.#cancelFold = this.#ports.clock.after(FOLD_DELAY, () => {
      this.#cancelFold = undefined;
      this.#commits.fold();
    });
  }

  #onMessage(message: unknown): void {
    if (!isMessage(message)) return;
    switch (message.type) {
      case 'commit':
        return this.#commits.receive(message.rev, message.record);
      case 'leader':
        return this.#status.setLeaderStatus(message.status);
      case 'hello':
        return this.#status.tell();
      case 'destroy':
        return void this.close();
      case 'lead':
        for (const id of this.#asked.keys()) this.#post({ type: 'sync', id });
        return;
      case 'synced':
        this.#asked.get(message.id)?.(message.result);
        this.#asked.delete(message.id);
        return;
      case 'sync':
        if (this.#connection)
          void this.#runSync(this.#connection).then((result) =>
            this.#post({ type: 'synced', id: message.id, result }),
          );
    }
  }

  #onNetwork(): void {
    if (this.#online()) this.#connection?.request({ now: true });
    else this.#connection?.interrupt();
    this.#status.changed();
  }

  #online(): boolean {
    return this.#forcedOnline ?? this.#ports.network.online();
  }

  #post(message: Message): void {
    if (!this.#closing.signal.aborted) this.#channel?.post(message);
  }

  #newId(): string {
    return uuid(this.#ports.clock, this.#ports.random);
  }
}

/** Characters of a record that goes to every tab; copying more costs the writer too much. */
const BROADCAST_AT_MOST = 64_000;
/** Changes in the log, and ms of rest, before the leader folds it. */
const FOLD_AT = 2_000;
const FOLD_DELAY = 2_000;

/** Makes the runtime for one database; it opens, elects a leader and synchronises by itself. */
export function createSyncEngine(config: SyncEngineConfig): SyncEngine {
  return new SyncEngine(config);
}
