/** The status: always true, synchronous, the same object until something in it changes. */
import type { EntityConfig } from './config.js';
import type { Connection } from './connection/connection.js';
import { told, type SyncError } from './errors.js';
import { isWaiting } from './log/record.js';
import { Subscribers, type Observable, type SubscribeOptions } from './observable.js';
import type { State } from './log/state.js';
import type { LeaderStatus } from './tabs/tabs.js';
import type { SyncStatus } from './types.js';

const NO_LEADER: LeaderStatus = { status: 'idle', lastError: null, lastSyncedAt: null };

export class Status implements Observable<SyncStatus> {
  /** Called when the other tabs should know what the leader knows. */
  onLeaderStatus: (status: LeaderStatus) => void = () => {};
  readonly #subscribers = new Subscribers<SyncStatus>();
  #storage: SyncStatus['storage'] = 'ok';
  #storageError: SyncStatus['lastError'] = null;
  /** Shown until the next time that all was synchronised. */
  #loss: { error: SyncStatus['lastError']; lastSyncedAt: number | null } | null = null;
  #fromLeader = NO_LEADER;
  #value: SyncStatus | undefined;
  /** What the subscribers were told last: asking in between must not swallow the news. */
  #told: SyncStatus | undefined;
  /** What the other tabs were told last: most writes change nothing of it, and a message costs. */
  #passedOn = '';
  #scheduled = false;

  constructor(
    private readonly now: () => {
      state: State;
      connection: Connection | undefined;
      online: boolean;
      entities: Record<string, EntityConfig>;
    },
  ) {}

  readonly get = (): SyncStatus => {
    const next = this.#compute();
    if (this.#value && JSON.stringify(this.#value) === JSON.stringify(next)) return this.#value;
    return (this.#value = next);
  };

  readonly subscribe = (
    callback: (status: SyncStatus) => void,
    options?: SubscribeOptions,
  ): (() => void) => this.#subscribers.add(this.get(), callback, options);

  /** Something it is made of may have changed; tells once for all changes of a turn. */
  changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const value = this.get();
      if (value === this.#told) return;
      this.#told = value;
      this.#subscribers.tell(value);
      if (this.#passedOn !== JSON.stringify(forFollowers(value))) this.tell();
    });
  }

  /** Passes on to the other tabs what only the leader knows. */
  tell(): void {
    if (!this.now().connection) return;
    const news = forFollowers(this.get());
    this.#passedOn = JSON.stringify(news);
    this.onLeaderStatus(news);
  }

  setLeaderStatus(status: LeaderStatus): void {
    this.#fromLeader = status;
    this.changed();
  }

  setStorage(storage: SyncStatus['storage'], error?: SyncError): void {
    this.#storage = storage;
    this.#storageError = error ? told(error) : null;
    this.changed();
  }

  /** Something of what this device kept is gone. */
  setLoss(error: SyncError): void {
    this.#loss = { error: told(error), lastSyncedAt: this.#lastSyncedAt() };
    this.changed();
  }

  /** Somebody else is signed in: what was known is about another's database. */
  forget(): void {
    this.#storage = 'ok';
    this.#storageError = this.#loss = null;
    this.#fromLeader = NO_LEADER;
    this.changed();
  }

  #lastSyncedAt(): number | null {
    const own = this.now().state.meta.lastSyncedAt;
    return Math.max(own ?? 0, this.#fromLeader.lastSyncedAt ?? 0) || null;
  }

  #compute(): SyncStatus {
    const { state, connection, online, entities } = this.now();
    const talking = connection ? leading(connection, online) : this.#following(online);
    const stuck = talking.status === 'idle' ? unsendable(state, entities) : null;
    const { status, lastError } = stuck ? { status: 'error' as const, lastError: stuck } : talking;
    const { progress } = connection ?? this.#fromLeader;
    const lastSyncedAt = this.#lastSyncedAt();
    if (lastSyncedAt !== this.#loss?.lastSyncedAt) this.#loss = null;
    return {
      // Before the disk is read nobody knows what waits.
      status: this.#storage === 'degraded' ? 'error' : state.life ? status : 'syncing',
      ...state.counts(),
      lastSyncedAt,
      lastError: this.#storageError ?? this.#loss?.error ?? lastError,
      leader: connection !== undefined,
      storage: this.#storage,
      ...(progress !== undefined && { progress }),
    };
  }

  #following(online: boolean): Pick<SyncStatus, 'status' | 'lastError'> {
    return online ? this.#fromLeader : { status: 'offline', lastError: null };
  }
}

/** Unsent work of an entity that the configuration has not: this engine doesn't know how to send it. */
export function unsendable(
  { mutations }: State,
  entities: Record<string, EntityConfig>,
): SyncStatus['lastError'] {
  for (const mutation of mutations.values()) {
    const { collection } = mutation;
    if (Object.hasOwn(entities, collection) || !isWaiting(mutation)) continue;
    const message = `Changes of “${collection}” are not sent: the engine that leads has no such entity. Name the same entities in all engines of one storage.`;
    return { code: 'unknown-collection', message };
  }
  return null;
}

function forFollowers({ status, lastError, lastSyncedAt, progress }: SyncStatus): LeaderStatus {
  return { status, lastError, lastSyncedAt, ...(progress !== undefined && { progress }) };
}

function leading(
  connection: Connection,
  online: boolean,
): Pick<SyncStatus, 'status' | 'lastError'> {
  const { lastError: error, paused, busy } = connection;
  const lastError = error && told(error);
  if (!online) return { status: 'offline', lastError: null };
  if (paused) return { status: 'paused', lastError };
  if (error?.code === 'offline' || error?.code === 'timeout')
    return { status: 'offline', lastError };
  if (error) return { status: 'error', lastError };
  return { status: busy ? 'syncing' : 'idle', lastError: null };
}
