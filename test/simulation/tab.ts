/** A tab as the browser runs it: what happens to it waits while it is frozen and is lost once dead. */
import type { Scheduler } from './scheduler.js';

export class Tab {
  dead = false;
  frozen = false;
  /** Virtual ms at which it was opened. */
  readonly opened: number;
  #held: (() => void)[] = [];

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
  ) {
    this.opened = scheduler.now;
  }

  /** Runs something in the tab, later; returns the way to call it off. */
  deliver(ms: number, run: () => void): () => void {
    let wanted = true;
    const event = this.scheduler.after(ms, () => {
      if (this.dead || !wanted) return;
      if (this.frozen) this.#held.push(() => wanted && this.deliver(0, run));
      else run();
    });
    return () => {
      wanted = false;
      event.cancel();
    };
  }

  thaw(): void {
    this.frozen = false;
    for (const run of this.#held.splice(0)) run();
  }
}
