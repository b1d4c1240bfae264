/** Metrics that need the units' values themselves: caps on outliers, and quantiles. */
import { checkedArm, emptyArm, UNKNOWN_SPREAD, type Arm } from './arm.js';
import { requireList, requireThat } from './error.js';

export interface Cap {
  /** Values beyond are set to it: an absolute cap. */
  cap?: number;
  /** Or the quantile (0–1) of all groups' values together that becomes the cap. */
  percentile?: number;
  /** The percentile is that of the values above 0: most units buy nothing. Default false. */
  ignoreZeros?: boolean;
}

/**
 * Values with outliers set to a cap (winsorised). Give all variants at once: a cap of each its own
 * would make a difference of its own.
 *
 * @param groups the values of each variant's units
 * @throws StatisticsError unless exactly one cap is given, a percentile is between 0 and 1, and the
 *   values are finite
 */
export function winsorize(
  groups: readonly (readonly number[])[],
  { cap, percentile, ignoreZeros = false }: Cap,
): number[][] {
  requireThat((cap === undefined) !== (percentile === undefined), 'Give one cap', cap);
  requireThat(Number.isFinite(cap ?? percentile), 'A cap must be a finite number', cap);
  requireThat(
    !(percentile! < 0 || percentile! > 1),
    'A percentile lies between 0 and 1',
    percentile,
  );
  requireList(groups, 'Groups');
  for (const values of groups) requireFinite(values);
  const pooled = groups.flat().filter((value) => !ignoreZeros || value > 0);
  const limit =
    cap ??
    quantileOf(
      pooled.sort((a, b) => a - b),
      percentile!,
    );
  return groups.map((values) => values.map((value) => Math.min(value, limit)));
}

/**
 * A quantile of the values as an arm for `compare`: its mean is the quantile, and its spread what
 * makes its standard error that of the quantile. Such arms can't be merged.
 *
 * It is the quantile of the mid-distribution (Parzen, 2004; Ma, Genton & Parzen, “Asymptotic
 * properties of sample quantiles of discrete distributions”, 2011), where half of the units that
 * have a value count as below it: of values that are all different the usual one (type 5 of Hyndman
 * & Fan, 1996), and of many equal ones a number between them that moves as their shares do. The
 * error is that of the share below, carried to the values on either side. Where it can't be told,
 * too near an end or beside a mass of equal values in a spread of others, m2 is `UNKNOWN_SPREAD`,
 * and comparisons say `unknown-spread`.
 *
 * @param p between 0 and 1, such as 0.9
 * @param units how many units have each of the values; default: one
 * @throws StatisticsError unless the values are finite, as many as the units, which are whole and
 *   at least 0, and p lies between 0 and 1
 */
export function quantileArm(values: readonly number[], p: number, units?: readonly number[]): Arm {
  requireThat(typeof p === 'number' && p > 0 && p < 1, 'A quantile lies between 0 and 1', p);
  const ties = tiesOf(values, units);
  const n = ties.reduce((sum, { count }) => sum + count, 0);
  if (n === 0) return emptyArm;
  /** Between which two p lies, and how far on the way from the first to the second. */
  const place = (share: number): [below: Tie, above: Tie, part: number] => {
    let [low, high] = [0, ties.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (ties[middle]!.middle <= share * n) low = middle;
      else high = middle;
    }
    const [below, above] = [ties[low]!, ties[high]!];
    const part = (share * n - below.middle) / (above.middle - below.middle || 1);
    return [below, above, Math.min(1, Math.max(0, part))];
  };
  const at = (share: number): number => {
    const [below, above, part] = place(share);
    return below.value * (1 - part) + above.value * part;
  };
  const mean = at(p);
  if (n === 1) return { n, mean, m2: 0 };
  const [below, above, part] = place(p);
  // What a unit counts below the quantile: 1, one of the two a part, 0. Its variance.
  const [one, other] = below === above ? [p, 0] : [(1 + part) / 2, part / 2];
  const shares = below.middle - below.count / 2 + below.count * one ** 2 + above.count * other ** 2;
  const reach = REACH * Math.sqrt(Math.max(0, shares / n - p * p) / n);
  if (isUnknown(ties, (p - reach) * n, (p + reach) * n)) return { n, mean, m2: UNKNOWN_SPREAD };
  const error = Math.hypot(mean - at(p - reach), at(p + reach) - mean) / Math.SQRT2 / REACH;
  return checkedArm({ n, mean, m2: error * error * n * (n - 1) });
}

/** Standard errors to either side from which the quantile's is taken: those of a 95 % interval. */
const REACH = 1.96;

/** So many equal values at the end are its end, and not the last of a tail. */
const END = 10;

/**
 * Whether the values between two ranks don't tell how far the quantile may lie off: there is no end
 * of the tail, or a mass beside values so rare that where they begin is chance.
 */
function isUnknown(ties: readonly Tie[], from: number, to: number): boolean {
  const [first, last] = [ties[0]!, ties.at(-1)!];
  if (from < first.middle && first.count < END) return true;
  if (to > last.middle && last.count < END) return true;
  return ties.some((above, i) => {
    const below = ties[i - 1];
    if (!below || above.middle <= from || below.middle >= to) return false;
    const mass = Math.max(below.count, above.count);
    const rare = Math.min(below.count, above.count);
    return rare < Math.max(mass / 50, Math.min(5, mass / 16));
  });
}

/** Units that have the same value, and the rank of their middle. */
interface Tie {
  value: number;
  count: number;
  middle: number;
}

/** In the order of their values. */
function tiesOf(values: readonly number[], units?: readonly number[]): Tie[] {
  requireFinite(values);
  requireThat(
    !units || units.length === values.length,
    'Each value needs its units',
    units?.length,
  );
  const counts = new Map<number, number>();
  values.forEach((value, i) => {
    const count = units ? units[i]! : 1;
    requireThat(Number.isInteger(count) && count >= 0, 'Units are counted', count);
    if (count > 0) counts.set(value, (counts.get(value) ?? 0) + count);
  });
  let end = 0;
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([value, count]) => ({ value, count, middle: (end += count) - count / 2 }));
}

/** Linear between the order statistics (type 7 of Hyndman & Fan, 1996). */
function quantileOf(ascending: readonly number[], p: number): number {
  const place = p * (ascending.length - 1);
  const below = ascending[Math.floor(place)] ?? 0;
  return below + (place % 1) * ((ascending[Math.ceil(place)] ?? 0) - below);
}

function requireFinite(values: readonly number[]): void {
  requireList(values, 'Values');
  for (const value of values) {
    requireThat(Number.isFinite(value), 'A value must be a finite number', value);
  }
}
