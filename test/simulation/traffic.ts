/** Manners on the network: a server's wish to be left alone is kept, and nobody comes back in step. */
import type { Sent } from './network.js';
import type { Tab } from './tab.js';
import type { World } from './world.js';

export class Traffic {
  /** When each tab may come back, by what it asked for. */
  readonly #notBefore = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  /** How long each waited after a failure, in µs. */
  readonly #waits = new Map<number, number>();

  constructor(private readonly world: World) {}

  sent({ tab, what, at }: Sent): void {
    const from = `${tab.name} ${what}`;
    this.world.note(() => `${from} sent`);
    const until = this.#notBefore.get(from);
    if (until !== undefined && at < until - 1)
      this.world.report('impatient', `${from}: ${Math.round(until - at)} ms too early`);
    const failed = this.#failures.get(from);
    if (failed === undefined) return;
    this.#failures.delete(from);
    const wait = Math.round((at - failed) * 1000);
    const same = (this.#waits.get(wait) ?? 0) + 1;
    this.#waits.set(wait, same);
    // Some have a reason of their own, such as the network being back; those come at once.
    if (same >= 4 && wait > 10_000)
      this.world.report('in step', `${same} requests came back after exactly ${wait / 1000} ms`);
  }

  forget({ name }: Tab): void {
    for (const known of [this.#notBefore, this.#failures])
      for (const from of known.keys()) if (from.startsWith(`${name} `)) known.delete(from);
  }

  /** `retryAfter` in s; 0 when the server did not say. */
  failed({ tab, what, at }: Sent, retryAfter: number): void {
    const from = `${tab.name} ${what}`;
    this.world.note(() => `${from} failed`);
    if (retryAfter) this.#notBefore.set(from, at + retryAfter * 1000);
    else this.#failures.set(from, at);
  }
}
