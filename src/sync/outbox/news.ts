/**
 * Tells of each dead letter and each parked conflict once, in every tab: when a record brings it, or
 * when the tab has read the disk anew and finds it there. What was there from the start is no news.
 */
import type { Events } from '../events.js';
import type { Mutation } from '../log/record.js';

export class News {
  readonly #told = new Set<string>();

  constructor(private readonly events: Events) {}

  tell(mutations: Iterable<Mutation>): void {
    for (const { id, collection: entity, key, problem, conflict } of this.#fresh(mutations))
      if (problem) this.events.emit('dead-letter', { id, entity, key, code: problem.code });
      else if (conflict) this.events.emit('conflict', { id, entity, key });
  }

  known(mutations: Iterable<Mutation>): void {
    this.#fresh(mutations);
  }

  /** A letter that moves with its row is no news, nor is a conflict whose other side moves. */
  #fresh(mutations: Iterable<Mutation>): Mutation[] {
    const fresh: Mutation[] = [];
    for (const mutation of mutations) {
      // It may become one again, under the same id.
      if (!mutation.problem && !mutation.conflict) this.#told.delete(mutation.id);
      else if (!this.#told.has(mutation.id)) fresh.push(mutation);
    }
    for (const { id } of fresh) this.#told.add(id);
    return fresh;
  }
}
