/**
 * What waits for a person instead of the network: changes that the server refused for good (dead
 * letters) and conflicts that no strategy decided (parked). Nothing here is lost until somebody
 * gives it up.
 */
import { isObject, type Operation, type Problem } from '../../protocol/index.js';
import { difference } from '../log/coalesce.js';
import { same } from '../same.js';
import type { Commits } from '../log/commits.js';
import type { Build } from '../log/log.js';
import { compare, resolve, type Conflict } from '../conflict/conflict.js';
import { copyRow } from '../copy.js';
import { invalid, SyncError } from '../errors.js';
import { freeze } from '../freeze.js';
import type { FieldTypes } from '../conflict/fields.js';
import { altered } from './rebase.js';
import {
  anew,
  applied,
  isGivenUp,
  isOffered,
  isWaiting,
  offeredAgain,
  origins,
  shows,
  type Mutation,
} from '../log/record.js';
import { committed } from '../log/entry.js';
import { type State } from '../log/state.js';
import { checkPatch, createdBySchema, type StandardSchemaV1 } from '../schema.js';
import type { Row } from '../types.js';

/** A write that the server refused for good, or that lost against somebody else's. */
export interface DeadLetter {
  id: string;
  entity: string;
  key: string;
  operation: Operation;
  data: unknown;
  problem: Problem;
}

/**
 * A conflict that waits for a person. The row shows `local` meanwhile, and what is written to it
 * joins that side; what somebody else changes joins the other, and may end the conflict.
 */
export interface ParkedConflict extends Conflict {
  id: string;
}

export class Unresolved {
  constructor(
    private readonly state: State,
    private readonly commits: Commits,
    private readonly host: {
      newId(): string;
      fields(collection: string): FieldTypes | undefined;
      schema(collection: string): StandardSchemaV1 | undefined;
    },
  ) {}

  /** Gives up everything that waits and was never sent. */
  async clear(): Promise<void> {
    await this.#drop((mutation) => isWaiting(mutation) && !isOffered(mutation));
  }

  /** The dead letters, oldest first. */
  letters(): DeadLetter[] {
    return [...this.state.mutations.values()].flatMap((mutation) => {
      const { id, collection: entity, key, op: operation, problem } = mutation;
      const data = mutation.value ?? mutation.patch ?? null;
      return problem ? freeze({ id, entity, key, operation, data, problem }) : [];
    });
  }

  /**
   * Sends dead letters again: all that the server refused, or one. A letter that lost against
   * somebody else's row is only sent when it is asked for by its id, and then it takes what is in
   * dispute: it brings a deleted row back, or deletes one that was changed.
   */
  async reprocess(id?: string): Promise<void> {
    await this.#about(
      id,
      'dead letter',
      ({ problem }) => problem,
      (state) => {
        const again = [...state.mutations.values()].filter(
          (mutation) =>
            mutation.problem && (id === undefined ? shows(mutation) : mutation.id === id),
        );
        let { seq } = state.meta;
        // Under a new id: the old one has its answer at the server for good, where there was one.
        const put = again.flatMap((letter) => {
          if (isGivenUp(letter)) return [offeredAgain(letter)];
          const next = anew(letter, this.host.newId(), [letter.id]);
          if (!letter.ancestor) return [next];
          const edit = this.#insisted(
            letter,
            committed(state.entry(letter.collection, letter.key)),
          );
          return edit ? [{ ...altered(next, edit), seq: ++seq }] : [];
        });
        const refused = again.filter((letter) => !isGivenUp(letter));
        return { drop: refused.map((letter) => letter.id), put, meta: { seq } };
      },
    );
  }

  /** Gives a dead letter up; the row goes back to the server's state. */
  async discard(id: string): Promise<void> {
    await this.#about(
      required(id),
      'dead letter',
      ({ problem }) => problem,
      (state) => {
        const letter = state.mutations.get(id);
        if (!letter?.problem) return {};
        const { pending } = state.entry(letter.collection, letter.key)!;
        // What was written on one that was given up on is still behind it.
        const behind = pending.filter(
          (m) => isGivenUp(letter) && m.seq > letter.seq && isWaiting(m),
        );
        const dropped = [id, ...behind.map((mutation) => mutation.id)];
        return { drop: dropped, discarded: dropped };
      },
    );
  }

  /** The parked conflicts, oldest first. */
  conflicts(): ParkedConflict[] {
    return [...this.state.mutations.values()].flatMap((mutation) => {
      const { view = null } = this.state.entry(mutation.collection, mutation.key) ?? {};
      const { id, conflict } = mutation;
      if (!conflict) return [];
      return freeze({ id, ...this.#compare(mutation, view, conflict.row).conflict });
    });
  }

  /**
   * Ends a parked conflict. The row becomes this on every device, `null` deletes it; `local` and
   * `remote` decide what is in dispute for one side and keep what merged. Of two tabs that decide at
   * the same time the first one does.
   */
  async resolve(id: string, decision: Row | null | 'local' | 'remote'): Promise<void> {
    if (decision !== null && !isObject(decision) && decision !== 'local' && decision !== 'remote')
      throw invalid('A conflict is resolved by a row, null, "local" or "remote".');
    const decided = isObject(decision) ? this.#checked(id, copyRow(decision) as Row) : decision;
    await this.#about(
      required(id),
      'parked conflict',
      ({ conflict }) => conflict,
      (state) => {
        const parked = state.mutations.get(id);
        if (!parked?.conflict) return {};
        const { collection, key, seq, at, conflict } = parked;
        const entry = state.entry(collection, key)!;
        const later = entry.pending.filter((m) => m.seq > seq && isWaiting(m));
        const ids = [id, ...later.map((mutation) => mutation.id)];
        const from = origins([parked, ...later]);
        const local = committed(entry);
        const { merged } = this.#compare(parked, local, conflict.row);
        const sides = merged ?? { local, remote: conflict.row };
        const row =
          typeof decided === 'string' ? sides[decided] : decided && { ...decided, id: key };
        const edit = difference(conflict.row, row);
        return {
          drop: ids,
          put: edit ? [{ id: this.host.newId(), seq, at, collection, key, from, ...edit }] : [],
          overruled: edit || same(local, conflict.row) ? [] : ids,
        };
      },
    );
  }

  /** Rejects where there is no such thing; one that somebody else has just ended is left as it is. */
  async #about(
    id: string | undefined,
    what: string,
    is: (mutation: Mutation) => unknown,
    build: Build,
  ): Promise<void> {
    const there = ({ mutations }: State) => {
      const mutation = id === undefined ? undefined : mutations.get(id);
      return id === undefined || (mutation && is(mutation) !== undefined);
    };
    let found = there(this.state);
    await this.commits.change((state) => {
      found ||= there(state);
      return build(state);
    }, 'strict');
    if (!found) throw new SyncError('not-found', `There is no ${what} “${id}”, or no longer.`);
  }

  /** A row that a person has put together is checked like one that the app writes. */
  #checked(id: string, decided: Row): Row {
    const parked = this.state.mutations.get(id);
    const schema = parked && this.host.schema(parked.collection);
    if (!schema) return decided;
    const row = { ...decided, id: parked.key };
    const local = committed(this.state.entry(parked.collection, parked.key));
    if (!local) return copyRow(createdBySchema(schema, row)) as Row;
    const before = new Map<string, unknown>(Object.entries(local));
    const patch = Object.entries(row).filter(([name, value]) => !same(value, before.get(name)));
    const removed = [...before.keys()].filter((name) => !Object.hasOwn(row, name));
    return { ...row, ...checkPatch(schema, local, Object.fromEntries(patch), removed) };
  }

  #compare({ collection, key, ancestor }: Mutation, local: Row | null, remote: Row | null) {
    const base = ancestor?.row ?? null;
    return compare({ collection, key, base, local, remote }, this.host.fields(collection));
  }

  /** What a letter that lost wants, laid on the row as it is: all that is in dispute is its own. */
  #insisted(letter: Mutation, row: Row | null): ReturnType<typeof difference> {
    const local = applied(letter, letter.ancestor!.row);
    const { conflict, merged } = this.#compare(letter, local, row);
    const outcome = resolve(conflict, merged, 'client-wins');
    return typeof outcome === 'object' ? difference(row, outcome.row) : null;
  }

  async #drop(which: (mutation: Mutation) => boolean): Promise<void> {
    await this.commits.change((state) => {
      const dropped = [...state.mutations.values()].filter(which).map(({ id }) => id);
      return { drop: dropped, discarded: dropped };
    }, 'strict');
  }
}

function required(id: unknown): string {
  if (typeof id !== 'string') throw invalid('Say which, by its id.');
  return id;
}
