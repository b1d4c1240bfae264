/**
 * The leader's conversation with the server: pushes by lane, pulls, and the live stream of hints.
 * Followers never come here; they write to the log, and the leader sees it.
 */
import { backoff } from './backoff.js';
import type { Commits } from '../log/commits.js';
import type { EntityConfig } from '../config.js';
import { SyncError } from '../errors.js';
import type { Events } from '../events.js';
import { Loop, type LoopHost } from './loop.js';
import type { Ports } from '../ports.js';
import { Pull } from '../pull/pull.js';
import { Push } from '../outbox/push.js';
import type { RebaseRules } from '../outbox/rebase.js';
import { baseOf } from '../log/entry.js';
import { type State } from '../log/state.js';
import type { Call, Transport } from '../transport/transport.js';

export interface ConnectionHost {
  ports: Ports;
  transport: Transport;
  commits: Pick<Commits, 'change'>;
  state: State;
  /** The lanes that pushed mutations travel in. */
  lanes: string[];
  rules(collection: string): RebaseRules;
  online(): boolean;
  entities: Record<string, EntityConfig>;
  onAuthRequired(): void;
  changed(): void;
  maxRetries?: number | undefined;
  events: Events;
  retryDelayMs?: number | undefined;
}

export interface Totals {
  pushed: number;
  pulled: number;
  conflicts: number;
  rejected: number;
}

/** Silence of this length ends a request; the live stream's heart beats every 15 s. */
const PATIENCE = 45_000;
/** Without a live stream, and as its safety net, the server is asked this often. */
const POLL = { alone: 30_000, withLive: 300_000 };

export class Connection {
  readonly totals: Totals = { pushed: 0, pulled: 0, conflicts: 0, rejected: 0 };
  /** The session has ended; nothing is sent until `resume()`. */
  paused = false;
  #ended = false;
  /** Ends each call that is under way. */
  readonly #underway = new Set<(why: SyncError) => void>();
  readonly #lanes: { push: Push; loop: Loop }[];
  readonly #pushes: Loop[];
  /** Calls off the timer that comes back to what a push has put off. */
  readonly #wake = new Map<Push, () => void>();
  readonly #pulls: Pull;
  readonly #pull: Loop;
  readonly #live: Loop;
  /** Whether the live stream has been heard since it was opened. */
  #listening = false;
  #cancelPoll = () => {};

  constructor(private readonly host: ConnectionHost) {
    const { clock, random } = host.ports;
    const loopHost: LoopHost = {
      clock,
      random,
      retryDelay: host.retryDelayMs,
      ready: () => host.online() && !this.paused && !this.#ended,
      failed: (error) => this.#failed(error),
      changed: () => host.changed(),
    };
    const pushHost = {
      ...host,
      call: <T>(work: (call: Call) => Promise<T>) => this.#call(work),
      now: () => clock.now(),
      backoff: (refusals: number) => backoff(refusals, random, host.retryDelayMs),
      ungrouped: (collection: string) => this.#ungrouped(collection),
    };
    this.#lanes = host.lanes.map((lane) => {
      const push = new Push(pushHost, lane);
      const again = () => loop.request();
      const loop: Loop = new Loop(loopHost, async () => {
        const more = await this.#inTurn(() => this.#push(push));
        this.#wake.get(push)?.();
        const wait = push.putOff.next;
        if (wait !== undefined) this.#wake.set(push, clock.after(wait, again));
        return more;
      });
      return { push, loop };
    });
    this.#pushes = this.#lanes.map(({ loop }) => loop);
    this.#pulls = new Pull({
      ...host,
      onReset: (reason) => host.events.emit('reset', { reason }),
      call: (work) => this.#call(work),
      now: () => clock.now(),
    });
    this.#pull = new Loop(loopHost, () => this.#inTurn(() => this.#pullOnce()));
    // A stream that ends is no news: it is opened again, and only its silence is made up for.
    const quiet = { ...loopHost, failed: (error: SyncError) => this.#unheard(error) };
    this.#live = new Loop({ ...quiet, changed() {} }, () => this.#listen());
  }

  /** Why something doesn't get through; null when all does. */
  get lastError(): SyncError | null {
    const [failing] = [...this.#pushes, this.#pull].filter(({ error }) => error);
    const refused = this.#lanes.find(({ push }) => push.putOff.refusal);
    return failing?.error ?? refused?.push.putOff.refusal ?? this.#pulls.refusal;
  }

  /** Whether the server is to be left alone: nobody is signed in, or it wants patience. */
  get silent(): boolean {
    return this.paused || this.#pushes.some(({ error }) => error?.code === 'busy');
  }

  get progress(): number | undefined {
    return this.#pulls.progress;
  }

  get busy(): boolean {
    return this.#pull.busy || this.#pushes.some((push) => push.busy);
  }

  start(): void {
    this.request();
    this.#poll();
  }

  /** Looks for something to send and to fetch; `now` cuts waiting short. */
  request(how: { now?: boolean } = {}): void {
    this.push(how);
    this.pull(how);
    const { transport, ports } = this.host;
    if (transport.live && ports.network.streams !== false && this.#pulls.feeds().length)
      this.#live.request(how);
  }

  /** There may be a new session. */
  resume(): void {
    this.paused = false;
    this.#pulls.forgive();
    this.request({ now: true });
  }

  push(how: { now?: boolean } = {}): void {
    for (const push of this.#pushes) push.request(how);
  }

  pull(how: { now?: boolean } = {}): void {
    this.#pull.request(how);
  }

  /** Resolves when nothing is under way: all done, or waiting after a failure. */
  async rested(): Promise<void> {
    await Promise.all(this.#pushes.map((push) => push.rested()));
    await this.#pull.rested();
  }

  /** The network has gone: what is under way would only wait for its timeout. */
  interrupt(): void {
    for (const end of this.#underway) end(new SyncError('offline', 'This device is offline.'));
  }

  stop(): void {
    this.#ended = true;
    for (const loop of [...this.#pushes, this.#pull, this.#live]) loop.stop();
    this.#cancelPoll();
    for (const cancel of this.#wake.values()) cancel();
    for (const end of this.#underway) end(new SyncError('closed', 'The engine was closed.'));
  }

  /** Where the transport needs it, a push and a pull take turns, each with its commit. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (!this.host.transport.exclusive) return work();
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }
  #turn: Promise<unknown> = Promise.resolve();

  async #push(push: Push): Promise<boolean> {
    // The server's rows are from another epoch than those here: first they are told.
    if (this.host.state.meta.nextEpoch !== null) return false;
    const { clock } = this.host.ports;
    const started = clock.now();
    const outcome = await push.once();
    const { more: _, ...counts } = outcome;
    if (outcome.pushed + outcome.conflicts + outcome.rejected)
      this.host.events.emit('push', { ...counts, ms: this.host.ports.clock.now() - started });
    this.totals.pushed += outcome.pushed;
    this.totals.conflicts += outcome.conflicts;
    this.totals.rejected += outcome.rejected;
    // The answers may say that all is to be told anew.
    if (outcome.pushed + outcome.conflicts && !Object.keys(this.host.state.meta.cursors).length)
      this.pull();
    return outcome.more;
  }

  async #pullOnce(): Promise<boolean> {
    const { state, events, ports } = this.host;
    const started = ports.clock.now();
    const moving = state.meta.nextEpoch !== null;
    const { pulled, more } = await this.#pulls.once();
    this.totals.pulled += pulled;
    if (pulled) events.emit('pull', { pulled, ms: ports.clock.now() - started });
    // Bases are those of the new epoch now.
    if (moving && state.meta.nextEpoch === null) this.push({ now: true });
    // A row may be there by now that another waits for.
    else if (pulled && state.counts().pending) this.push();
    return more;
  }

  async #listen(): Promise<boolean> {
    const { transport } = this.host;
    // What was missed while nobody listened.
    this.pull();
    const collections = [...new Set(this.#pulls.feeds().map(({ collection }) => collection))];
    if (!collections.length) return false;
    const hint = () => {
      this.#live.healthy();
      this.pull();
    };
    const retryAfter = await this.#call((call) => {
      const progress = () => {
        call.progress();
        if (!this.#listening) this.#poll((this.#listening = true));
      };
      return transport.live!(collections, { ...call, progress }, hint);
    });
    const ended = 'The live stream ended.';
    throw new SyncError('offline', ended, { retryAfter: retryAfter ?? undefined });
  }

  /** A stream that ends is no news; without one the server is asked more often. */
  #unheard({ code }: SyncError): boolean {
    if (this.#listening) this.#poll((this.#listening = false));
    return code !== 'auth' && code !== 'closed';
  }

  #poll(listening = this.#listening): void {
    const { clock, random } = this.host.ports;
    const every = listening ? POLL.withLive : POLL.alone;
    this.#cancelPoll();
    if (this.#ended) return;
    this.#cancelPoll = clock.after(every * (0.75 + random() / 2), () => {
      this.pull();
      this.#poll();
    });
  }

  #failed(error: SyncError): boolean {
    if (error.code === 'closed') return false;
    this.host.events.emit('error', { code: error.code });
    // The bases of what waits are from another epoch: fetch the new ones first.
    if (error.problem?.code === 'epoch-changed') this.pull({ now: true });
    if (error.code === 'auth' && !this.paused) {
      this.paused = true;
      this.host.onAuthRequired();
    }
    this.host.changed();
    return !this.paused;
  }

  /** Said once: it is asked about every row, each time that something is sent. */
  #ungrouped(collection: string): void {
    if (this.#faulty.has(collection)) return;
    this.#faulty.add(collection);
    this.host.events.emit('error', { code: 'invalid', entity: collection });
  }
  /** Collections whose `group` function has thrown. */
  readonly #faulty = new Set<string>();

  /** One call to the server, with an end to its patience. */
  async #call<T>(work: (call: Call) => Promise<T>): Promise<T> {
    if (this.#ended) throw new SyncError('closed', 'The engine was closed.');
    const { ports, state } = this.host;
    const abort = new AbortController();
    // Kept here: not every platform's signal knows the reason, nor does every transport pass it on.
    let reason: SyncError | undefined;
    let interrupt!: (why: SyncError) => void;
    const interrupted = new Promise<never>((_, reject) => (interrupt = reject));
    const end = (why: SyncError) => {
      reason ??= why;
      abort.abort(why);
      // Whatever the transport makes of the signal: nobody waits for it any longer.
      interrupt(why);
    };
    this.#underway.add(end);
    let cancel = () => {};
    const progress = () => {
      cancel();
      // What still arrives when the call is over ends its reader, and is no reason to wait on.
      if (reason) throw reason;
      cancel = ports.clock.after(PATIENCE, () =>
        end(new SyncError('timeout', 'The server took too long to answer.')),
      );
    };
    progress();
    try {
      const worked = work({
        fetch: (input, init) => ports.network.fetch(input, init),
        clock: ports.clock,
        signal: abort.signal,
        client: state.meta.client,
        epoch: state.epoch,
        entities: this.host.entities,
        known: (collection, key, mutation) => {
          const ancestor = mutation === undefined ? null : state.mutations.get(mutation)?.ancestor;
          const entry = state.entry(collection, key);
          return ancestor ?? (entry ? baseOf(entry) : { version: 0, row: null });
        },
        progress,
      });
      return await Promise.race([worked, interrupted]);
    } catch (error) {
      throw reason ?? error;
    } finally {
      cancel();
      this.#underway.delete(end);
    }
  }
}
