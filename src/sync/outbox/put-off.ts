/**
 * What goes later: mutations for which the server asked patience, each for itself, so that the
 * others go on. None is lost by it, and no other device hears of it.
 */
import type { PushResult } from '../../protocol/index.js';
import { SyncError } from '../errors.js';
import { addressOf } from '../log/address.js';
import { isWaiting, type Mutation } from '../log/record.js';
import type { State } from '../log/state.js';

export interface PutOffHost {
  state: State;
  now(): number;
  /** ms to wait after so many refusals. */
  backoff(refusals: number): number;
}

/** So often in a row the server may know a row otherwise before what is offered for it waits. */
const DISPUTES = 3;

export class PutOff {
  /** Why the server puts something off, while it does. */
  refusal: SyncError | null = null;
  /** By mutation: since when, how many ms, and how often. */
  readonly #waits = new Map<string, { since: number; wait: number; refusals: number }>();
  /** Rows that the server knew otherwise when they were offered, and how often in a row. */
  readonly #disputed = new Map<string, number>();

  constructor(private readonly host: PutOffHost) {}

  /** ms until the next may be tried again; nothing when there is none. */
  get next(): number | undefined {
    const waits = [...this.#waits.keys()].map((id) => this.left(id)).filter((ms) => ms > 0);
    return waits.length ? Math.min(...waits) : undefined;
  }

  /** ms that it still has to wait; none when the clock was set back meanwhile. */
  left(id: string): number {
    const now = this.host.now();
    const { since, wait } = this.#waits.get(id) ?? { since: now, wait: 0 };
    return now < since ? 0 : since + wait - now;
  }

  /** How often it was put off since it was last answered. */
  refusals(id: string): number {
    return this.#waits.get(id)?.refusals ?? 0;
  }

  postpone(id: string, error: SyncError, atLeast = 0, refusals = this.refusals(id)): void {
    const { now, backoff } = this.host;
    const wait = Math.max(error.retryAfter ?? 0, backoff(refusals), atLeast);
    this.#waits.set(id, { since: now(), wait, refusals: refusals + 1 });
    this.refusal = error;
  }

  /** The server has answered for a mutation, and the answer is on disk. */
  answered(sent: Mutation | undefined, result: PushResult): void {
    if (sent) this.#dispute(sent, result);
    if (result.outcome !== 'rejected' || !result.problem.retryable)
      return void this.#waits.delete(result.id);
    const { problem } = result;
    const message = problem.detail ?? problem.title;
    const retryAfter = problem.retryAfter && problem.retryAfter * 1000;
    this.postpone(result.id, new SyncError('busy', message, { problem, retryAfter }));
  }

  /** Forgets what waits for the server no longer. */
  tidy(): void {
    for (const id of this.#waits.keys()) {
      const known = this.host.state.mutations.get(id);
      if (!known || !isWaiting(known)) this.#waits.delete(id);
    }
    // What waits for other rows by now is not put off any more.
    if (this.next === undefined) this.refusal = null;
  }

  /** Others may write a row all the time, or the server contradict itself: then its changes wait. */
  #dispute({ collection, key }: Mutation, { outcome }: PushResult): void {
    const row = addressOf(collection, key);
    const next = this.host.state.entry(collection, key)?.pending.find(isWaiting);
    if (outcome !== 'conflict' || !next) return void this.#disputed.delete(row);
    const disputes = (this.#disputed.get(row) ?? 0) + 1;
    this.#disputed.set(row, disputes);
    if (disputes < DISPUTES) return;
    const error = new SyncError('busy', 'The server’s row is another each time it is written.');
    this.postpone(next.id, error, 0, disputes - DISPUTES);
  }
}
