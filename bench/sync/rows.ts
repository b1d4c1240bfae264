/** What every peer stores: rows of 254 bytes as JSON, the same for all. */
// A type, not an interface: peers ask for rows that are JSON.
export type BenchRow = {
  id: string;
  title: string;
  status: 'open' | 'done' | 'blocked';
  owner: string;
  /** 0 to count - 1, each once. */
  rank: number;
  note: string;
};

/** A change of one member of one row. */
export interface Change {
  id: string;
  patch: { title: string };
}

export const ROWS = 10_000;
export const MANY_ROWS = 100_000;
/** Rows in one answer of the server. */
export const BATCH = 1_000;
/** What a page shows before anything else. */
export const FIRST = 100;
export const AWAITED = 50;
export const BURST = 500;
export const OWNERS = 20;
/** Live queries; five of them are about each owner. */
export const QUERIES = 100;
/** The indexed query asks for `rank` below this: 30 % of the rows. */
export const RANKS = 3_000;

const ROW_BYTES = 254;
const statuses = ['open', 'done', 'blocked'] as const;

export function makeRows(count: number): BenchRow[] {
  return Array.from({ length: count }, (_, i) => {
    const row: BenchRow = {
      id: `row-${String(i).padStart(6, '0')}`,
      title: `Task number ${i}`,
      status: statuses[i % 3] ?? 'open',
      owner: ownerOf(i),
      rank: (i * 7919) % count,
      note: '',
    };
    row.note = 'lorem ipsum dolor '.repeat(20).slice(0, ROW_BYTES - JSON.stringify(row).length);
    return row;
  });
}

/** The owner that the live query of this number asks for. */
export function ownerOf(i: number): string {
  return `person-${String(i % OWNERS).padStart(2, '0')}`;
}

/** Changes to rows spread over all of them, each to another; the title must be new to the row. */
export function makeChanges(rows: readonly BenchRow[], count: number, title: string): Change[] {
  const step = Math.floor(rows.length / count);
  return Array.from({ length: count }, (_, i) => {
    // One further each time, so that they are not all of one owner.
    const { id = '' } = rows[i * step + (i % step)] ?? {};
    return { id, patch: { title } };
  });
}

/** What a server answers, a batch a text: reading it is the client's work. */
export function makeBatches(rows: readonly BenchRow[]): string[] {
  const texts: string[] = [];
  for (let i = 0; i < rows.length; i += BATCH) texts.push(JSON.stringify(rows.slice(i, i + BATCH)));
  return texts;
}
