import { backoff } from './backoff.js';
import { SyncError } from '../errors.js';
import type { Clock, Random } from '../ports.js';

export interface LoopHost {
  clock: Clock;
  random: Random;
  /** Ceiling of the first wait after a failure, in ms. */
  retryDelay?: number | undefined;
  /** Whether trying makes sense at all: online, leading, not paused. */
  ready(): boolean;
  /** The work failed. Answer `false` to stay quiet until `request({ now: true })`. */
  failed(error: SyncError): boolean;
  changed(): void;
}

/**
 * One thing at a time over the network: runs `work` while there is some, again after full-jitter
 * backoff when it fails, and never two at once.
 */
export class Loop {
  #wanted = false;
  #attempt = 0;
  #running: Promise<void> | undefined;
  #cancelWait: (() => void) | undefined;
  /** The server asked to be left alone for so many ms. */
  #patience = { since: 0, ms: 0 };
  #error: SyncError | null = null;

  constructor(
    private readonly host: LoopHost,
    /** Does a piece of it; `true` means there is more. */
    private readonly work: () => Promise<boolean>,
  ) {}

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Why it failed last; null once it has succeeded. */
  get error(): SyncError | null {
    return this.#error;
  }

  /**
   * There is something to do. `now` cuts our own backoff short, because the user asked or the
   * network is back; never a wait that the server asked for.
   */
  request({ now = false } = {}): void {
    this.#wanted = true;
    if (now && !this.#leftAlone()) {
      this.#cancelWait?.();
      this.#cancelWait = undefined;
    }
    if (!this.#cancelWait) this.#start();
  }

  /** It works, though it has not ended: the next failure is a first one. */
  healthy(): void {
    this.#attempt = 0;
  }

  /** Resolves when it rests: done, or waiting after a failure. */
  async rested(): Promise<void> {
    while (this.#running) await this.#running;
  }

  stop(): void {
    this.#wanted = false;
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  /** Whether the server's wish still holds; a clock that was set back has nothing to say. */
  #leftAlone(): boolean {
    const { since, ms } = this.#patience;
    const passed = this.host.clock.now() - since;
    return passed >= 0 && passed < ms;
  }

  #start(): void {
    if (this.#running || !this.#wanted || !this.host.ready()) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      this.host.changed();
      // Asked for again after the last look: start over, unless it is waiting.
      if (!this.#cancelWait) this.#start();
    });
    this.host.changed();
  }

  async #run(): Promise<void> {
    try {
      while (this.#wanted && this.host.ready()) {
        this.#wanted = false;
        if (await this.work()) this.#wanted = true;
        this.#attempt = 0;
        this.#error = null;
      }
    } catch (error) {
      const typed =
        error instanceof SyncError
          ? error
          : new SyncError('bad-answer', 'Synchronising failed.', { cause: error });
      this.#error = typed;
      const { retryAfter = 0 } = typed;
      this.#patience = { since: this.host.clock.now(), ms: retryAfter };
      if (this.host.failed(typed)) this.#wanted = true;
      else if (!retryAfter) return;
      const wait = Math.max(
        backoff(this.#attempt++, this.host.random, this.host.retryDelay),
        retryAfter,
      );
      this.#cancelWait = this.host.clock.after(wait, () => {
        this.#cancelWait = undefined;
        this.#start();
      });
    }
  }
}
