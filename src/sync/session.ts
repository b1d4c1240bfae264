/**
 * One user, signed in: what they write, this tab's place among the tabs, and the conversation with
 * the server while it leads. Signing in as somebody else is another session on another database.
 */
import type { Commits } from './log/commits.js';
import type { SyncResult } from './config.js';
import { Connection } from './connection/connection.js';
import { Database, type DatabaseHost } from './database.js';
import { SyncError } from './errors.js';
import type { LogicalClock } from './ids.js';
import { Leadership } from './tabs/leadership.js';
import type { SubscribeOptions } from './observable.js';
import type { Channel } from './ports.js';
import type { RebaseRules } from './outbox/rebase.js';
import { departing } from './outbox/depart.js';
import { News } from './outbox/news.js';
import { PendingWrite, Receipt, Receipts } from './outbox/receipts.js';
import { isWaiting, type Change, type LogRecord, type Mutation } from './log/record.js';
import { Requests } from './tabs/requests.js';
import { SignIn } from './connection/sign-in.js';
import { unsendable } from './status.js';
import type { Storage } from './storage/storage.js';
import { isMessage, type Message } from './tabs/tabs.js';
import type { Write } from './types.js';

export interface SessionHost extends DatabaseHost {
  time: LogicalClock;
  online(): boolean;
  newId(): string;
  /** Everybody lets go of this database: it is about to be deleted. */
  onDestroy(): void;
}

/** Characters of a record that goes to every tab; copying more costs the writer too much. */
const BROADCAST_AT_MOST = 64_000;

export class Session {
  readonly ready: Promise<void>;
  readonly commits: Commits;
  readonly #database: Database;
  /** There while this tab leads. */
  connection: Connection | undefined;
  readonly #receipts = new Receipts();
  readonly #leadership: Leadership;
  readonly #closing = new AbortController();
  readonly #requests: Requests;
  readonly #signIn: SignIn;
  #channel: Channel | undefined;
  /** Put away by the browser: the channel is closed until it is back. */
  #hidden = false;
  readonly #news: News;
  /** How far the log was when this tab departed last. */
  #departed = 0;

  constructor(
    private readonly host: SessionHost,
    private readonly storage: Storage,
    /** The session before has ended; writes may come sooner. */
    before: Promise<unknown>,
  ) {
    const { config, ports, state, events } = host;
    const tab = host.newId();
    this.#requests = new Requests({
      clock: ports.clock,
      online: () => host.online(),
      pending: () => state.counts().pending,
      unsendable: () => unsendable(state, config.entities),
      newId: () => host.newId(),
      post: (message) => this.post(message),
    });
    this.#signIn = new SignIn(ports.clock, ports.random, config.onAuthRequired, {
      wanted: () => this.connection?.paused ?? false,
      resume: () => this.connection?.resume(),
    });
    this.#news = new News(events);
    const database = new Database(
      host,
      storage,
      {
        onOpen: () => this.#onOpen(),
        onCommit: (record, own) => this.#onCommit(record, own),
        onReload: () => this.#onReload(),
        onLost: () => this.connection?.request(),
        onOutdated: () => this.#leadership.stop(),
        broadcast: (rev, record) =>
          this.post({
            type: 'commit',
            life: state.life,
            rev,
            ...(record && record.length < BROADCAST_AT_MOST && { record }),
          }),
        leads: () => this.connection !== undefined,
      },
      before,
      tab,
    );
    this.#database = database;
    this.commits = database.commits;
    this.#leadership = new Leadership({
      name: tabsOf(storage),
      ports,
      state,
      commits: this.commits,
      hello: () => this.post({ type: 'hello' }),
      entities: config.entities,
      beat: (speaksFor) => this.post({ type: 'alive', speaksFor }),
      bye: () => this.post({ type: 'bye' }),
      begin: () => this.#lead(),
      cease: () => this.#follow(),
    });
    this.ready = database.open();
  }

  /** All changes or none; the promise resolves with `ids`. */
  write<Ids>(changes: readonly Change[], ids: Ids): Write<Ids> {
    const { newId, time } = this.host;
    const mutations = changes.map((change): Mutation => ({
      id: newId(),
      seq: 0,
      at: time.next(),
      ...change,
    }));
    let written!: (ids: Ids) => void;
    let failed!: (error: SyncError) => void;
    const receipt = new Receipt(mutations.length);
    const write = new PendingWrite<Ids>((resolve, reject) => {
      written = resolve;
      failed = reject;
    }, receipt);
    this.commits.write({
      mutations,
      done: (survivors) => {
        if (!survivors.length) receipt.accept();
        for (const survivor of survivors)
          if (survivor === null) receipt.accept();
          else this.#receipts.add(survivor, receipt);
        written(ids);
      },
      fail: (error) => {
        receipt.refuse(error);
        failed(error);
      },
    });
    return write;
  }

  /** Asks whoever leads to talk to the server, and waits until it rests. */
  sync({ signal }: SubscribeOptions = {}): Promise<SyncResult> {
    const done = this.#sync();
    if (!signal) return done;
    const aborted = this.#requests.failed({ code: 'aborted', message: 'Nobody waits any more.' });
    return new Promise((resolve) => {
      const stop = () => resolve(aborted);
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      void done.then(resolve).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  async #sync(): Promise<SyncResult> {
    const failed = await this.ready.then(
      () => null,
      (error: SyncError) => error,
    );
    if (failed && !this.#channel) return this.#requests.failed(failed);
    if (this.#closing.signal.aborted)
      return this.#requests.failed(new SyncError('closed', 'The engine was closed.'));
    if (this.connection) return this.#requests.run(this.connection);
    // Put away, this tab leads for nobody; but it is asked to.
    this.#leadership.start();
    return this.#requests.ask();
  }

  /** The tab is put away by the browser, perhaps for good: somebody else must lead. */
  hide(): void {
    this.depart();
    this.#leadership.stop();
    this.#database.flush();
    // A message that finds a page asleep in the back/forward cache ends that page.
    this.#channel?.close();
    this.#hidden = true;
  }

  /** Perhaps it is the last that this tab can do: what a leader would send goes now. */
  depart(): void {
    const { config, ports, state, status } = this.host;
    // A page that ends says so more than once.
    if (state.rev === this.#departed || !this.host.online()) return;
    // What the leader is told, followers know by the status.
    if (this.connection?.silent ?? status.get().lastError?.code === 'busy') return;
    this.#departed = state.rev;
    const { fetch } = ports.network;
    config.transport.depart?.(departing(state, config.entities), { fetch, clock: ports.clock });
  }

  /** It is back. */
  show(): void {
    this.commits.catchUp();
    if (!this.#channel || this.#closing.signal.aborted) return;
    if (this.#hidden) this.#listen();
    this.#leadership.start();
  }

  /** The network is back: who could not get a new session may now. */
  askAgain(): void {
    this.#signIn.askAgain();
  }

  /** Stops when what was written is on disk. What waits to be sent stays there. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }
  #closed: Promise<void> | undefined;

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#database.stop();
    this.#signIn.stop();
    const { connection } = this;
    this.#leadership.stop();
    await connection?.rested();
    await this.#database.close();
    // Closed before it was open: what was written meanwhile, nobody has heard of.
    if (!this.#channel && this.host.state.rev) this.#sayOnce(this.#newest());
    this.#requests.close();
    this.#receipts.close(new SyncError('closed', 'The engine was closed; it may still be sent.'));
    this.#channel?.close();
    this.#channel = undefined;
  }

  /** Closes and deletes everything that this device has of it, unsent work included. */
  async destroy(): Promise<void> {
    if (this.#channel) this.post({ type: 'destroy' });
    else this.#sayOnce({ type: 'destroy' });
    await this.close();
    await this.storage.destroy();
  }

  /** Closed already, or not open yet; the other tabs have to hear of it all the same. */
  #sayOnce(message: Message): void {
    const channel = this.host.ports.channel(tabsOf(this.storage), () => {});
    channel.post(message);
    channel.close();
  }

  post(message: Message): void {
    if (!this.#hidden) this.#channel?.post(message);
  }

  #rules(collection: string): RebaseRules {
    const { config, newId } = this.host;
    const { conflictStrategy = 'merge', fields } = config.entities[collection] ?? {};
    return {
      strategy: conflictStrategy,
      fields,
      onConflict: config.onConflict,
      newId,
    };
  }

  #onOpen(): void {
    this.#listen();
    this.commits.catchUp();
    this.host.status.changed();
    this.#leadership.start();
  }

  #listen(): void {
    const { channel } = this.host.ports;
    this.#channel = channel(tabsOf(this.storage), (message) => this.#onMessage(message));
    this.#hidden = false;
    this.post({ type: 'hello' });
    // What was written while nobody could be told: before it was open, or put away.
    this.post(this.#newest());
  }

  /** How far this tab knows the log. */
  #newest(): Message {
    const { life, rev } = this.host.state;
    return { type: 'commit', life, rev };
  }

  #lead(): void {
    const { config, ports, state, status, events } = this.host;
    const { transport, entities, maxRetries, retryDelayMs } = config;
    const names = Object.keys(entities);
    this.connection = new Connection({
      ports,
      transport,
      state,
      entities,
      commits: this.#fenced(),
      lanes: [...new Set(names.map((name) => transport.lane?.(name) ?? ''))],
      rules: (collection) => this.#rules(collection),
      maxRetries,
      retryDelayMs,
      online: () => this.host.online(),
      onAuthRequired: () => void this.#signIn.ask(),
      changed: () => status.changed(),
      events,
    });
    this.connection.start();
    events.emit('leader', { leader: true });
    status.changed();
    this.post({ type: 'lead' });
    // What others left to whoever leads.
    this.#database.compactLater();
    this.#requests.lead(this.connection);
  }

  /** What a deposed leader still wants to write is for its successor to find out anew. */
  #fenced(): Pick<Commits, 'change'> {
    const leads = () => this.#leadership.leads();
    return {
      change: async (build, durability) => {
        await this.commits.change((state) => (leads() ? build(state) : {}), durability);
        if (leads()) return;
        this.#leadership.check();
        throw new SyncError('closed', 'Another tab talks to the server now.');
      },
    };
  }

  #follow(): void {
    this.connection?.stop();
    this.connection = undefined;
    this.host.events.emit('leader', { leader: false });
    this.host.status.changed();
  }

  #onCommit(record: LogRecord, own: boolean): void {
    const { time, state, status, events } = this.host;
    if (!own) for (const { at } of record.put ?? []) time.see(at);
    this.#leadership.check();
    this.#receipts.fold(record);
    if (frees(record)) this.connection?.push();
    if (record.meta?.scopes) this.connection?.request({ now: true });
    events.emit('commit', { rev: state.rev, own });
    this.#news.tell(record.put ?? []);
    status.changed();
  }

  /** Read anew, the disk tells what has become of everything, and no record how. */
  #onReload(): void {
    const { mutations } = this.host.state;
    // Opening the database: what it holds is known to the app from its lists.
    if (!this.#channel) return this.#news.known(mutations.values());
    this.#receipts.compare(this.host.state);
    this.#news.tell(mutations.values());
    this.#leadership.check();
    // Others may have written what waits since.
    this.connection?.push();
    this.host.status.changed();
  }

  #onMessage(message: unknown): void {
    if (!isMessage(message) || this.#closing.signal.aborted) return;
    const { status, onDestroy } = this.host;
    switch (message.type) {
      case 'commit':
        return this.commits.receive(message.rev, message.record, message.life);
      case 'leader':
        this.#leadership.heard();
        return status.setLeaderStatus(message.status);
      case 'alive':
        return this.#leadership.alive(message.speaksFor);
      case 'hello':
        status.tell();
        this.#leadership.answer();
        return;
      case 'bye':
        return this.#leadership.vacant();
      case 'destroy':
        return onDestroy();
      case 'lead':
        this.#leadership.alive();
        return this.#requests.repeat();
      case 'synced':
        return this.#requests.answered(message.id, message.result);
      case 'sync':
        if (this.connection) void this.#requests.serve(message.id, this.connection);
    }
  }
}

/** What locks and channels are called: who shares the database shares them, and nobody else. */
function tabsOf({ store, name }: Storage): string {
  return store === undefined ? name : `${store}/${name}`;
}

/** Whether something may go now: written just now, or held up by what is gone. */
function frees({ put, drop }: LogRecord): boolean {
  return !!put?.some(isWaiting) || !!drop?.length;
}
