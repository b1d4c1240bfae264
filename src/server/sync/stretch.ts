/** What one stretch of a pull tells, and where it ends. */
import { limits } from '../../protocol/index.js';
import type { Store } from '../database/database.js';
import type { Position } from './cursor.js';
import { type Feed, type FeedLine, feedStatement, type FeedState } from './feed.js';
import { toldBytes } from './row-bytes.js';
import {
  type PlacedLine,
  linesOf,
  readsPartly,
  type Reader,
  type SecretLine,
  type ToldRow,
  visibleRows,
} from './visible.js';

export interface Stretch {
  /** How things stood when its last rows were read. */
  standing: FeedState;
  told: PlacedLine[];
  /** At its last row, or where the counter stood. */
  to: number;
}

export interface StretchOptions {
  reader: Reader;
  /** Rows at most. */
  size: number;
  /** When to read no further, ms since 1970. */
  ends: number;
}

/** Reads a stretch after a position. */
export async function readStretch(
  store: Store,
  feed: Feed,
  position: Position,
  options: StretchOptions,
): Promise<Stretch> {
  const { reader, size } = options;
  if (readsPartly(reader, feed.collections)) return readVisible(store, feed, position, options);
  const { sql, parameters } = feedStatement(feed, position, size);
  const lines = await store.query<FeedLine>(sql, parameters);
  const { pages, left, to } = readLines<PlacedLine>(lines, size);
  return { standing: lines[0]!, told: pages, to: left ? to : lines[0]!.counter };
}

/**
 * Where policies hide rows: reads until there are enough that may be told, none are left, or time
 * is up. Only rows that are told say where the stretch ends.
 */
async function readVisible(
  store: Store,
  feed: Feed,
  position: Position,
  { reader, size, ends }: StretchOptions,
): Promise<Stretch> {
  const rows: ToldRow[] = [];
  let bytes = 0;
  const isFull = () => rows.length === size || bytes >= limits.stretchBytes;
  const chunk = limits.stretchRows;
  for (let { seq } = position; ;) {
    const { sql, parameters } = feedStatement(feed, { ...position, seq }, chunk, true);
    const lines = await store.query<FeedLine>(sql, parameters);
    const { pages, left, to } = readLines<SecretLine>(lines, chunk);
    const standing = lines[0]!;
    const visible = pages.flatMap((page) => visibleRows(page, reader));
    for (const row of visible.sort((a, b) => a.seq - b.seq)) {
      if (isFull()) break;
      rows.push(row);
      bytes += row.value ? toldBytes(row.value) : 0;
    }
    seq = left ? to : standing.counter;
    if (left && !isFull() && Date.now() < ends) continue;
    const end = isFull() ? rows.at(-1)!.seq : seq;
    return { standing, told: linesOf(rows).map((line) => ({ ...line, to: end })), to: end };
  }
}

interface Read<L> {
  /** Those lines that tell rows. */
  pages: L[];
  /** Whether more rows may follow, and where the last of these is. */
  left: boolean;
  to: number;
}

function readLines<L extends PlacedLine>(lines: readonly FeedLine[], limit: number): Read<L> {
  const pages = lines.filter((line) => line.collection !== null) as unknown as L[];
  const count = pages.reduce((sum, page) => sum + page.count, 0);
  const left = count === limit || count < lines[0]!.found;
  return { pages, left, to: pages.at(-1)?.to ?? 0 };
}
