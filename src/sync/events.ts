/**
 * What the engine does, for whoever wants to know: listeners, telemetry, and a trace to download.
 * One place says it, three ways out. Details are counts, durations, ids and codes, never contents.
 */
import type { Clock } from './ports.js';
import { invalid } from './errors.js';
import { checkCallback, guard, type SubscribeOptions } from './observable.js';

export interface SyncEvents {
  /** A record was appended to the log, by this tab or another. */
  commit: { rev: number; own: boolean };
  /** A batch was answered. */
  push: { pushed: number; conflicts: number; rejected: number; ms: number };
  /** Rows arrived. */
  pull: { pulled: number; ms: number };
  /** A conflict waits for a person; see `conflicts()`. */
  conflict: { id: string; entity: string; key: string };
  /** The server refused a write for good; see `failed()`. */
  'dead-letter': { id: string; entity: string; key: string; code: string };
  /** This tab begins or ceases to talk to the server. */
  leader: { leader: boolean };
  /** The server's rows are told anew, because of a restore for example. */
  reset: { reason: string };
  /** The disk is full: what is written now is refused, what was written is safe. */
  quota: Record<string, never>;
  /**
   * Talking to the server failed; it is tried again unless the code says otherwise. `invalid` with
   * an entity: its `group` function threw, and its rows go without a group.
   */
  error: { code: string; entity?: string };
  /** Another user's database is open now; so much of the one before waits there unsent. */
  user: { unsent: number };
  /**
   * The browser had deleted the database: so many unsent writes were saved into the new one from an
   * open tab's memory, so many may be gone.
   */
  'storage-lost': { saved: number; gone: number };
  /** So much on the disk could not be read; rows are pulled again, the rest was kept. */
  corrupt: { pages: number; records: number; mutations: number };
  /** Another tab has deleted the database; the engine of this one is closed by it. */
  destroyed: Record<string, never>;
}

const NAMES: Record<keyof SyncEvents, 1> = {
  commit: 1,
  push: 1,
  pull: 1,
  conflict: 1,
  'dead-letter': 1,
  leader: 1,
  reset: 1,
  quota: 1,
  error: 1,
  user: 1,
  'storage-lost': 1,
  corrupt: 1,
  destroyed: 1,
};

export interface TraceEntry {
  /** ms since 1970. */
  at: number;
  event: keyof SyncEvents;
  detail: SyncEvents[keyof SyncEvents];
}

type Listener = (detail: never) => void;

/** So many events are kept for `trace()`. */
const TRACE_LENGTH = 500;

export class Events {
  readonly #listeners = new Map<keyof SyncEvents, Set<{ call: Listener }>>();
  #trace: TraceEntry[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly telemetry: {
      track(event: string, properties: Record<string, unknown>): unknown;
    } | null,
  ) {}

  emit<E extends keyof SyncEvents>(event: E, detail: SyncEvents[E]): void {
    Object.freeze(detail);
    this.#trace.push(Object.freeze({ at: this.clock.now(), event, detail }));
    if (this.#trace.length > TRACE_LENGTH) this.#trace.shift();
    // A commit is every few ms; telemetry is paid by the event.
    if (event !== 'commit') guard(() => this.#track(`sync.${event}`, { ...detail }));
    for (const { call } of [...(this.#listeners.get(event) ?? [])])
      guard(() => call(detail as never));
  }

  on<E extends keyof SyncEvents>(
    event: E,
    callback: (detail: SyncEvents[E]) => void,
    { signal }: SubscribeOptions = {},
  ): () => void {
    checkCallback(callback);
    if (!Object.hasOwn(NAMES, event)) throw invalid(`There is no event “${String(event)}”.`);
    if (signal?.aborted) return () => {};
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    const listener = { call: callback as Listener };
    listeners.add(listener);
    const leave = () => void listeners.delete(listener);
    signal?.addEventListener('abort', leave, { once: true });
    return leave;
  }

  /** Another user signs in: whose rows were meant is not theirs to know. */
  forget(): void {
    this.#trace = this.#trace.filter(({ detail }) => !('key' in detail));
  }

  /** Telemetry that fails later, blocked for example, is no error of the app's. */
  #track(event: string, properties: Record<string, unknown>): void {
    Promise.resolve(this.telemetry?.track(event, properties)).catch(() => {});
  }

  /** The last events, oldest first. */
  trace(): TraceEntry[] {
    return [...this.#trace];
  }
}
