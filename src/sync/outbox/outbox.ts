/**
 * Which mutations go to the server next. Order is kept where it means something and nowhere else:
 * one mutation a row, one a group; a row's create before those that depend on it, its deletion after
 * them. What can't go yet holds back only what hangs on it. Pure.
 */
import { limits } from '../../protocol/index.js';
import type { EntityConfig } from '../config.js';
import { bytesOf } from '../copy.js';
import { addressOf, rowAt } from '../log/address.js';
import { circles } from './circles.js';
import { encode, isGivenUp, isWaiting, type Mutation } from '../log/record.js';
import type { State } from '../log/state.js';
import type { Row } from '../types.js';

export interface Choice {
  /** Whether a collection travels in this lane. */
  inLane(collection: string): boolean;
  /** At most so many. */
  size: number;
  /** Put off for now, or answered already. */
  notYet(mutation: Mutation): boolean;
  /** The app's `group` function threw; the row goes without a group. */
  ungrouped(collection: string): void;
}

/** Oldest first, bounded in count and bytes. */
export function nextBatch(
  state: State,
  entities: Record<string, EntityConfig>,
  { inLane, size, notYet, ungrouped }: Choice,
): Mutation[] {
  const order = new Order(state, entities, ungrouped);
  const batch: Mutation[] = [];
  let bytes = 0;
  for (const mutation of state.mutations.values()) {
    // What the configuration knows no longer waits for an app that does.
    const free = order.take(mutation) && Object.hasOwn(entities, mutation.collection);
    if (!free || !inLane(mutation.collection) || notYet(mutation)) continue;
    bytes += bytesOf(encode(mutation.value ?? mutation.patch ?? null)) + 300;
    if (batch.length && bytes > limits.bodyBytes * 0.9) break;
    if (batch.push(mutation) >= size) break;
  }
  return batch;
}

/** What the mutations before one hold back, and a deletion those behind it. */
class Order {
  readonly #rows = new Set<string>();
  readonly #groups = new Set<string>();
  /** Rows that some earlier mutation's row depends on. */
  readonly #needed = new Set<string>();
  /** Which rows depend on each other: those don't wait. */
  readonly #circle = circles((row) => this.#parents(...rowAt(row), 'before too'));
  /** By row: those that name it on the server and, by what waits, no longer. */
  #leaving: Map<string, Set<string>> | undefined;

  constructor(
    private readonly state: State,
    private readonly entities: Record<string, EntityConfig>,
    private readonly ungrouped: Choice['ungrouped'],
  ) {}

  /** Whether it may go, and from now on what it holds back. */
  take(mutation: Mutation): boolean {
    const { collection, key, op } = mutation;
    const row = addressOf(collection, key);
    const group = this.#group(mutation);
    // What was offered once goes again: its row may wait to be made anew for those that stay.
    const named = op === 'delete' && !mutation.sent && this.#isNamed(row);
    const waits =
      !isWaiting(mutation) ||
      named ||
      this.#rows.has(row) ||
      (group !== undefined && this.#groups.has(group)) ||
      (op === 'delete' && this.#needed.has(row) && !this.#isMadeAnew(mutation)) ||
      this.#parents(collection, key).some((parent) => this.#comesFirst(parent, row));
    // A dead letter holds nothing back but the rows that depend on it and, where it may have
    // arrived, its own; a parked conflict its own.
    if (!mutation.problem || isGivenUp(mutation)) this.#rows.add(row);
    if (!mutation.problem) {
      // Those that a deletion waits for may be of its group.
      if (!mutation.conflict && group !== undefined && !named) this.#groups.add(group);
      for (const parent of this.#parents(collection, key, 'before too')) this.#needed.add(parent);
    }
    return !waits;
  }

  /** Whether a row is still to be created. */
  #comesFirst(parent: string, child: string): boolean {
    const [collection, key] = rowAt(parent);
    const entry = this.state.entry(collection, key);
    // It may be there and go first, before it is made anew.
    const makes = (m: Mutation) =>
      entry?.base ? m.op === 'create' && isWaiting(m) : m.op !== 'delete';
    return !!entry?.pending.some(makes) && this.#circle(parent) !== this.#circle(child);
  }

  /** Whether it was offered, and a create waits behind it: those that need the row wait for that. */
  #isMadeAnew({ id, collection, key, sent }: Mutation): boolean {
    const pending = this.state.entry(collection, key)?.pending ?? [];
    const at = pending.findIndex((m) => m.id === id);
    return !!sent && pending.slice(at + 1).some((m) => m.op === 'create' && isWaiting(m));
  }

  /** Whether rows name it on the server that are about to be deleted, or to name another. */
  #isNamed(row: string): boolean {
    const children = (this.#leaving ??= this.#leave()).get(row);
    return !!children && [...children].some((child) => this.#circle(child) !== this.#circle(row));
  }

  #leave(): Map<string, Set<string>> {
    const leaving = new Map<string, Set<string>>();
    for (const mutation of this.state.mutations.values()) {
      const { collection, key } = mutation;
      if (!this.entities[collection]?.dependsOn || !isWaiting(mutation)) continue;
      const stays = new Set(this.#parents(collection, key));
      for (const parent of this.#parents(collection, key, 'before too')) {
        if (stays.has(parent)) continue;
        if (!leaving.has(parent)) leaving.set(parent, new Set());
        leaving.get(parent)!.add(addressOf(collection, key));
      }
    }
    return leaving;
  }

  /** The rows that a row names in members declared by `dependsOn`; those it named before, too. */
  #parents(collection: string, key: string, before?: 'before too'): string[] {
    const declared = this.entities[collection]?.dependsOn;
    if (!declared) return [];
    const entry = this.state.entry(collection, key);
    const rows = [entry?.view, ...(before ? [entry?.base] : [])] as (
      Record<string, unknown> | null | undefined
    )[];
    return Object.entries(declared).flatMap(([member, parent]) =>
      rows
        .flatMap((row) => row?.[member] ?? [])
        .flatMap((named) => (typeof named === 'string' ? addressOf(parent, named) : [])),
    );
  }

  #group({ collection, key }: Mutation): string | undefined {
    const group = this.entities[collection]?.group;
    if (!group) return undefined;
    const entry = this.state.entry(collection, key);
    const row = (entry?.view ?? entry?.base) as (Row & Record<string, unknown>) | null | undefined;
    if (!row) return undefined;
    let named: unknown;
    try {
      named = typeof group === 'function' ? group(row) : row[group];
    } catch {
      this.ungrouped(collection);
    }
    return typeof named === 'string' || typeof named === 'number' ? String(named) : undefined;
  }
}
