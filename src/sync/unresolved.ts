/**
 * What waits for a person instead of the network: changes that the server refused for good (dead
 * letters) and conflicts that no strategy decided (parked). Nothing here is lost until somebody
 * gives it up.
 */
import type { Operation, Problem } from '../protocol/index.js';
import { difference } from './coalesce.js';
import type { Commits } from './commits.js';
import { copyRow } from './copy.js';
import { anew } from './rebase.js';
import { isWaiting, type Mutation } from './record.js';
import type { State } from './state.js';
import type { Row } from './types.js';

/** A write that the server refused for good. */
export interface DeadLetter {
  id: string;
  entity: string;
  key: string;
  operation: Operation;
  data: unknown;
  problem: Problem;
}

/** A conflict that waits for a person. */
export interface ParkedConflict {
  id: string;
  collection: string;
  key: string;
  base: Row | null;
  local: Row | null;
  remote: Row | null;
}

export class Unresolved {
  constructor(
    private readonly state: State,
    private readonly commits: Commits,
    private readonly newId: () => string,
  ) {}

  /** Gives up everything that waits and was never sent. */
  async clear(): Promise<void> {
    await this.#drop((mutation) => isWaiting(mutation) && !mutation.sent);
  }

  /** The dead letters, oldest first. */
  letters(): DeadLetter[] {
    return [...this.state.mutations.values()].flatMap((mutation) => {
      const { id, collection: entity, key, op: operation, problem } = mutation;
      const data = mutation.value ?? mutation.patch ?? null;
      return problem ? { id, entity, key, operation, data, problem } : [];
    });
  }

  /** Sends dead letters again, one or all. */
  async reprocess(id?: string): Promise<void> {
    await this.commits.change((state) => {
      const again = [...state.mutations.values()].filter(
        (mutation) => mutation.problem && (id === undefined || mutation.id === id),
      );
      // Under a new id: the old one has its answer at the server for good.
      return {
        drop: again.map((mutation) => mutation.id),
        put: again.map((mutation) => anew(mutation, this.newId(), [mutation.id])),
      };
    }, 'strict');
  }

  /** Gives a dead letter up; the row goes back to the server's state. */
  async discard(id: string): Promise<void> {
    await this.#drop((mutation) => mutation.id === id && mutation.problem !== undefined);
  }

  conflicts(): ParkedConflict[] {
    return [...this.state.mutations.values()].flatMap(
      ({ id, collection, key, conflict, ancestor }) => {
        if (!conflict) return [];
        const local = this.state.entry(collection, key)?.view ?? null;
        return { id, collection, key, base: ancestor?.row ?? null, local, remote: conflict.row };
      },
    );
  }

  /** Ends a parked conflict: the row becomes this on every device; `null` deletes it. */
  async resolve(id: string, row: Row | null): Promise<void> {
    const decided = row && copyRow(row);
    await this.commits.change((state) => {
      const parked = state.mutations.get(id);
      if (!parked?.conflict) return {};
      const { collection, key, seq, at, conflict } = parked;
      const later = state
        .entry(collection, key)!
        .pending.filter((m) => m.seq > seq && isWaiting(m));
      const from = [id, ...later.map((mutation) => mutation.id)];
      const edit = difference(conflict.row, decided && { ...decided, id: key });
      return {
        drop: from,
        put: edit ? [{ id: this.newId(), seq, at, collection, key, from, ...edit }] : [],
      };
    }, 'strict');
  }

  async #drop(which: (mutation: Mutation) => boolean): Promise<void> {
    await this.commits.change((state) => {
      const dropped = [...state.mutations.values()].filter(which).map(({ id }) => id);
      return { drop: dropped, discarded: dropped };
    }, 'strict');
  }
}
