/** What one stretch of a pull tells, and where it ends. */
import { limits } from '../../protocol/index.js';
import type { Store } from '../database/database.js';
import type { Position } from './cursor.js';
import { type Feed, type FeedLine, feedStatement, type FeedState } from './feed.js';
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
  const { pages, count } = pagesOf<PlacedLine>(lines);
  const standing = lines[0]!;
  return { standing, told: pages, to: count === size ? pages.at(-1)!.to : standing.counter };
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
  const chunk = limits.stretchRows;
  for (let { seq } = position; ;) {
    const { sql, parameters } = feedStatement(feed, { ...position, seq }, chunk, true);
    const lines = await store.query<FeedLine>(sql, parameters);
    const { pages, count } = pagesOf<SecretLine>(lines);
    const standing = lines[0]!;
    const found = pages.flatMap((page) => visibleRows(page, reader));
    rows.push(...found.sort((a, b) => a.seq - b.seq).slice(0, size - rows.length));
    const left = count === chunk;
    seq = left ? pages.at(-1)!.to : standing.counter;
    if (left && rows.length < size && Date.now() < ends) continue;
    const to = rows.length === size ? rows.at(-1)!.seq : seq;
    return { standing, told: linesOf(rows).map((line) => ({ ...line, to })), to };
  }
}

/** Those lines that tell rows, and how many these are. */
function pagesOf<L extends PlacedLine>(lines: readonly FeedLine[]): { pages: L[]; count: number } {
  const pages = lines.filter((line) => line.collection !== null) as unknown as L[];
  return { pages, count: pages.reduce((sum, page) => sum + page.count, 0) };
}
