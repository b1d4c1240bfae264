/**
 * The session at the server has ended: the app is asked for another, and when it says that there is
 * one, synchronising goes on. What is refused again soon was no new session: an app that is wrong
 * about it must not be asked in a circle.
 */
import { backoff } from './backoff.js';
import type { Clock, Random } from '../ports.js';

/** ms within which another refusal means that the new session was none. */
const SOON = 60_000;

export class SignIn {
  #resumedAt = -Infinity;
  #failures = 0;
  #cancel = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly onAuthRequired: (() => void | Promise<void>) | undefined,
    private readonly resume: () => void,
  ) {}

  async ask(): Promise<void> {
    if (!this.onAuthRequired) return;
    try {
      await this.onAuthRequired();
    } catch {
      return; // No new session: it stays paused until somebody asks again.
    }
    const soon = this.clock.now() - this.#resumedAt < SOON;
    this.#failures = soon ? this.#failures + 1 : 0;
    if (!soon) return this.#resume();
    this.#cancel = this.clock.after(1_000 + backoff(this.#failures, this.random), () =>
      this.#resume(),
    );
  }

  stop(): void {
    this.#cancel();
  }

  #resume(): void {
    this.#resumedAt = this.clock.now();
    this.resume();
  }
}
