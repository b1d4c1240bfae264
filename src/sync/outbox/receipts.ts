/** Who waits for the server to accept a write made in this tab. */
import { SyncError } from '../errors.js';
import { hasForgotten, type LogRecord } from '../log/record.js';
import type { State } from '../log/state.js';
import type { Write } from '../types.js';

/** Whether the server has accepted a write. Its promise is made only when somebody asks for it. */
export class Receipt {
  /** How many mutations are still to be accepted. */
  #open: number;
  #outcome: 'accepted' | SyncError | undefined;
  #settle: { resolve(): void; reject(error: SyncError): void } | undefined;
  #promise: Promise<void> | undefined;

  constructor(mutations: number) {
    this.#open = mutations;
  }

  get promise(): Promise<void> {
    if (!this.#promise) {
      this.#promise = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
      // Asking is not yet waiting: nobody may be there to handle it.
      this.#promise.catch(() => {});
      this.#tell();
    }
    return this.#promise;
  }

  accept(): void {
    if (--this.#open > 0) return;
    this.#outcome ??= 'accepted';
    this.#tell();
  }

  refuse(error: SyncError): void {
    this.#outcome ??= error;
    this.#tell();
  }

  #tell(): void {
    if (this.#outcome === 'accepted') this.#settle?.resolve();
    else if (this.#outcome) this.#settle?.reject(this.#outcome);
  }
}

/** The promise of a write, and the receipt beside it. */
export class PendingWrite<Ids> extends Promise<Ids> implements Write<Ids> {
  static override get [Symbol.species]() {
    return Promise;
  }

  constructor(
    executor: ConstructorParameters<typeof Promise<Ids>>[0],
    readonly receipt: Receipt,
  ) {
    super(executor);
  }

  get synced(): Promise<void> {
    return this.receipt.promise;
  }
}

export class Receipts {
  readonly #waiting = new Map<string, Receipt[]>();

  add(mutation: string, ...receipts: Receipt[]): void {
    const known = this.#waiting.get(mutation);
    if (known) known.push(...receipts);
    else if (receipts.length) this.#waiting.set(mutation, receipts);
  }

  /** A record settles some: accepted, refused, joined into another, or no longer needed. */
  fold({ done = [], put = [], drop = [], overruled = [], discarded = [] }: LogRecord): void {
    for (const [id] of done) this.#settle(id);
    for (const { id, from = [], problem } of put) {
      for (const joined of from) this.add(id, ...this.#take(joined));
      if (problem)
        this.#settle(id, new SyncError('rejected', problem.detail ?? problem.title, { problem }));
    }
    for (const id of overruled)
      this.#settle(id, new SyncError('overruled', 'Somebody else’s change won over this one.'));
    for (const id of discarded)
      this.#settle(id, new SyncError('discarded', 'This write was given up.'));
    for (const id of drop) this.#settle(id);
  }

  /** The records that told were missed: what is left of mutations says what became of them. */
  compare({ mutations, meta: { ended = [] }, missedEndings }: State): void {
    this.fold({ by: ['', 0], put: [...mutations.values()] });
    for (const [id, how] of ended) this.fold({ by: ['', 0], [how]: [id] });
    // What is not there any more was accepted, unless how it ended may be what is forgotten.
    const unknown =
      missedEndings || [...mutations.values()].some(hasForgotten)
        ? new SyncError('unknown-outcome', 'Too much happened while this tab slept; see the row.')
        : undefined;
    for (const id of this.#waiting.keys()) if (!mutations.has(id)) this.#settle(id, unknown);
  }

  /** Nobody will tell them any more. */
  close(error: SyncError): void {
    for (const id of this.#waiting.keys()) this.#settle(id, error);
  }

  /** The mutation is accepted or, with an error, refused. */
  #settle(mutation: string, error?: SyncError): void {
    for (const receipt of this.#take(mutation))
      if (error) receipt.refuse(error);
      else receipt.accept();
  }

  #take(mutation: string): Receipt[] {
    const receipts = this.#waiting.get(mutation) ?? [];
    this.#waiting.delete(mutation);
    return receipts;
  }
}
