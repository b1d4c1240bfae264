/**
 * One live query: the first rows of its result and some to spare, kept up with what changes. Only
 * when the spare ones run out are the rows gone through again.
 */
import { evaluate, type Judges } from '../../conditions/index.js';
import { freeze } from '../freeze.js';
import { same } from '../same.js';
import type { Indexes } from './indexes.js';
import {
  checkCallback,
  Subscribers,
  type Observable,
  type SubscribeOptions,
} from '../observable.js';
import { comparator, SortedRows, type Change, type Compare } from './order.js';
import { testPattern } from './pattern.js';
import { rangesOf, type Range } from './ranges.js';
import type { Query, Row } from '../types.js';

export interface LiveQueryHost {
  readonly indexes: Indexes;
  /** Counts the changes of the collection. */
  readonly revision: number;
  /** The condition with the ids that rows have by now. */
  renamed(where: Query<Row>['where']): Query<Row>['where'];
  /** Brings what changed this turn into all results. */
  settle(): void;
  /** From now on the query is told what changes, or no longer. */
  follow(query: LiveQuery): void;
  leave(query: LiveQuery): void;
}

export class LiveQuery implements Observable<readonly Row[]> {
  ranges!: ReadonlyMap<string, readonly Range[]>;
  #where: Query<Row>['where'];
  readonly #orderBy: readonly string[];
  readonly #compare: Compare;
  /** Rows from the first match up to the last of the result. */
  readonly #needed: number;
  /** How many matches are kept at most: some go without the rows being gone through again. */
  readonly #kept: number;
  readonly #matching: SortedRows;
  /** Whether these are all matches, and not only the first. */
  #complete = true;
  #result: readonly Row[] = [];
  /** The collection's revision of which the result is; unused while followed. */
  #revision = -1;
  readonly #subscribers = new Subscribers<readonly Row[]>(() => {
    this.host.leave(this);
    this.#revision = -1;
  });

  constructor(
    private readonly query: Query<Row>,
    private readonly host: LiveQueryHost,
  ) {
    const { orderBy, limit, offset } = query;
    this.#ask(host.renamed(query.where));
    this.#orderBy = [orderBy ?? []].flat();
    this.#compare = comparator(this.#orderBy);
    this.#matching = new SortedRows(this.#compare);
    this.#needed = (offset ?? 0) + (limit ?? Infinity);
    this.#kept = 2 * this.#needed + 32;
  }

  get live(): boolean {
    return this.#subscribers.size > 0;
  }

  readonly get = (): readonly Row[] => {
    if (this.live) this.host.settle();
    else if (this.#revision !== this.host.revision) this.#run();
    return this.#result;
  };

  readonly subscribe = (
    callback: (rows: readonly Row[]) => void,
    options?: SubscribeOptions,
  ): (() => void) => {
    checkCallback(callback);
    const rows = this.get();
    if (!this.live) {
      // What changed this turn is in the rows already: it must not come a second time.
      this.host.settle();
      this.host.follow(this);
    }
    return this.#subscribers.add(rows, callback, options);
  };

  /** Takes changes in; tells whether the result is another. */
  take(changes: readonly Change[]): boolean {
    const matching = this.#matching;
    const removed: Row[] = [];
    const added: Row[] = [];
    for (const { before, after } of changes) {
      if (before === after) continue;
      if (before && matching.has(before)) removed.push(before);
      if (after && this.#matches(after) && (this.#complete || matching.reaches(after)))
        added.push(after);
    }
    if (!removed.length && !added.length) return false;
    matching.change(removed, added);
    if (!this.#complete && matching.rows.length < this.#needed) return this.#run();
    return this.#cut();
  }

  /** Rows go by other ids; tells whether the query's condition names any of them. */
  rename(): boolean {
    const where = this.host.renamed(this.query.where);
    if (same(where, this.#where)) return false;
    if (this.live) this.host.leave(this);
    this.#ask(where);
    if (this.live) this.host.follow(this);
    this.#run();
    return true;
  }

  #ask(where: Query<Row>['where']): void {
    this.#where = where;
    this.ranges = rangesOf(where);
  }

  tell(): void {
    this.#subscribers.tell(this.#result);
  }

  /** Goes through the rows; tells whether the result is another. */
  #run(): boolean {
    const { indexes, revision } = this.host;
    const { rows, ordered } = indexes.candidates(this.ranges, this.#orderBy, this.#needed);
    const found: Row[] = [];
    let complete = true;
    for (const row of rows) {
      if (!this.#matches(row)) continue;
      // Behind as many as are kept.
      if (!complete && this.#compare(found[this.#kept - 1]!, row) < 0) continue;
      found.push(row);
      if (found.length <= (ordered ? 1 : 4) * this.#kept) continue;
      if (!ordered) found.sort(this.#compare);
      found.length = this.#kept;
      complete = false;
      if (ordered) break;
    }
    this.#matching.reset(ordered ? found : found.sort(this.#compare));
    this.#complete = complete;
    this.#revision = revision;
    return this.#cut();
  }

  /** Lets go of what is not kept, and takes the result from the rest; tells whether it is another. */
  #cut(): boolean {
    if (this.#matching.trim(this.#kept)) this.#complete = false;
    const result = this.#matching.rows.slice(this.query.offset ?? 0, this.#needed);
    const same =
      result.length === this.#result.length && result.every((row, i) => row === this.#result[i]);
    if (same) return false;
    for (const row of result) freeze(row);
    this.#result = result;
    return true;
  }

  #matches(row: Row): boolean {
    return evaluate(this.#where ?? {}, row, judges);
  }
}

const judges: Judges = { groups: {}, testPattern, exact: true, steps: { left: Infinity } };
