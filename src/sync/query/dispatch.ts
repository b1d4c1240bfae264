/**
 * Which live queries a change may be about, without asking each: a query stands under the values
 * that its condition allows one member to have.
 */
import { member } from '../../conditions/index.js';
import type { LiveQuery } from './live-query.js';
import { kind, type Change } from './order.js';
import { REFERENCE, type Range } from './ranges.js';
import type { Row } from '../types.js';

/** Stand for all values of a kind, in the order of `kind`. */
const KINDS = [0, 1, 2, 3, 4].map((of) => ({ of }));

export class Dispatch {
  readonly #byMember = new Map<string, Map<unknown, Set<LiveQuery>>>();
  /** Those whose conditions bound no member. */
  readonly #others = new Set<LiveQuery>();

  get size(): number {
    return this.#byMember.size + this.#others.size;
  }

  add(query: LiveQuery): void {
    const [path, keys] = place(query);
    if (path === undefined) return void this.#others.add(query);
    let values = this.#byMember.get(path);
    if (!values) this.#byMember.set(path, (values = new Map()));
    for (const key of keys) {
      const queries = values.get(key);
      if (queries) queries.add(query);
      else values.set(key, new Set([query]));
    }
  }

  delete(query: LiveQuery): void {
    const [path, keys] = place(query);
    if (path === undefined) return void this.#others.delete(query);
    const values = this.#byMember.get(path)!;
    for (const key of keys) {
      const queries = values.get(key);
      queries?.delete(query);
      if (!queries?.size) values.delete(key);
    }
    if (!values.size) this.#byMember.delete(path);
  }

  /** Each query with the changes that may be its own. */
  ask(changes: Iterable<Change>): Map<LiveQuery, Change[]> {
    const asked = new Map<LiveQuery, Change[]>();
    for (const change of changes) {
      const queries = new Set(this.#others);
      for (const [path, values] of this.#byMember)
        for (const row of [change.before, change.after])
          for (const query of row ? at(values, path, row) : []) queries.add(query);
      for (const query of queries) {
        const known = asked.get(query);
        if (known) known.push(change);
        else asked.set(query, [change]);
      }
    }
    return asked;
  }
}

function* at(
  values: ReadonlyMap<unknown, ReadonlySet<LiveQuery>>,
  path: string,
  row: Row,
): Iterable<LiveQuery> {
  const value = member(row, path);
  yield* values.get(value) ?? [];
  yield* values.get(KINDS[kind(value)]) ?? [];
}

/** The member whose ranges say most, and what to look the query up by. */
function place({ ranges }: LiveQuery): [path: string | undefined, keys: unknown[]] {
  let best: [path: string | undefined, keys: unknown[]] = [undefined, []];
  let fewest = Infinity;
  for (const [path, allowed] of ranges) {
    const wide = allowed.filter(([low, high]) => low !== high).length;
    if (wide >= fewest) continue;
    fewest = wide;
    best = [path, allowed.flatMap(keysOf)];
  }
  return best;
}

function keysOf([low, high]: Range): unknown[] {
  if (low === high && low !== REFERENCE) return [low];
  return KINDS.slice(kind(low), kind(high) + 1);
}
