/**
 * The declared indexes of a collection: its rows in the order of some members. One is built when
 * queries ask for it and kept up with the changes from then on. An index only narrows down
 * which rows come into question.
 */
import { member } from '../../conditions/index.js';
import { comparator, compareValues, firstIndex, kind, note, SortedRows } from './order.js';
import type { Changes } from './order.js';
import { REFERENCE, type Range } from './ranges.js';
import type { Entry } from '../log/entry.js';
import type { Row } from '../types.js';

/** The rows that may satisfy a query, in its order or in none. */
export interface Candidates {
  rows: Iterable<Row>;
  ordered: boolean;
}

/** Past so many changes an index is let go of, and built anew when it is needed. */
const KEPT_UP_WITH = 5_000;
/** Stretches of an index that are looked up for one query. */
const MOST_BOUNDS = 1_000;

export class Indexes {
  readonly #built = new Map<string, SortedRows>();
  readonly #asked = new Set<string>();
  /** What the built ones have not taken in yet. */
  #behind: Changes = new Map();

  constructor(
    /** Each a member's path, or several with `+` in between. */
    private readonly declared: readonly string[],
    private readonly rows: () => ReadonlyMap<string, Entry>,
  ) {}

  changed(before: Row | null, after: Row | null): void {
    if (!this.#built.size) return;
    note(this.#behind, before, after);
    if (this.#behind.size <= KEPT_UP_WITH) return;
    this.#built.clear();
    this.#behind = new Map();
  }

  /** The cheapest way to a query's rows, of which it needs the first `wanted`. */
  candidates(
    ranges: ReadonlyMap<string, readonly Range[]>,
    orderBy: readonly string[],
    wanted: number,
  ): Candidates {
    const keys = ranges.get('id');
    if (keys?.every(isPoint)) return { rows: this.#byKey(keys), ordered: false };

    const order = orderBy.join('+');
    const down = order.startsWith('-');
    let best: Candidates = { rows: this.#all(), ordered: false };
    // All rows lie nearly in the order of their ids; an index's must be sorted into it.
    const sorting = order ? 1 : 4;
    let lowest = this.rows().size;
    let most = 0;
    for (const name of this.declared) {
      const members = name.split('+');
      const bounds = boundsOf(members, ranges);
      const bounded = bounds[0]?.low.length ?? members.length;
      const paths = members.map((path) => (down ? `-${path}` : path));
      const inOrder = paths.join('+') === order;
      if (bounded ? best.ordered && bounded <= most : !inOrder) continue;
      if (!this.#isWorthwhile(name)) continue;
      const rows = this.#index(name, members);
      const slices = bounds.map((bound) => slice(rows, members, bound)).filter(isFilled);
      // Where only one value of a member is left, the rows are in the order of the next.
      const rest = slices.length === 1 ? paths.slice(slices[0]!.fixed).join('+') : null;
      const ordered = inOrder || rest === order;
      const count = slices.reduce((sum, { from, to }) => sum + to - from, 0);
      // Of rows in the query's order, perhaps one in ten is in the result.
      const cost = ordered ? Math.min(count, 10 * wanted) : sorting * count;
      if (cost >= lowest) continue;
      lowest = cost;
      most = bounded;
      best = { rows: walk(rows, slices, down), ordered };
    }
    return best;
  }

  *#all(): Iterable<Row> {
    for (const { view } of this.rows().values()) if (view) yield view;
  }

  *#byKey(keys: readonly Range[]): Iterable<Row> {
    for (const [key] of keys) {
      const row = this.rows().get(key as string)?.view;
      if (row) yield row;
    }
  }

  /** Going through all rows once costs less than building: that is for the second who asks. */
  #isWorthwhile(name: string): boolean {
    const before = this.#asked.has(name);
    this.#asked.add(name);
    return before;
  }

  #index(name: string, members: readonly string[]): readonly Row[] {
    const removed = [...this.#behind.values()].flatMap(({ before }) => before ?? []);
    const added = [...this.#behind.values()].flatMap(({ after }) => after ?? []);
    for (const index of this.#built.values()) index.change(removed, added);
    this.#behind = new Map();
    let index = this.#built.get(name);
    if (!index) {
      index = new SortedRows(comparator(members));
      index.reset(this.#sorted(members));
      this.#built.set(name, index);
    }
    return index.rows;
  }

  /** Values first, then the rows of each: often there are few values, and rows lie in order. */
  #sorted([first = 'id', ...others]: readonly string[]): Row[] {
    const byValue = new Map<unknown, Row[]>();
    for (const row of this.#all()) {
      const value = member(row, first);
      const key = kind(value) === 4 ? REFERENCE : value;
      const rows = byValue.get(key);
      if (rows) rows.push(row);
      else byValue.set(key, [row]);
    }
    const values = [...byValue.keys()].sort(compareValues);
    const compare = comparator(others);
    return values.flatMap((value) => byValue.get(value)!.sort(compare));
  }
}

/** Values of an index's first members between which rows may match. */
interface Bound {
  low: readonly unknown[];
  high: readonly unknown[];
  /** How many of the members have but one value. */
  fixed: number;
}

interface Slice {
  from: number;
  to: number;
  fixed: number;
}

/** One stretch without ends where the condition says nothing of the first member. */
function boundsOf(
  members: readonly string[],
  ranges: ReadonlyMap<string, readonly Range[]>,
): Bound[] {
  let bounds: Bound[] = [{ low: [], high: [], fixed: 0 }];
  for (const [i, path] of members.entries()) {
    const next = ranges.get(path);
    if (!next || bounds.length * next.length > MOST_BOUNDS) break;
    bounds = bounds.flatMap((bound) =>
      // Behind a range, the next member has all values again and again.
      bound.fixed < i
        ? bound
        : next.map(([low, high]) => ({
            low: [...bound.low, low],
            high: [...bound.high, high],
            fixed: bound.fixed + (low === high ? 1 : 0),
          })),
    );
  }
  return bounds;
}

function slice(rows: readonly Row[], members: readonly string[], bound: Bound): Slice {
  const { low, high, fixed } = bound;
  const from = firstIndex(rows, (row) => compareMembers(row, members, low) >= 0);
  const to = firstIndex(rows, (row) => compareMembers(row, members, high) > 0);
  return { from, to, fixed };
}

function isFilled({ from, to }: Slice): boolean {
  return from < to;
}

function isPoint([low, high]: Range): boolean {
  return low === high;
}

function compareMembers(row: Row, members: readonly string[], values: readonly unknown[]): number {
  for (const [i, value] of values.entries()) {
    const order = compareValues(member(row, members[i]!), value);
    if (order) return order;
  }
  return 0;
}

function* walk(rows: readonly Row[], slices: readonly Slice[], down: boolean): Iterable<Row> {
  if (down)
    for (const { from, to } of [...slices].reverse())
      for (let i = to - 1; i >= from; i--) yield rows[i]!;
  else for (const { from, to } of slices) for (let i = from; i < to; i++) yield rows[i]!;
}
