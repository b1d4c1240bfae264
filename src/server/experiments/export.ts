/** A workspace's data as lines of text, a page at a time, so that any amount of it fits. */
import type { JsonObject } from '../../protocol/index.js';
import type { Queryable } from '../database/database.js';

export type ExportFormat = 'ndjson' | 'csv';
export type Exported = (typeof EXPORTS)[number];
export const EXPORTS = [
  'rows',
  'exposures',
  'conversions',
  'identifies',
  'unit-rollups',
  'metric-rollups',
  'audit',
] as const;

/** Rows of one statement: few enough that the largest rows fit into memory. */
const PAGE = 500;

interface Table {
  name: string;
  /** What orders it, and says where a page ends. */
  key: readonly string[];
  columns: readonly string[];
}

const SUMS = ['y', 'yy', 'x', 'xx', 'xy', 'd', 'dd', 'dy', 'dx'];
const PLACE = ['experiment', 'phase', 'dimension', 'value', 'variant', 'day'];

const tables: Readonly<Record<Exported, Table>> = {
  rows: {
    name: 'rows',
    key: ['collection', 'key'],
    columns: [
      'collection',
      'key',
      'version',
      'seq',
      'value',
      'deleted_at',
      'updated_at',
      'updated_by',
    ],
  },
  exposures: {
    name: 'exposures',
    key: ['id'],
    columns: 'id experiment phase variant unit sent_as at received_at bot details'.split(' '),
  },
  conversions: {
    name: 'conversions',
    key: ['id'],
    columns: 'id name unit sent_as value at received_at bot props'.split(' '),
  },
  identifies: {
    name: 'identifies',
    key: ['id'],
    columns: 'id anonymous unit at received_at'.split(' '),
  },
  'unit-rollups': {
    name: 'unit_rollups',
    key: PLACE,
    columns: [...PLACE, 'units', 'multiple'],
  },
  'metric-rollups': {
    name: 'metric_rollups',
    key: 'experiment phase dimension value metric bucket variant day'.split(' '),
    columns: [...PLACE, 'metric', 'bucket', 'units', ...SUMS],
  },
  audit: {
    name: 'audit',
    key: ['n'],
    columns: 'n at by action key before after previous hash'.split(' '),
  },
};

/** Decimals go as text: as JSON numbers they would not stay what they are. */
const EXACT: Readonly<Record<string, string>> = Object.fromEntries(
  SUMS.map((column) => [column, `trim_scale(${column})::text as ${column}`]),
);

/** The lines, each with its end, many at a time; CSV (RFC 4180) begins with the columns' names. */
export async function* exportLines(
  store: Queryable,
  workspace: string,
  what: Exported,
  format: ExportFormat,
): AsyncGenerator<string> {
  const { name, key, columns } = tables[what];
  if (format === 'csv') yield `${columns.join(',')}\r\n`;
  const line =
    format === 'csv' ? csvLine(columns) : (row: JsonObject) => `${JSON.stringify(row)}\n`;
  const after = (member: string) =>
    `(select ${member} from jsonb_populate_record(null::${name}, $2::jsonb))`;
  const chosen = columns.map((column) => EXACT[column] ?? column).join(', ');
  const order = key.join(', ');
  for (let last: JsonObject | null = null; ;) {
    // Without an “or”, so that each page begins in the index where the one before ended.
    const place = last ? `and (${order}) > (${key.map(after).join(', ')})` : '';
    const found: { row: JsonObject }[] = await store.query(
      `select to_jsonb(page) as row
         from (select ${chosen} from ${name} where workspace = $1 ${place}
                order by ${order} limit ${PAGE}) as page`,
      last ? [workspace, JSON.stringify(last)] : [workspace],
    );
    if (!found.length) return;
    yield found.map(({ row }) => line(row)).join('');
    const end = found.at(-1)!.row;
    last = Object.fromEntries(key.map((column) => [column, end[column]!]));
  }
}

const csvLine = (columns: readonly string[]) => (row: JsonObject) =>
  `${columns.map((column) => csvCell(row[column])).join(',')}\r\n`;

/** Quoted where needed. What a spreadsheet would run as a formula gets an apostrophe in front. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Some spreadsheets take the wide signs of East Asian keyboards for the plain ones.
  const isFormula = /^\s*[=+\-@\t\r＝＋－＠]/.test(text) && !/^-?\d+(?:\.\d+)?$/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
