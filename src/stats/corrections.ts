/**
 * Holm's step-down adjustment (1979): each p-value as if it were the only one, with the chance of
 * any false call in the family held at alpha. Null (not computable) stays null and counts as a
 * member of the family no more.
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const ordered = pValues
    .flatMap((p, index) => (p === null ? [] : [{ p, index }]))
    .sort((a, b) => a.p - b.p);
  const adjusted: (number | null)[] = pValues.map(() => null);
  let largest = 0;
  ordered.forEach(({ p, index }, rank) => {
    largest = Math.max(largest, Math.min(1, p * (ordered.length - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}
