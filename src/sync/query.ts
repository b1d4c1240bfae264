/**
 * Live queries, kept up to date by what changed instead of running again. Changes gather until the
 * end of the turn, so that a thousand writes draw once; asking sooner brings them in at once.
 */
import { matches } from '../conditions/index.js';
import type { Observable } from './observable.js';
import type { Entry } from './state.js';
import type { Query, Row } from './types.js';

/** Rows whose view changed since the last flush, with what they were. */
type Changes = Map<string, { before: Row | null; after: Row | null }>;

/** All live queries of one engine. */
export class Queries {
  #changes = new Map<string, Changes>();
  #live = new Map<string, Set<LiveQuery>>();
  #scheduled = false;

  constructor(private readonly rows: (collection: string) => ReadonlyMap<string, Entry>) {}

  /** A row's view changed. */
  changed(collection: string, before: Row | null, after: Row | null): void {
    if (!this.#live.get(collection)?.size) return;
    let changes = this.#changes.get(collection);
    if (!changes) this.#changes.set(collection, (changes = new Map()));
    const key = (after ?? before)!.id;
    const known = changes.get(key);
    if (known) known.after = after;
    else changes.set(key, { before, after });
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.flush());
  }

  flush(): void {
    this.#scheduled = false;
    const changes = this.#changes;
    this.#changes = new Map();
    const told = [...changes].flatMap(([collection, rows]) =>
      [...(this.#live.get(collection) ?? [])].filter((query) => query.take(rows)),
    );
    for (const query of told) query.tell();
  }

  query<R extends Row>(collection: string, query: Query<R>): Observable<readonly R[]> {
    const live = new LiveQuery(query as Query<Row>, () => this.rows(collection));
    let queries = this.#live.get(collection);
    if (!queries) this.#live.set(collection, (queries = new Set()));
    const active = queries;
    return {
      get: () => {
        if (active.has(live)) this.flush();
        else live.run();
        return live.result as readonly R[];
      },
      subscribe: (callback) => {
        if (!live.callbacks.size) {
          // What changed this turn is in the rows already: it must not come a second time.
          this.flush();
          live.run();
          active.add(live);
        }
        const call = callback as (rows: readonly Row[]) => void;
        // A wrapper each, so that the same function subscribed twice is two subscriptions.
        const wrapped = (rows: readonly Row[]) => call(rows);
        live.callbacks.add(wrapped);
        wrapped(live.result);
        return () => {
          live.callbacks.delete(wrapped);
          if (!live.callbacks.size) active.delete(live);
        };
      },
    };
  }
}

class LiveQuery {
  readonly callbacks = new Set<(rows: readonly Row[]) => void>();
  result: readonly Row[] = [];
  /** Every match in order; the result is its head. */
  #matching: Row[] = [];
  readonly #compare: (a: Row, b: Row) => number;

  constructor(
    private readonly query: Query<Row>,
    private readonly rows: () => ReadonlyMap<string, Entry>,
  ) {
    this.#compare = comparator(query.orderBy);
  }

  /** Runs from scratch. */
  run(): void {
    const matching: Row[] = [];
    for (const { view } of this.rows().values())
      if (view && this.#matches(view)) matching.push(view);
    this.#matching = matching.sort(this.#compare);
    this.#cut();
  }

  /** Takes changes in; tells whether the result is another. */
  take(changes: Changes): boolean {
    const relevant = [...changes.values()].filter(
      ({ before, after }) =>
        before !== after &&
        ((before && this.#position(before).found) || (after && this.#matches(after))),
    );
    if (!relevant.length) return false;
    // Moving rows one by one costs a copy each; past some, sorting anew is cheaper.
    if (relevant.length > 64) this.run();
    else {
      this.#matching = [...this.#matching];
      for (const { before } of relevant) if (before) this.#remove(before);
      for (const { after } of relevant) if (after && this.#matches(after)) this.#insert(after);
      return this.#cut();
    }
    return true;
  }

  tell(): void {
    for (const callback of [...this.callbacks]) callback(this.result);
  }

  #matches(row: Row): boolean {
    return this.query.where === undefined || matches(this.query.where, row);
  }

  #cut(): boolean {
    const result = this.#matching.slice(0, this.query.limit);
    const other =
      result.length !== this.result.length || result.some((row, i) => row !== this.result[i]);
    if (other) this.result = result;
    return other;
  }

  #insert(row: Row): void {
    const { at, found } = this.#position(row);
    this.#matching.splice(at, found ? 1 : 0, row);
  }

  #remove(row: Row): void {
    const { at, found } = this.#position(row);
    if (found) this.#matching.splice(at, 1);
  }

  /** Binary search: the order is total, because ties go by id. */
  #position(row: Row): { at: number; found: boolean } {
    let [low, high] = [0, this.#matching.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#matching[middle]!, row) < 0) low = middle + 1;
      else high = middle;
    }
    return { at: low, found: this.#matching[low]?.id === row.id };
  }
}

/** A total order over rows; values of different types go by type, as in the conditions. */
function comparator(orderBy: string | undefined): (a: Row, b: Row) => number {
  const byId = (a: Row, b: Row) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  if (!orderBy) return byId;
  const down = orderBy.startsWith('-');
  const path = (down ? orderBy.slice(1) : orderBy).split('.');
  if (path.length === 1 && path[0] === 'id') return down ? (a, b) => byId(b, a) : byId;
  const member = (row: Row) =>
    path.reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], row);
  return (a, b) => {
    const order = compareValues(member(a), member(b));
    return (down ? -order : order) || byId(a, b);
  };
}

function compareValues(a: unknown, b: unknown): number {
  const [kindA, kindB] = [kind(a), kind(b)];
  if (kindA !== kindB) return kindA - kindB;
  if (kindA === 0 || kindA === 4) return 0;
  return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
}

/** Absent and null first, then booleans, numbers, strings, the rest. */
function kind(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return ['boolean', 'number', 'string'].indexOf(typeof value) + 1 || 4;
}
