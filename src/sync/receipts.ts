/** Who waits for the server to accept a write made in this tab. */
import { SyncError } from './errors.js';
import type { LogRecord } from './record.js';

export interface Receipt {
  resolve(): void;
  reject(error: SyncError): void;
}

export class Receipts {
  readonly #waiting = new Map<string, Receipt[]>();

  add(mutation: string, ...receipts: Receipt[]): void {
    this.#waiting.set(mutation, [...(this.#waiting.get(mutation) ?? []), ...receipts]);
  }

  /** A record settles some: accepted, refused, joined into another, or no longer needed. */
  fold({ done = [], drop = [], put = [] }: LogRecord): void {
    for (const [id] of done) for (const receipt of this.take(id)) receipt.resolve();
    for (const { id, from = [], problem } of put) {
      for (const joined of from) this.add(id, ...this.take(joined));
      if (!problem) continue;
      const error = new SyncError('rejected', problem.detail ?? problem.title, { problem });
      for (const receipt of this.take(id)) receipt.reject(error);
    }
    for (const id of drop) for (const receipt of this.take(id)) receipt.resolve();
  }

  take(mutation: string): Receipt[] {
    const receipts = this.#waiting.get(mutation) ?? [];
    this.#waiting.delete(mutation);
    return receipts;
  }
}
