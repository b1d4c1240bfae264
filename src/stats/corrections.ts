/** Several p-values read at once. Null (not computable) stays null and is no member of its family. */
import { requireList, requireThat } from './error.js';

/**
 * Holm's step-down adjustment (1979): each p-value as if it were the only one, with the chance of
 * any false call in the family held at alpha.
 * @throws StatisticsError unless each lies between 0 and 1
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  let largest = 0;
  return adjust(
    pValues,
    (p, rank, members) => (largest = Math.max(largest, Math.min(1, p * (members - rank)))),
  );
}

/**
 * Benjamini & Hochberg's adjustment (1995): of all that is called at alpha, that share at most is
 * false on average. For many metrics or segments of which some may be wrong.
 * @throws StatisticsError unless each lies between 0 and 1
 */
export function benjaminiHochberg(pValues: readonly (number | null)[]): (number | null)[] {
  let smallest = 1;
  return adjust(
    pValues,
    (p, rank, members) => (smallest = Math.min(smallest, p * (members / (rank + 1)))),
    true,
  );
}

/** Adjusts in the order of the p-values, ascending or descending; rank 0 is the smallest. */
function adjust(
  pValues: readonly (number | null)[],
  step: (p: number, rank: number, members: number) => number,
  descending = false,
): (number | null)[] {
  requireList(pValues, 'P-values');
  const ordered = pValues
    .flatMap((p, index) => (p === null ? [] : [{ p, index }]))
    .sort((a, b) => a.p - b.p)
    .map((member, rank) => ({ ...member, rank }));
  const adjusted: (number | null)[] = pValues.map(() => null);
  for (const { p, index, rank } of descending ? ordered.reverse() : ordered) {
    requireThat(typeof p === 'number' && p >= 0 && p <= 1, 'A p-value lies between 0 and 1', p);
    adjusted[index] = step(p, rank, ordered.length);
  }
  return adjusted;
}
