/**
 * What the server has accepted but may lose again, because its database was not on the disk yet.
 * These mutations no longer wait, and nobody counts them; they are let go once the server is sure.
 * When its database comes back in another life, restored from a backup, they are offered again
 * under their own ids: what survived gets its first answer, the rest is made anew (`revived`).
 */
import type { JsonObject, Undurable } from '../protocol/index.js';
import type { Meta, Mutation, RowState } from './record.js';
import type { Entry } from './state.js';
import type { Row } from './types.js';

/** A server that is never sure, because it runs without a disk, must not fill this one. */
const KEPT_AT_MOST = 500;

export class Kept {
  #mutations = new Map<string, Mutation>();

  /** Oldest first. */
  list(): Mutation[] {
    return [...this.#mutations.values()];
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
 * Whether it was offered to another life of the server's database: its base means nothing now.
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

/**
 * A mutation that was accepted and that the restored server does not know, on the row as it is
 * there: what it is made anew from. A row that never was in this life was lost, not deleted: it is
 * created as it was before, with the change. One that is there although this would have created it
 * was brought back by another device that had it.
 */
export function revived(
  mutation: Mutation,
  entry: Entry,
  { version, row }: RowState,
): [Mutation, Entry] {
  const { op, value, patch, ancestor, accepted } = mutation;
  const next = { ...mutation };
  if (accepted && op === 'create' && row) next.ancestor = { version, row: value! };
  if (accepted && op === 'update' && !version && ancestor?.row) {
    next.op = 'create';
    next.value = { ...ancestor.row, ...patch } as Row & JsonObject;
    next.ancestor = { version, row: null };
  }
  const pending = entry.pending.map((other) => (other.id === next.id ? next : other));
  return [next, { ...entry, pending }];
}
