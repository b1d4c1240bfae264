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
  /** The app could not get a new session: it is asked again. */
  #refused = false;
  #stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly onAuthRequired: (() => void | Promise<void>) | undefined,
    private readonly host: { wanted(): boolean; resume(): void },
  ) {}

  async ask(): Promise<void> {
    if (!this.onAuthRequired) return;
    try {
      await this.onAuthRequired();
    } catch {
      // The network may have been down just then, or somebody has closed a dialog.
      if (this.#stopped) return;
      this.#refused = true;
      const wait = 2_000 + backoff(this.#failures++, this.random, 4_000, 600_000);
      this.#cancel = this.clock.after(wait, () => this.askAgain());
      return;
    }
    const soon = this.clock.now() - this.#resumedAt < SOON;
    this.#failures = soon ? this.#failures + 1 : 0;
    if (!soon) return this.#resume();
    this.#cancel = this.clock.after(1_000 + backoff(this.#failures, this.random), () =>
      this.#resume(),
    );
  }

  /** Where the last answer was that there is none. */
  askAgain(): void {
    if (!this.#refused) return;
    this.#refused = false;
    this.#cancel();
    if (this.host.wanted()) void this.ask();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #resume(): void {
    this.#resumedAt = this.clock.now();
    this.host.resume();
  }
}
