/** What the tabs of one origin share in a browser: Web Locks and BroadcastChannel. */
import type { Locks, OpenChannel } from '../../src/sync/index.js';
import type { Rng } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { Tab } from './tab.js';

interface Request {
  tab: Tab;
  grant(): void;
  /** Somebody stole it. */
  lose(): void;
}

export class Browser {
  readonly #locks = new Map<string, { holder: Request | null; queue: Request[] }>();
  readonly #channels = new Map<string, Set<{ tab: Tab; receive(message: unknown): void }>>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly rng: Rng,
  ) {}

  locks(tab: Tab): Locks {
    return {
      request: (name, options, hold) =>
        new Promise((resolve, reject) => {
          const lock = this.#lock(name);
          const signal = 'signal' in options ? options.signal : undefined;
          const request: Request = {
            tab,
            grant: () => {
              signal?.removeEventListener('abort', giveUp);
              tab.deliver(this.rng.between(0, 3), () => {
                hold()
                  .finally(() => this.#release(name, request))
                  .then(resolve, reject);
              });
            },
            lose: () => tab.deliver(this.rng.between(0, 3), () => reject(new Error('stolen'))),
          };
          const giveUp = () => {
            lock.queue = lock.queue.filter((other) => other !== request);
            reject(signal!.reason as Error);
          };
          if (signal?.aborted) return giveUp();
          signal?.addEventListener('abort', giveUp, { once: true });
          if (signal) lock.queue.push(request);
          else {
            lock.holder?.lose();
            lock.holder = null;
            lock.queue.unshift(request);
          }
          this.#next(name);
        }),
    };
  }

  /** The lock is taken away from whoever holds it and given to the next. */
  steal(): boolean {
    let stolen = false;
    for (const [name, { holder, queue }] of this.#locks) {
      if (!holder || !queue.length) continue;
      holder.lose();
      this.#release(name, holder);
      stolen = true;
    }
    return stolen;
  }

  channel(tab: Tab): OpenChannel {
    return (name, receive) => {
      let members = this.#channels.get(name);
      if (!members) this.#channels.set(name, (members = new Set()));
      const member = { tab, receive };
      members.add(member);
      /** Messages of one sender arrive in their order. */
      let last = 0;
      return {
        post: (message) => {
          const text = JSON.stringify(message);
          const { now } = this.scheduler;
          last = Math.max(last, now + this.rng.between(0, this.rng.chance(0.05) ? 200 : 4));
          for (const other of members)
            if (other !== member)
              other.tab.deliver(last - now, () => {
                if (members.has(other)) other.receive(JSON.parse(text));
              });
        },
        close: () => members.delete(member),
      };
    };
  }

  /** The tab is gone: its locks are free and nobody sends it anything. */
  forget(tab: Tab): void {
    for (const [name, lock] of this.#locks) {
      lock.queue = lock.queue.filter((request) => request.tab !== tab);
      if (lock.holder?.tab === tab) this.#release(name, lock.holder);
    }
    for (const members of this.#channels.values())
      for (const member of members) if (member.tab === tab) members.delete(member);
  }

  #lock(name: string) {
    let lock = this.#locks.get(name);
    if (!lock) this.#locks.set(name, (lock = { holder: null, queue: [] }));
    return lock;
  }

  #release(name: string, request: Request): void {
    const lock = this.#lock(name);
    if (lock.holder !== request) return;
    lock.holder = null;
    this.#next(name);
  }

  #next(name: string): void {
    const lock = this.#lock(name);
    if (lock.holder || !lock.queue.length) return;
    lock.holder = lock.queue.shift()!;
    lock.holder.grant();
  }
}
