/** The order of values and of rows, and rows kept in it. */
import { member } from '../../conditions/index.js';
import type { Row } from '../types.js';

export type Compare = (a: Row, b: Row) => number;

/** Absent and null first, then booleans, numbers, strings; lists and objects last, all alike. */
export function kind(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return ['boolean', 'number', 'string'].indexOf(typeof value) + 1 || 4;
}

export function compareValues(a: unknown, b: unknown): number {
  // Nearly always both are strings or both are numbers.
  const type = typeof a;
  if (type !== typeof b || (type !== 'string' && type !== 'number')) {
    const [kindA, kindB] = [kind(a), kind(b)];
    if (kindA !== kindB) return kindA - kindB;
    if (kindA === 0 || kindA === 4) return 0;
  }
  return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
}

/** A total order over rows: ties go by id, in the direction of the last member. */
export function comparator(orderBy: readonly string[]): Compare {
  const members = orderBy.map((path): [string, number] =>
    path.startsWith('-') ? [path.slice(1), -1] : [path, 1],
  );
  const last = members.at(-1)?.[1] ?? 1;
  return (a, b) => {
    for (const [path, sign] of members) {
      const order = compareValues(member(a, path), member(b, path));
      if (order) return sign * order;
    }
    return a.id < b.id ? -last : a.id > b.id ? last : 0;
  };
}

/** Where the first row is of which `reached` holds, if it holds of all after it too. */
export function firstIndex(rows: readonly Row[], reached: (row: Row) => boolean): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (reached(rows[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Moving a row costs time by how many there are; past so many at once, sorting them in is cheaper. */
const ONE_BY_ONE = 16;

/** Rows in an order, kept so when some come and go. */
export class SortedRows {
  #rows: Row[] = [];

  constructor(private readonly compare: Compare) {}

  /** Changes under the reader. */
  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Starts over with rows in this order. */
  reset(rows: Row[]): void {
    this.#rows = rows;
  }

  /** Keeps the first; tells whether there were more. */
  trim(count: number): boolean {
    const more = this.#rows.length > count;
    if (more) this.#rows.length = count;
    return more;
  }

  has(row: Row): boolean {
    return this.#rows[this.#position(row)]?.id === row.id;
  }

  /** Whether the row's place is not behind the last. */
  reaches(row: Row): boolean {
    return this.#position(row) < this.#rows.length;
  }

  change(removed: readonly Row[], added: readonly Row[]): void {
    if (removed.length + added.length > ONE_BY_ONE) {
      const gone = new Set(removed.map(({ id }) => id));
      const kept = gone.size ? this.#rows.filter(({ id }) => !gone.has(id)) : this.#rows;
      // Two sorted runs: engines merge them in linear time.
      this.#rows = [...kept, ...[...added].sort(this.compare)].sort(this.compare);
      return;
    }
    for (const row of removed) if (this.has(row)) this.#rows.splice(this.#position(row), 1);
    for (const row of added) this.#rows.splice(this.#position(row), 0, row);
  }

  #position(row: Row): number {
    return firstIndex(this.#rows, (other) => this.compare(other, row) >= 0);
  }
}

/** Rows whose view changed since they were last taken in, with what they were. */
export type Changes = Map<string, Change>;

export interface Change {
  before: Row | null;
  after: Row | null;
}

export function note(changes: Changes, before: Row | null, after: Row | null): void {
  const { id } = (after ?? before)!;
  const known = changes.get(id);
  if (known) known.after = after;
  else changes.set(id, { before, after });
}
