/**
 * Which mutations go to the server next. Order is kept where it means something and nowhere else:
 * one mutation a row, one a group; a row's create before those that depend on it, its deletion after
 * them. What can't go yet holds back only what hangs on it. Pure.
 */
import { limits } from '../../protocol/index.js';
import type { EntityConfig } from '../config.js';
import { bytesOf } from '../copy.js';
import { addressOf, rowAt } from '../log/address.js';
import { encode, isGivenUp, isWaiting, type Mutation } from '../log/record.js';
import type { State } from '../log/state.js';
import type { Row } from '../types.js';
import { circles } from './circles.js';

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
    const free = order.isFree(mutation) && Object.hasOwn(entities, mutation.collection);
    if (!free || !inLane(mutation.collection) || notYet(mutation)) continue;
    bytes += bytesOf(encode(mutation.value ?? mutation.patch ?? null)) + 300;
    if (batch.length && bytes > limits.bodyBytes * 0.9) break;
    if (batch.push(mutation) >= size) break;
  }
  return batch;
}

/** What a mutation waits for, by id. */
interface Place {
  /** Of what was written before it. */
  earlier: readonly string[];
  /** Of what was written after it. */
  later: readonly string[];
  /** Of which one goes at a time. */
  group?: string | undefined;
}

/**
 * The log's order, as far as it means something, and two exceptions from it: what makes a row goes
 * before those that name it, and its deletion after those that cease to, although they were written
 * later.
 *
 * Nothing waits without end. Waiting for what was written earlier leads back to the start of the
 * log, so a circle has to lead forward somewhere; and for what was written later nothing waits where
 * that waits for it in turn, over however many others. There the log's order stands.
 */
class Order {
  readonly #places = new Map<string, Place>();
  readonly #unread: Iterator<Mutation>;
  /** The last of each row, and of each group, that holds back what comes after it. */
  readonly #rows = new Map<string, string>();
  readonly #groups = new Map<string, string>();
  /** Groups of which one may go. */
  readonly #going = new Set<string>();
  /** By row: what was written so far on rows that name it, or did. */
  readonly #naming = new Map<string, string[]>();
  /** By row: what waits on rows that name it on the server and, by what waits, no longer. */
  #leaving: Map<string, string[]> | undefined;
  readonly #circle = circles((id) => {
    const { earlier, later } = this.#place(id);
    return [...earlier, ...later];
  });

  constructor(
    private readonly state: State,
    private readonly entities: Record<string, EntityConfig>,
    private readonly ungrouped: Choice['ungrouped'],
  ) {
    this.#unread = state.mutations.values();
  }

  /** Whether it may go; asked in the log's order. */
  isFree(mutation: Mutation): boolean {
    const { earlier, later, group } = this.#place(mutation.id);
    if (!isWaiting(mutation) || earlier.length) return false;
    if (group !== undefined && this.#going.has(group)) return false;
    if (!later.every((id) => this.#circle(id) === this.#circle(mutation.id))) return false;
    if (group !== undefined) this.#going.add(group);
    return true;
  }

  /** Reads the log as far as it has to. */
  #place(id: string): Place {
    for (;;) {
      const known = this.#places.get(id);
      if (known) return known;
      const next = this.#unread.next().value as Mutation;
      this.#places.set(next.id, this.#read(next));
    }
  }

  #read(mutation: Mutation): Place {
    const { id, collection, key, op, problem, conflict } = mutation;
    const row = addressOf(collection, key);
    const earlier: string[] = [];
    const later: string[] = [];
    const put = (other: string | undefined) => {
      if (other === undefined || other === id) return;
      (this.#places.has(other) ? earlier : later).push(other);
    };
    put(this.#rows.get(row));
    for (const parent of this.#parents(collection, key)) put(this.#maker(parent));
    if (op === 'delete') {
      this.#naming.get(row)?.forEach(put);
      this.#left(row)?.forEach(put);
    }
    const group = this.#group(mutation);
    if (group !== undefined) put(this.#groups.get(group));

    // A dead letter holds nothing back but the rows that depend on it and, where it may have
    // arrived, its own; a parked conflict its own, and the deletion of those that it names.
    if (!problem || isGivenUp(mutation)) this.#rows.set(row, id);
    if (problem) return { earlier, later };
    for (const parent of this.#parents(collection, key, 'before too'))
      addTo(this.#naming, parent, id);
    if (conflict || group === undefined) return { earlier, later };
    // What it waits for may be of its group.
    if (!later.length) this.#groups.set(group, id);
    return { earlier, later, group };
  }

  /** What makes a row that is not there, or is about to go before it is made anew. */
  #maker(row: string): string | undefined {
    const { base, pending = [] } = this.state.entry(...rowAt(row)) ?? {};
    const makes = (m: Mutation) => (base ? m.op === 'create' && isWaiting(m) : m.op !== 'delete');
    return pending.find(makes)?.id;
  }

  /** What ceases to name a row. */
  #left(row: string): readonly string[] | undefined {
    if (!this.#leaving) {
      this.#leaving = new Map();
      for (const mutation of this.state.mutations.values()) {
        const { id, collection, key } = mutation;
        if (!this.entities[collection]?.dependsOn || !isWaiting(mutation)) continue;
        const stays = new Set(this.#parents(collection, key));
        for (const parent of this.#parents(collection, key, 'before too'))
          if (!stays.has(parent)) addTo(this.#leaving, parent, id);
      }
    }
    return this.#leaving.get(row);
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

function addTo(lists: Map<string, string[]>, row: string, id: string): void {
  const list = lists.get(row);
  if (list) list.push(id);
  else lists.set(row, [id]);
}
