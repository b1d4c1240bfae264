/** What every peer stores: rows of 254 bytes as JSON, the same for all. */
export interface BenchRow {
  id: string;
  title: string;
  status: 'open' | 'done' | 'blocked';
  owner: string;
  rank: number;
  note: string;
}

/** A change of one member of one row. */
export interface Change {
  id: string;
  patch: { status: BenchRow['status'] };
}

const ROW_BYTES = 254;
const statuses = ['open', 'done', 'blocked'] as const;

export function makeRows(count: number): BenchRow[] {
  return Array.from({ length: count }, (_, i) => {
    const row: BenchRow = {
      id: `row-${String(i).padStart(6, '0')}`,
      title: `Task number ${i}`,
      status: statuses[i % 3] ?? 'open',
      owner: `person-${i % 40}`,
      rank: (i * 7919) % 10_000,
      note: '',
    };
    row.note = 'lorem ipsum dolor '.repeat(20).slice(0, ROW_BYTES - JSON.stringify(row).length);
    return row;
  });
}

/** Changes to rows spread over all of them, each to another. */
export function makeChanges(rows: readonly BenchRow[], count: number): Change[] {
  const step = Math.floor(rows.length / count);
  return Array.from({ length: count }, (_, i) => {
    const { id = '', status } = rows[i * step] ?? {};
    return { id, patch: { status: status === 'done' ? 'open' : 'done' } };
  });
}
