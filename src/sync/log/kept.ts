/**
 * What the server has accepted but may lose again, because its database was not on the disk yet.
 * These mutations no longer wait, and nobody counts them; they are let go once the server is sure.
 * When its database comes back in another epoch, restored from a backup, they are offered again
 * under their own ids: what survived gets its first answer, the rest is made anew (`revive.ts`).
 */
import type { Undurable } from '../../protocol/index.js';
import type { Meta, Mutation } from './record.js';
import type { Entry } from './entry.js';

/**
 * A server that is never sure, because it runs without a disk, must not fill this one. Those past it
 * are lost with the server's database, so only what no outbox was ever meant for may meet it.
 */
const KEPT_AT_MOST = 100_000;

export class Kept {
  #mutations = new Map<string, Mutation>();

  /** Oldest first. */
  list(): Mutation[] {
    return [...this.#mutations.values()];
  }

  /** The epoch that the oldest was accepted in; null when there is none. */
  get epoch(): string | null {
    const [oldest] = this.#mutations.values();
    return oldest?.accepted?.epoch ?? null;
  }

  load(mutations: readonly Mutation[]): void {
    this.#mutations = new Map(mutations.map((mutation) => [mutation.id, mutation]));
  }

  add(mutation: Mutation): void {
    this.#mutations.set(mutation.id, mutation);
    const [oldest] = this.#mutations.keys();
    if (this.#mutations.size > KEPT_AT_MOST) this.#mutations.delete(oldest!);
  }

  /** It waits again. */
  release(id: string): void {
    this.#mutations.delete(id);
  }

  /** The server is sure of everything up to `durable`. */
  settle({ epoch, durable }: Meta): void {
    for (const [id, { accepted }] of this.#mutations)
      if (accepted!.epoch === epoch && accepted!.seq <= durable) this.#mutations.delete(id);
  }
}

/**
 * Whether it was offered in another epoch: its base means nothing now.
 * Before the first pull there are no bases.
 */
export function isEarlier({ sent }: Mutation, { epoch }: Meta): boolean {
  return sent !== undefined && sent.epoch !== null && sent.epoch !== epoch;
}

/** With the row that it was made on, which this device is about to forget. */
export function keep(mutation: Mutation, entry: Entry, accepted: Undurable): Mutation {
  const { ancestor = { version: entry.version, row: entry.base } } = mutation;
  return { ...mutation, ancestor, accepted };
}
