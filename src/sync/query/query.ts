/**
 * Live queries, kept up to date by what changed instead of running again. Changes gather until the
 * end of the turn, so that a thousand writes draw once; asking sooner brings them in at once.
 */
import { checkQuery } from './check.js';
import { Dispatch } from './dispatch.js';
import { Indexes } from './indexes.js';
import { LiveQuery, type LiveQueryHost } from './live-query.js';
import type { Observable } from '../observable.js';
import { note, type Changes } from './order.js';
import type { Entry } from '../log/entry.js';
import type { AnyRow, Query, Row } from '../types.js';

/** Queries that nobody follows are remembered for the next who asks the same, up to so many. */
const REMEMBERED = 100;

/** All queries of one engine. */
export class Queries {
  readonly #collections = new Map<string, CollectionQueries>();
  /** Queries whose subscribers have not been told yet. */
  #news = new Set<LiveQuery>();
  #scheduled = false;

  constructor(
    private readonly rows: (collection: string) => ReadonlyMap<string, Entry>,
    private readonly entities: Record<string, { indexes?: readonly string[] }>,
    /** A condition with the keys that rows have by now. */
    private readonly renamedIn: (collection: string, where: unknown) => unknown = (_, where) =>
      where,
  ) {}

  /** A row's view changed. */
  changed(collection: string, before: Row | null, after: Row | null): void {
    if (before === after) return;
    if (this.#collections.get(collection)?.changed(before, after)) this.#schedule();
  }

  /** Rows go by other ids now: what queries name by the old ones they name by the new. */
  renamed(): void {
    // What changed this turn is in the rows already: it must not come a second time.
    this.#settle();
    for (const queries of this.#collections.values())
      for (const query of queries.rename()) this.#news.add(query);
    if (this.#news.size) this.#schedule();
  }

  /** The same object for equal queries; throws `invalid` for what is none. */
  query(collection: string, query: Query): Observable<readonly AnyRow[]> {
    checkQuery(query);
    let queries = this.#collections.get(collection);
    if (!queries) {
      queries = new CollectionQueries(
        () => this.rows(collection),
        this.entities[collection]?.indexes ?? [],
        (where) => this.renamedIn(collection, where) as Query['where'],
        () => this.#settle(),
      );
      this.#collections.set(collection, queries);
    }
    return queries.query(query) as Observable<readonly Row[]> as Observable<readonly AnyRow[]>;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#tell());
  }

  #settle(): void {
    for (const queries of this.#collections.values())
      for (const query of queries.takeChanges()) this.#news.add(query);
  }

  #tell(): void {
    this.#scheduled = false;
    this.#settle();
    const news = this.#news;
    this.#news = new Set();
    for (const query of news) query.tell();
  }
}

/** The queries of one collection. */
class CollectionQueries implements LiveQueryHost {
  readonly indexes: Indexes;
  revision = 0;
  readonly #known = new Map<string, LiveQuery>();
  readonly #dispatch = new Dispatch();
  #changes: Changes = new Map();

  constructor(
    rows: () => ReadonlyMap<string, Entry>,
    indexes: readonly string[],
    readonly renamed: (where: Query['where']) => Query['where'],
    readonly settle: () => void,
  ) {
    this.indexes = new Indexes(indexes, rows);
  }

  /** Tells whether anybody follows. */
  changed(before: Row | null, after: Row | null): boolean {
    this.revision++;
    this.indexes.changed(before, after);
    if (!this.#dispatch.size) return false;
    note(this.#changes, before, after);
    return true;
  }

  /** The queries whose result is another now. */
  takeChanges(): LiveQuery[] {
    if (!this.#changes.size) return [];
    const asked = this.#dispatch.ask(this.#changes.values());
    this.#changes = new Map();
    return [...asked].flatMap(([query, changes]) => (query.take(changes) ? query : []));
  }

  /** The queries that ask for something else by that. */
  rename(): LiveQuery[] {
    return [...this.#known.values()].filter((query) => query.rename());
  }

  query(asked: Query): LiveQuery {
    // Asked by a copy, which the app can't change any more.
    const text = JSON.stringify(asked, asJson);
    let query = this.#known.get(text);
    if (query) return query;
    for (const [known, { live }] of this.#known) {
      if (this.#known.size < REMEMBERED) break;
      if (!live) this.#known.delete(known);
    }
    this.#known.set(text, (query = new LiveQuery(JSON.parse(text) as Query<Row>, this)));
    return query;
  }

  follow(query: LiveQuery): void {
    this.#dispatch.add(query);
  }

  leave(query: LiveQuery): void {
    this.#dispatch.delete(query);
  }
}

/** What JSON has no word for: nothing is absent, without end is the largest number. */
function asJson(_: string, value: unknown): unknown {
  if (typeof value !== 'number') return value ?? null;
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}
