/**
 * Three-way merge of texts by words: `fields: { body: mergeText }`. A word of the base stays when
 * both sides keep it, and what either side inserted stays where it was put, the server's first where
 * both inserted at one place. So no insertion is lost, nothing that was deleted comes back, and
 * nothing is made up but a blank where two words would become one. Pure.
 */

/** Of three texts one; `undefined`, which leaves it to the strategy, where a side is no text. */
export function mergeText(base: unknown, local: unknown, remote: unknown): string | undefined {
  if (typeof local !== 'string' || typeof remote !== 'string') return undefined;
  const before = words(typeof base === 'string' ? base : '');
  const mine = edits(before, words(local));
  const theirs = edits(before, words(remote));
  const pieces: string[] = [];
  const add = (piece = '') => {
    if (piece)
      pieces.push(ENDS.test(pieces.at(-1) ?? '') && STARTS.test(piece) ? ` ${piece}` : piece);
  };
  for (let i = 0; i <= before.length; i++) {
    add(theirs.inserted.get(i));
    if (mine.inserted.get(i) !== theirs.inserted.get(i)) add(mine.inserted.get(i));
    if (!mine.deleted.has(i) && !theirs.deleted.has(i)) add(before[i]);
  }
  return pieces.join('');
}

/** A letter, digit or mark of a word; scripts that write without blanks go by the character. */
const LETTER = String.raw`(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])[\p{L}\p{N}\p{M}_’']`;
/** A word takes the blanks before it along. */
const WORDS = new RegExp(` *(?:(?:${LETTER})+|[^])`, 'gu');
const STARTS = new RegExp(`^${LETTER}`, 'u');
const ENDS = new RegExp(`${LETTER}$`, 'u');

function words(text: string): string[] {
  return text.match(WORDS) ?? [];
}

interface Edits {
  /** Positions of words of the base that are gone. */
  deleted: Set<number>;
  /** What was put before the word at a position. */
  inserted: Map<number, string>;
}

function edits(from: readonly string[], to: readonly string[]): Edits {
  let start = 0;
  let [endFrom, endTo] = [from.length, to.length];
  while (start < Math.min(endFrom, endTo) && from[start] === to[start]) start++;
  while (endFrom > start && endTo > start && from[endFrom - 1] === to[endTo - 1]) {
    endFrom--;
    endTo--;
  }
  const kept = matches(from.slice(start, endFrom), to.slice(start, endTo));
  const deleted = new Set<number>();
  const inserted = new Map<number, string>();
  let [i, j] = [start, start];
  for (const [x, y] of [...kept, [endFrom - start, endTo - start] as const]) {
    if (start + y > j) inserted.set(i, to.slice(j, start + y).join(''));
    while (i < start + x) deleted.add(i++);
    [i, j] = [start + x + 1, start + y + 1];
  }
  return { deleted, inserted };
}

/** Past so many differences all counts as rewritten: to find the fewest costs their square. */
const DIFFERENCES_AT_MOST = 1_000;

/** Positions of the words that stay, by the fewest deletions and insertions (E. W. Myers, 1986). */
function matches(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const most = Math.min(a.length + b.length, DIFFERENCES_AT_MOST);
  /** How far down `a` each diagonal `x - y` was followed, after each number of differences. */
  const rounds: Int32Array[] = [];
  let reached = new Int32Array(2 * most + 3);
  const at = (diagonal: number) => diagonal + most + 1;
  /** Whether the way to a diagonal comes by an insertion; else by a deletion. */
  const down = (by: Int32Array, differences: number, k: number) =>
    k === -differences || (k !== differences && by[at(k - 1)]! < by[at(k + 1)]!);

  for (let differences = 0; differences <= most; differences++) {
    const before = reached;
    rounds.push(before);
    reached = before.slice();
    for (let k = -differences; k <= differences; k += 2) {
      let x = down(before, differences, k) ? before[at(k + 1)]! : before[at(k - 1)]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reached[at(k)] = x;
      if (x >= a.length && x - k >= b.length) return wayBack(differences);
    }
  }
  return [];

  function wayBack(differences: number): (readonly [number, number])[] {
    const kept: (readonly [number, number])[] = [];
    let [x, y] = [a.length, b.length];
    for (let d = differences; d >= 0; d--) {
      const by = rounds[d]!;
      const k = x - y;
      const from = down(by, d, k) ? k + 1 : k - 1;
      const start = d ? by[at(from)]! : 0;
      const [endX, endY] = d ? [start, start - from] : [0, 0];
      while (x > endX && y > endY) kept.push([--x, --y]);
      [x, y] = [endX, endY];
    }
    return kept.reverse();
  }
}
