/**
 * How much the server takes on at once. Requests past `running` wait in a queue that is bounded;
 * when it is full, the least important is turned away with 503 and a random Retry-After: events
 * before reads, pushes last. Nobody waits longer than `patience`.
 */
import { ProblemError } from '../problem-error.js';

/** By importance, the least first: events come again from the clients' outboxes, and can wait. */
export const REQUEST_KINDS = ['events', 'read', 'push'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

export interface AdmissionOptions {
  /** Requests that are worked on. Default: 100. */
  running?: number | undefined;
  /** Requests that wait. Default: 400. */
  waiting?: number | undefined;
  /** ms that one waits at most. Default: 5,000. */
  patience?: number | undefined;
}

export interface Admission {
  /** Throws the 503 that `enter` would, before anything is spent on the request. */
  check(kind: RequestKind): void;
  /** Resolves when it is this request's turn; returns what ends it. Rejects when it is turned away. */
  enter(kind: RequestKind): Promise<() => void>;
  running(): number;
  waiting(kind: RequestKind): number;
  /** Turned away since the start. */
  shed(kind: RequestKind): number;
}

interface Waiting {
  admit(): void;
  turnAway(): void;
}

export function createAdmission({
  running: mostRunning = 100,
  waiting: mostWaiting = 400,
  patience = 5_000,
}: AdmissionOptions = {}): Admission {
  const queues = perKind((): Waiting[] => []);
  const shed = perKind(() => 0);
  let running = 0;
  let waiting = 0;

  const busy = (kind: RequestKind) => {
    shed[kind] += 1;
    return new ProblemError('unavailable', 'The server is busy. Nothing was stored; try again.', {
      retryAfter: Math.ceil(Math.random() * 8),
    });
  };

  /** Whoever is less important than `kind` and waits, the last to come first. */
  const lesser = (kind: RequestKind): Waiting | undefined =>
    REQUEST_KINDS.slice(0, REQUEST_KINDS.indexOf(kind))
      .map((other) => queues[other].at(-1))
      .find(Boolean);

  const leave = () => {
    running -= 1;
    const next = REQUEST_KINDS.toReversed()
      .map((kind) => queues[kind][0])
      .find(Boolean);
    next?.admit();
  };

  const start = (): (() => void) => {
    running += 1;
    let over = false;
    return () => {
      if (!over) leave();
      over = true;
    };
  };

  return {
    check(kind) {
      if (waiting >= mostWaiting && !lesser(kind)) throw busy(kind);
    },
    async enter(kind) {
      if (running < mostRunning) return start();
      if (waiting >= mostWaiting) {
        const other = lesser(kind);
        if (!other) throw busy(kind);
        other.turnAway();
      }
      return new Promise((resolve, reject) => {
        const forget = () => {
          clearTimeout(impatience);
          queues[kind].splice(queues[kind].indexOf(place), 1);
          waiting -= 1;
        };
        const place: Waiting = {
          admit() {
            forget();
            resolve(start());
          },
          turnAway() {
            forget();
            reject(busy(kind));
          },
        };
        const impatience = setTimeout(place.turnAway, patience);
        queues[kind].push(place);
        waiting += 1;
      });
    },
    running: () => running,
    waiting: (kind) => queues[kind].length,
    shed: (kind) => shed[kind],
  };
}

function perKind<T>(make: () => T): Record<RequestKind, T> {
  return { events: make(), read: make(), push: make() };
}
