/**
 * The known routes that a mistyped path probably meant, best first. Distance is optimal string
 * alignment (Damerau–Levenshtein with adjacent swaps); a route is near when at most 40 % of the
 * longer one has to change, or when it shares the path's last segment.
 */
export function nearest(path: string, routes: readonly string[], count = 3): string[] {
  const wanted = normal(path);
  return routes
    .map((route) => ({ route, score: difference(wanted, normal(route)) }))
    .filter(({ score }) => score <= 0.4)
    .sort((a, b) => a.score - b.score)
    .slice(0, count)
    .map(({ route }) => route);
}

/** Longer paths are not typing errors, and the distance takes time quadratic in the length. */
const LONGEST = 200;

function normal(path: string): string {
  return path
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .toLowerCase()
    .slice(0, LONGEST);
}

function difference(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return 1;
  const moved = a.split('/').pop() === b.split('/').pop() ? 0.35 : 1;
  return Math.min(moved, editDistance(a, b) / Math.max(a.length, b.length));
}

function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, before[j - 2]! + 1);
      }
    }
    [before, above] = [above, row];
  }
  return above[b.length]!;
}
