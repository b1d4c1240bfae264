/**
 * What an app calls. The engine holds what lasts as long as the app does: queries, events, the
 * status; a session (`session.ts`) is the database of whoever is signed in, with its rows.
 */
import { checkConfig, checkUser } from './check.js';
import { attempt, createCollection, type CollectionHost } from './query/collection.js';
import type { Entities, NewRowOf, RowOf, WithoutSchema } from './config.js';
import type { SyncEngineConfig, SyncResult } from './config.js';
import { invalid, SyncError } from './errors.js';
import { Events, type SyncEvents, type TraceEntry } from './events.js';
import { forgotten } from './outbox/forget.js';
import { freeze } from './freeze.js';
import { LogicalClock, uuid } from './ids.js';
import type { Observable, SubscribeOptions } from './observable.js';
import { platformPorts, type Ports } from './ports.js';
import { Queries } from './query/query.js';
import type { Mutation } from './log/record.js';
import { Scopes } from './pull/scopes.js';
import { Session } from './session.js';
import { State } from './log/state.js';
import { Status } from './status.js';
import type { Storage } from './storage/storage.js';
import type { Collection, Row, SyncStatus, Write } from './types.js';
import { Unresolved, type DeadLetter, type ParkedConflict } from './outbox/unresolved.js';

export class SyncEngine<E extends Entities = Entities> {
  /** The status as an observable: what `<bl-sync-status>` takes as its source. */
  readonly status: Observable<SyncStatus>;

  readonly #ports: Ports;
  readonly #queries: Queries;
  readonly #events: Events;
  readonly #time: LogicalClock;
  readonly #status: Status;
  readonly #collections = new Map<string, Collection>();
  readonly #stopWatching: () => void;
  #user: string | null;
  #session: Session;
  /** The session's rows: whoever was signed in before has others. */
  #state!: State;
  #closed = false;
  #forcedOnline: boolean | null = null;
  private readonly config: SyncEngineConfig;

  constructor(given: SyncEngineConfig<E>) {
    checkConfig(given);
    const config: SyncEngineConfig = given.transport.whole ? unscoped(given) : given;
    this.config = config;
    this.#ports = { ...platformPorts(), ...config.ports };
    const { clock, network } = this.#ports;
    this.#time = new LogicalClock(clock);
    this.#events = new Events(clock, config.telemetryClient ?? null);
    this.#queries = new Queries(
      (collection) => this.#state.rows(collection),
      config.entities,
      (collection, where) => this.#state.aliases.condition(collection, where),
    );
    this.scopes = new Scopes(
      () => ({ state: this.#state, commits: this.#session.commits }),
      config.entities,
    );
    this.#status = new Status(() => ({
      state: this.#state,
      connection: this.#session?.connection,
      online: this.#online(),
      entities: config.entities,
    }));
    this.#status.onLeaderStatus = (status) => this.#session.post({ type: 'leader', status });
    this.status = this.#status;
    this.#user = config.user ?? null;
    this.#session = this.#openSession(storageOf(config, this.#user), Promise.resolve());
    this.#stopWatching = network.onChange((change) => {
      if (change === 'hidden') this.#session.hide();
      else if (change === 'background') this.#session.depart();
      else {
        if (change === 'shown') this.#session.show();
        this.#onNetwork();
      }
    });
  }

  /** Resolves when rows can be read; rejects when this device's storage can't be. It is tried again. */
  get ready(): Promise<void> {
    return this.#session.ready;
  }

  /** The parts of collections that this device keeps, beyond those of the configuration. */
  readonly scopes: Scopes;

  /** The same object every time. Rows are typed by the entity's schema, else by the caller. */
  collection<N extends keyof E & string>(name: N): Collection<RowOf<E[N]>, NewRowOf<E[N]>>;
  collection<R extends Row>(name: WithoutSchema<E>): Collection<R>;
  collection(name: string): Collection {
    return this.#collection(name);
  }

  getStatus(): SyncStatus {
    return this.#status.get();
  }

  onStatusChange(callback: (status: SyncStatus) => void): () => void {
    return this.#status.subscribe(callback);
  }

  /** `create`, `update` or `delete` by name. */
  push(entity: string, data: object, operation: 'create' | 'update' | 'delete'): Write {
    return attempt(() => {
      const collection = this.#collection(entity);
      if (operation === 'create') return collection.create(data as Omit<Row, 'id'>);
      const { id = '', ...patch } = (data ?? {}) as Partial<Row>;
      if (operation === 'delete') return collection.delete(id);
      if (operation === 'update') return collection.update(id, patch);
      throw invalid(`push takes create, update or delete, not “${String(operation)}”.`);
    });
  }

  delete(entity: string, id: string): Write {
    return attempt(() => this.#collection(entity).delete(id));
  }

  /** Mutations on disk that the server has not accepted yet. */
  getQueueLength(): number {
    return this.#state.counts().pending;
  }

  /**
   * Sends what waits and fetches what is new, now. Never rejects: the result says what went wrong.
   * An aborted `signal` ends the waiting, not the work.
   */
  flush(options?: SubscribeOptions): Promise<SyncResult> {
    return this.#session.sync(options);
  }

  /** The same: there is no fetching without offering what waits. */
  pull(options?: SubscribeOptions): Promise<SyncResult> {
    return this.#session.sync(options);
  }

  fullSync(options?: SubscribeOptions): Promise<SyncResult> {
    return this.#session.sync(options);
  }

  /**
   * Gives up everything that waits and was never sent; rows go back to the server's state. What was
   * offered once may have arrived: it is seen through.
   */
  clearQueue(): Promise<void> {
    return this.#unresolved.clear();
  }

  /**
   * Deletes what this device has of entities that are only ever appended (`append`), whether it was
   * sent or not: nobody consents to it any more. What is on its way may still arrive.
   */
  async forget(entities: readonly string[]): Promise<void> {
    for (const name of entities) {
      const entity = this.config.entities[name];
      if (entity && !entity.append) throw invalid(`“${name}” is not only appended.`);
    }
    const { commits } = this.#session;
    await commits.change((state) => forgotten(state, entities), 'strict');
    // Until then the disk still has it in its log.
    commits.compact();
  }

  /** The dead letters, oldest first. */
  failed(): DeadLetter[] {
    return this.#unresolved.letters();
  }

  /** Sends dead letters again: one, or all but those that lost against somebody else's change. */
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

  /**
   * Ends a parked conflict: the row becomes this on every device, `null` deletes it. `local` and
   * `remote` decide what is in dispute for one side and keep what merged.
   */
  resolve(id: string, decision: Row | null | 'local' | 'remote'): Promise<void> {
    return this.#unresolved.resolve(id, decision);
  }

  /** Everything that the server has not accepted, to be kept elsewhere when the disk fails. */
  exportPending(): Mutation[] {
    return [...this.#state.mutations.values()].map(freeze);
  }

  /**
   * Who is signed in. Everybody has a database of their own on this device: what the one before had
   * not sent waits there until they sign in again, and is never sent with another's token. Resolves
   * when the new one's rows can be read, with how much of the old one's work is unsent.
   */
  async setUser(user: string | null): Promise<{ unsent: number }> {
    if (this.#closed) throw new SyncError('closed', 'The engine was closed.');
    if (user !== null) checkUser(user);
    if (user === this.#user) return this.ready.then(() => ({ unsent: 0 }));
    const storage = storageOf(this.config, user);
    this.#user = user;
    const before = this.#state;
    const closed = this.#session.close();
    // Reads and writes from here on are the new user's.
    const { ready } = (this.#session = this.#openSession(storage, closed));
    this.#leave(before);
    this.#status.forget();
    this.#events.forget();

    await closed;
    const { pending, failed, conflicts } = before.counts();
    const unsent = pending + failed + conflicts;
    this.#events.emit('user', { unsent });
    await ready;
    return { unsent };
  }

  /** Calls back when something happens; returns the way out. */
  on<N extends keyof SyncEvents>(
    event: N,
    callback: (detail: SyncEvents[N]) => void,
    options?: SubscribeOptions,
  ): () => void {
    return this.#events.on(event, callback, options);
  }

  /** The last few hundred things that the engine did, oldest first; no row contents. */
  trace(): TraceEntry[] {
    return this.#events.trace();
  }

  /** Overrides the network's own hint; `null` goes back to it. */
  setOnline(online: boolean | null): void {
    this.#forcedOnline = online;
    this.#onNetwork();
  }

  /** Stops when what was written is on disk. What waits to be sent stays there. */
  close(): Promise<void> {
    this.#closed = true;
    this.#stopWatching();
    const error = new SyncError('closed', 'The engine was closed; make a new one.');
    this.#status.setStorage('degraded', error);
    return this.#session.close();
  }

  /** Closes and deletes everything that this device has of the user, unsent work included. */
  destroy(): Promise<void> {
    const destroyed = this.#session.destroy();
    this.#end();
    return destroyed;
  }

  /** What is deleted is not shown any longer, in this tab or another. */
  #end(): void {
    void this.close();
    const before = this.#state;
    this.#state = before.another();
    this.#leave(before);
  }

  /** Queries know these rows no longer. */
  #leave(before: State): void {
    for (const name of Object.keys(this.config.entities))
      for (const { view } of before.rows(name).values()) this.#queries.changed(name, view, null);
    this.#queries.renamed();
  }

  #openSession(storage: Storage, before: Promise<unknown>): Session {
    const { entities, transport } = this.config;
    const forget = Object.keys(entities).filter((name) => entities[name]!.append === 'forget');
    const state: State = (this.#state = new State(
      // Whoever was signed in before may still be on the way to the disk.
      (...change) => state === this.#state && this.#queries.changed(...change),
      new Set(forget),
      transport.aliases?.(
        (collection) => entities[collection]?.dependsOn,
        () => state === this.#state && this.#queries.renamed(),
      ),
    ));
    return new Session(
      {
        config: this.config,
        ports: this.#ports,
        state,
        status: this.#status,
        events: this.#events,
        time: this.#time,
        online: () => this.#online(),
        newId: () => this.#newId(),
        onDestroy: () => {
          this.#end();
          this.#events.emit('destroyed', {});
        },
      },
      storage,
      before,
    );
  }

  #collection(name: string): Collection {
    if (!Object.hasOwn(this.config.entities, name))
      throw new SyncError('unknown-collection', `Add “${name}” to the engine’s entities first.`);
    let collection = this.#collections.get(name);
    if (!collection) {
      const state = () => this.#state;
      const host: CollectionHost = {
        get state() {
          return state();
        },
        queries: this.#queries,
        newId: () => this.#newId(),
        write: (changes, ids) => this.#session.write(changes, ids),
      };
      const { schema } = this.config.entities[name]!;
      this.#collections.set(name, (collection = createCollection(name, host, schema)));
    }
    return collection;
  }

  get #unresolved(): Unresolved {
    return new Unresolved(this.#state, this.#session.commits, {
      newId: () => this.#newId(),
      fields: (collection) => this.config.entities[collection]?.fields,
      schema: (collection) => this.config.entities[collection]?.schema,
    });
  }

  #onNetwork(): void {
    const { connection } = this.#session;
    if (this.#online()) {
      connection?.request({ now: true });
      this.#session.askAgain();
    } else connection?.interrupt();
    this.#status.changed();
  }

  #online(): boolean {
    return this.#forcedOnline ?? this.#ports.network.online();
  }

  #newId(): string {
    return uuid(this.#ports.clock, this.#ports.random);
  }
}

/** Rows that are told whatever their scope would be dropped by it at the next start. */
function unscoped(config: SyncEngineConfig): SyncEngineConfig {
  const entities = Object.entries(config.entities).map(([name, { scope: _, ...entity }]) => [
    name,
    entity,
  ]);
  return { ...config, entities: Object.fromEntries(entities) as Entities };
}

function storageOf({ storage }: SyncEngineConfig, user: string | null): Storage {
  if (user === null) return storage;
  if (storage.forUser) return storage.forUser(user);
  throw invalid('This storage keeps one user only: it has no `forUser`.');
}

/** Makes the runtime for one database; it opens, elects a leader and synchronises by itself. */
export function createSyncEngine<E extends Entities>(config: SyncEngineConfig<E>): SyncEngine<E> {
  return new SyncEngine(config);
}
