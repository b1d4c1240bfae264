/**
 * Ids that a server has replaced by its own: rows were made here under one key and accepted under
 * another. What the app still holds of the old keys goes on working, in this session and after a
 * reload; the oldest are forgotten when there are too many, long after anybody holds them.
 */
import { addressOf } from './address.js';
import { same } from '../same.js';
import type { Json, JsonObject } from '../../protocol/index.js';
import type { Mutation } from './record.js';
import type { Row } from '../types.js';

export type Alias = [collection: string, from: string, to: string];

/** What a collection's members hold of other collections' keys: `{ project: 'projects' }`. */
export type References = (collection: string) => Record<string, string> | undefined;

const KEPT = 1_000;

/** What knows rows by the ids that they had before; of a server that gives none, nothing. */
export type KnownIds = Pick<
  Aliases,
  'another' | 'load' | 'add' | 'list' | 'key' | 'rewrite' | 'condition'
>;

/** For transports of servers that give rows other ids (`Transport.aliases`). */
export class Aliases {
  readonly #aliases = new Map<string, Alias>();

  constructor(
    private readonly references: References = () => undefined,
    private readonly onChange: () => unknown = () => {},
  ) {}

  /** One that knows nothing, for another state of the same database. */
  another(): KnownIds {
    return new Aliases();
  }

  load(aliases: readonly Alias[]): void {
    this.#aliases.clear();
    for (const alias of aliases) this.#add(alias);
    this.onChange();
  }

  add(alias: Alias): void {
    this.#add(alias);
    this.onChange();
  }

  list(): Alias[] {
    return [...this.#aliases.values()];
  }

  /** The key that the row has now. */
  key(collection: string, key: string): string {
    return (this.#aliases.size && this.#aliases.get(addressOf(collection, key))?.[2]) || key;
  }

  /**
   * The mutation as it is called now: its own key, and the keys it refers to unless it was sent and
   * is frozen; what was refused for good is sent no more as it was. The same object where nothing
   * changes.
   */
  rewrite(mutation: Mutation): Mutation {
    if (!this.#aliases.size) return mutation;
    const { collection, problem } = mutation;
    const sent = problem && !problem.retryable ? undefined : mutation.sent;
    const key = this.key(collection, mutation.key);
    const value = mutation.value && this.#refer(collection, mutation.value, sent);
    const patch = mutation.patch && this.#refer(collection, mutation.patch, sent);
    if (key === mutation.key && value === mutation.value && patch === mutation.patch)
      return mutation;
    return {
      ...mutation,
      key,
      ...(value && { value: { ...value, id: key } as Row & JsonObject }),
      ...(patch && { patch }),
    };
  }

  /** A condition on rows of the collection, with the keys that the rows it names have now. */
  condition(collection: string, where: unknown): unknown {
    if (!this.#aliases.size) return where;
    const references: Record<string, string> = { ...this.references(collection), id: collection };
    const rename = (value: unknown, entity?: string): unknown => {
      if (typeof value === 'string') return entity === undefined ? value : this.key(entity, value);
      if (Array.isArray(value)) return value.map((item) => rename(item, entity));
      if (typeof value !== 'object' || !value) return value;
      const members = Object.entries(value).map(([name, member]) => [
        name,
        rename(member, name.startsWith('$') ? entity : references[name]),
      ]);
      return Object.fromEntries(members);
    };
    return rename(where);
  }

  #add(alias: Alias): void {
    this.#aliases.set(addressOf(alias[0], alias[1]), alias);
    if (this.#aliases.size <= KEPT) return;
    const [oldest] = this.#aliases.keys();
    this.#aliases.delete(oldest!);
  }

  #refer<M extends JsonObject>(collection: string, members: M, sent: Mutation['sent']): M {
    let changed = members;
    for (const [member, entity] of Object.entries((!sent && this.references(collection)) || {})) {
      const held = members[member] ?? null;
      const now = (id: Json) => (typeof id === 'string' ? this.key(entity, id) : id);
      const renamed = Array.isArray(held) ? held.map(now) : now(held);
      if (!same(renamed, held)) changed = { ...changed, [member]: renamed };
    }
    return changed;
  }
}
