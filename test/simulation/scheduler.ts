/**
 * Virtual time: everything that takes time in the world is an event here, and between two events
 * all promises run until nothing moves. No real clock is ever asked.
 */
export interface Event {
  /** Calls it off. */
  cancel(): void;
}

interface Entry {
  at: number;
  order: number;
  run: (() => void) | null;
}

export class Scheduler {
  /** ms since the world began. */
  now = 0;
  /** How many events have run. */
  steps = 0;
  readonly #heap: Entry[] = [];
  #order = 0;
  #waiting = 0;
  #failure: unknown;
  #failed = false;

  after(ms: number, run: () => void): Event {
    const entry: Entry = { at: this.now + Math.max(0, ms), order: this.#order++, run };
    this.#push(entry);
    return {
      cancel: () => {
        entry.run = null;
      },
    };
  }

  /** Time stands still until the promise settles: for what really takes time, such as a database. */
  hold(work: Promise<unknown>): void {
    this.#waiting++;
    work.then(
      () => this.#waiting--,
      (error: unknown) => {
        this.#waiting--;
        this.fail(error);
      },
    );
  }

  /** Ends the run: the harness itself, or what it is fed, is broken. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#failed = true;
  }

  /** Runs event after event until `over` says so, which is asked before each. */
  run(over: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      // Node empties the queue of microtasks between two immediates: many immediates to a round
      // of the event loop make an event cost next to nothing.
      let queued = 0;
      let ended = false;
      const step = () => {
        queued--;
        if (!ended) {
          try {
            ended = this.#step(over);
          } catch (error) {
            this.fail(error);
          }
          if (this.#failed) {
            ended = true;
            reject(this.#failure as Error);
          } else if (ended) resolve();
        }
        if (!ended && queued === 0) refill();
      };
      const refill = () => {
        for (queued = 0; queued < 64; queued++) setImmediate(step);
      };
      refill();
    });
  }

  #step(over: () => boolean): boolean {
    if (this.#waiting) return false;
    for (;;) {
      const next = this.#heap[0];
      if (next && !next.run) {
        this.#pop();
        continue;
      }
      if (over()) return true;
      if (!next) throw new Error('nothing is left to happen');
      this.#pop();
      this.now = Math.max(this.now, next.at);
      this.steps++;
      next.run!();
      return false;
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    for (let up = (i - 1) >> 1; i > 0 && before(entry, heap[up]!); up = (i - 1) >> 1) {
      heap[i] = heap[up]!;
      i = up;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (!heap.length) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
