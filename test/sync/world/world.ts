/** A world for engines: clock, randomness, network, locks and channels, all in the test's hand. */
import {
  bytelystTransport,
  createSyncEngine,
  memoryStorage,
  type Clock,
  type Locks,
  type Network,
  type OpenChannel,
  type Storage,
  type SyncEngine,
  type SyncEngineConfig,
} from '../../../src/sync/index.js';
import { ModelServer } from './model-server.js';

export class World {
  readonly server = new ModelServer();
  readonly clock = new FakeClock();
  /** What happens to the next requests: lost on the way there, or on the way back. */
  readonly faults: ('drop-request' | 'drop-response')[] = [];
  /** Until then the answers to pushes stay on their way; `null` when nothing holds them. */
  held: Promise<void> | null = null;
  /** So many answers to pushes are lost on the way back. */
  loseAnswers = 0;
  readonly #engines = new Set<SyncEngine>();
  /** How many answers are being read. */
  #reading = 0;

  /** A tab: engines with the same storage share a database. `network` and `clock` may be real. */
  tab(options: Partial<SyncEngineConfig> & { device?: Device; realTime?: boolean } = {}) {
    const { device = this.device(), realTime = false, ...config } = options;
    const engine = createSyncEngine({
      storage: device.storage,
      transport: bytelystTransport({ url: '/v1' }),
      entities: { tasks: {}, exposures: { append: 'keep' }, conversions: { append: 'forget' } },
      ...config,
      ports: {
        network: device.network,
        locks: device.locks,
        channel: device.channel,
        ...(realTime ? {} : { clock: this.clock }),
        ...config.ports,
      },
    });
    this.#engines.add(engine);
    const close = engine.close.bind(engine);
    engine.close = () => {
      this.#engines.delete(engine);
      return close();
    };
    return engine;
  }

  device(storage: Storage = memoryStorage()): Device {
    return new Device(this, storage);
  }

  /** From now on answers to pushes stay on their way; returns what lets them arrive. */
  holdPushes(): () => void {
    let letGo!: () => void;
    this.held = new Promise((resolve) => {
      letGo = () => {
        this.held = null;
        resolve();
      };
    });
    return letGo;
  }

  /**
   * Lets everything happen that needs no time of the fake clock. Reading a body takes a browser
   * some real ms: it is over when nothing was asked of the server, no answer read and nobody
   * synchronised for a few rounds in a row.
   */
  async settle(): Promise<void> {
    for (let round = 0, quiet = 0; quiet < 3 && round < 1_000; round++) {
      const { length } = this.server.requests;
      for (let i = 0; i < 3; i++) await turn();
      await new Promise((done) => setTimeout(done, 1));
      const syncing =
        !this.held && [...this.#engines].some((engine) => engine.getStatus().status === 'syncing');
      const busy = syncing || this.#reading > 0;
      quiet = busy || this.server.requests.length > length ? 0 : quiet + 1;
    }
  }

  /** The answer, which `settle` waits for while it is read. */
  watched(response: Response): Response {
    for (const read of ['text', 'json'] as const) {
      const body = response[read].bind(response);
      response[read] = () => {
        this.#reading++;
        return body().finally(() => this.#reading--);
      };
    }
    return response;
  }

  /** Lets `ms` pass, timer by timer. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await this.settle();
    while (this.clock.runNext(end)) await this.settle();
    this.clock.set(end);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#engines].map((engine) => engine.close()));
  }
}

interface Waiting {
  hold: () => Promise<void>;
  done: () => void;
  fail: (reason: unknown) => void;
  held: boolean;
}

/** A browser on a device: its storage, its network, its tabs' locks and channels. */
export class Device {
  readonly #watchers = new Set<Parameters<Network['onChange']>[0]>();
  readonly #locks = new Map<string, Waiting[]>();
  readonly #channels = new Map<string, Set<(message: unknown) => void>>();
  #online = true;

  constructor(
    private readonly world: World,
    public storage: Storage,
  ) {}

  get online(): boolean {
    return this.#online;
  }

  set online(online: boolean) {
    this.#online = online;
    for (const tell of this.#watchers) tell('network');
  }

  readonly network: Network = {
    online: () => this.#online,
    onChange: (callback) => {
      this.#watchers.add(callback);
      return () => this.#watchers.delete(callback);
    },
    fetch: async (input, init) => {
      await turn();
      const { signal } = init ?? {};
      if (signal?.aborted) throw signal.reason;
      const fault = this.world.faults.shift();
      if (!this.#online || fault === 'drop-request') throw new TypeError('Failed to fetch');
      const response = await this.world.server.fetch(input, init);
      if (input.includes('/push')) await Promise.race([this.world.held, aborted(signal)]);
      const lost = input.includes('/push') && this.world.loseAnswers > 0;
      if (lost) this.world.loseAnswers--;
      if (lost || fault === 'drop-response') throw new TypeError('Failed to fetch');
      return this.world.watched(response);
    },
  };

  readonly locks: Locks = {
    request: (name, options, hold) =>
      new Promise<void>((done, fail) => {
        const queue = this.#locks.get(name) ?? [];
        this.#locks.set(name, queue);
        const waiting: Waiting = { hold, done, fail, held: false };
        const leave = (reason: unknown) => {
          queue.splice(queue.indexOf(waiting), 1);
          fail(reason);
        };
        if ('steal' in options) {
          if (queue[0]?.held) queue.shift()!.fail(new DOMException('Stolen', 'AbortError'));
          queue.unshift(waiting);
        } else {
          const { signal } = options;
          if (signal.aborted) return fail(signal.reason);
          signal.addEventListener('abort', () => !waiting.held && leave(signal.reason));
          queue.push(waiting);
        }
        void this.#grant(queue);
      }),
  };

  async #grant(queue: Waiting[]): Promise<void> {
    await turn();
    const [next] = queue;
    if (!next || next.held) return;
    next.held = true;
    await next.hold().then(next.done, next.fail);
    if (queue[0] === next) queue.shift();
    void this.#grant(queue);
  }

  readonly channel: OpenChannel = (name, receive) => {
    let peers = this.#channels.get(name);
    if (!peers) this.#channels.set(name, (peers = new Set()));
    peers.add(receive);
    return {
      post: (message) => {
        const text = JSON.stringify(message);
        for (const peer of peers)
          if (peer !== receive) queueMicrotask(() => peer(JSON.parse(text)));
      },
      close: () => peers.delete(receive),
    };
  };
}

class FakeClock implements Clock {
  #now = Date.UTC(2026, 10, 22);
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  set(now: number): void {
    this.#now = now;
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Runs the next timer due until `end`; false when there is none. */
  runNext(end: number): boolean {
    const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
    if (!next) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.callback();
    return true;
  }
}

/** Rejects as a request does that is given up. */
function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason as Error);
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** A task of the event loop without the timers' clamp. */
function turn(): Promise<void> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(null);
  });
}
