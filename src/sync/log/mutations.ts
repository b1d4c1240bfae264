/** The outbox, dead letters and parked conflicts by their ids, oldest first; and how many of each. */
import type { Mutation } from './record.js';

/** Kept as mutations come and go: after every commit somebody asks. */
export interface Counts {
  pending: number;
  failed: number;
  conflicts: number;
}

const noCounts = (): Counts => ({ pending: 0, failed: 0, conflicts: 0 });

function kindOf({ problem, conflict }: Mutation): keyof Counts {
  return problem ? 'failed' : conflict ? 'conflicts' : 'pending';
}

export class Mutations extends Map<string, Mutation> {
  /** The highest number that any had. */
  lastSeq = 0;
  #unsorted = false;
  #counts = noCounts();

  /** How many wait for the server, are dead letters, are parked. */
  counts(): Counts {
    return { ...this.#counts };
  }

  override set(id: string, mutation: Mutation): this {
    const known = this.get(id);
    if (known) this.#counts[kindOf(known)]--;
    if (!known && mutation.seq <= this.lastSeq) this.#unsorted = true;
    this.#counts[kindOf(mutation)]++;
    this.lastSeq = Math.max(this.lastSeq, mutation.seq);
    return super.set(id, mutation);
  }

  override delete(id: string): boolean {
    const known = this.get(id);
    if (known) this.#counts[kindOf(known)]--;
    return super.delete(id);
  }

  override clear(): void {
    super.clear();
    this.#counts = noCounts();
    this.lastSeq = 0;
    this.#unsorted = false;
  }

  /** A rebased mutation goes back to the place of what it is made from. */
  sort(): void {
    if (!this.#unsorted) return;
    this.#unsorted = false;
    const sorted = [...this].sort(([, a], [, b]) => a.seq - b.seq);
    super.clear();
    for (const [id, mutation] of sorted) super.set(id, mutation);
  }
}
