/**
 * Planned looks: how far an effect must be away from zero at each, so that all of them together
 * call a false one with probability alpha (Lan & DeMets, “Discrete sequential boundaries for
 * clinical trials”, 1983). The bounds come from recursive numerical integration (Armitage, McPherson
 * & Rowe, 1969; Jennison & Turnbull, 2000, chapter 19): the scores that have not been called yet are
 * a density, carried from look to look by Simpson's rule.
 */
import { normal } from './distributions.js';
import { requireAlpha, requireList, requireNumber, requireOneOf, requireThat } from './error.js';
import type { SequentialTest } from './sequential.js';

/**
 * How much of alpha may be spent by information time t: `obrien-fleming` spends next to nothing
 * early, 4·(1 − Φ(z₁₋α⸝₄/√t)); `quadratic` more, α·t².
 */
export type Spending = 'obrien-fleming' | 'quadratic';

export interface SpendingOptions {
  /** Two-sided error over all looks; default 0.05. */
  alpha?: number;
  /** Default `obrien-fleming`. */
  spending?: Spending;
  /**
   * How much of the plan each look has reached, 0 to 1, not descending: alpha is spent by it. Default:
   * the information times. Days will do where the units at the end can't be known (Lan & DeMets,
   * 1989); the information times are then units in any measure.
   */
  reached?: readonly number[] | undefined;
}

/** Beyond this many standard errors nothing is told apart: p < 1e-14. */
const FARTHEST = 8;

/** Looks lie a thousandth of the planned units apart, but for rounding: closer ones take for ever. */
const CLOSEST = 9e-4;

/**
 * The critical |z| of each look, at most 8.
 *
 * @param times information times: units so far as shares of the planned ones, ascending from above
 *   0 in steps of at least 0.001. The first that is 1 or more is the end, also where it is an
 *   overrun: it spends what is left of alpha. Looks after it have nothing to spend, so their bound
 *   is 8; one that ends early (an underrun) has spent what its time allows
 * @throws StatisticsError when the times are not so, or alpha is not between 0 and 1
 */
export function groupSequentialBounds(
  times: readonly number[],
  { alpha = 0.05, spending = 'obrien-fleming', reached = times }: SpendingOptions = {},
): number[] {
  requireAlpha(alpha);
  requireOneOf('obrien-fleming quadratic', spending, 'How alpha is spent');
  if (reached !== times) {
    requireThat(reached.length === times.length, 'Each look has a share', reached.length);
    for (const share of reached) requireThat(share >= 0, 'A share reached is 0 or more', share);
  }
  const bounds: number[] = [];
  let spent = 0;
  walk(times, 0, (exit, _, look) => {
    const total = spend(alpha, Math.min(1, reached[look]!), spending);
    const bound = solve(exit, total - spent);
    spent = total;
    bounds.push(bound);
    return bound;
  });
  return bounds;
}

/**
 * The chance to call an effect by each look, cumulative.
 *
 * @param times as for `groupSequentialBounds`
 * @param bounds critical |z| of each look
 * @param drift the effect in standard errors at information time 1
 * @throws StatisticsError when the times are not ascending, or the drift or a bound is not a number
 */
export function groupSequentialPower(
  times: readonly number[],
  bounds: readonly number[],
  drift: number,
): number[] {
  requireThat(Number.isFinite(drift), 'The drift must be a finite number', drift);
  for (const bound of bounds) requireThat(bound > 0, 'A bound must be above 0', bound);
  let called = 0;
  return walk(times, drift, (_, __, look) => Math.min(FARTHEST, bounds[look] ?? FARTHEST)).map(
    (exit) => (called = Math.min(1, called + exit)),
  );
}

/**
 * The test of the last of these looks, for `compare`. Its p-value is the smallest alpha with which
 * the effect would be called now (Liu & Anderson, 2008): exact at alpha, alpha/2 … alpha/family, and
 * interpolated between, on the scale on which one look is a straight line.
 *
 * @param times as for `groupSequentialBounds`
 * @param options.family how many p-values are read together by Holm, whose verdicts then rest on no
 *   interpolation; default 1
 * @throws StatisticsError as `groupSequentialBounds` does
 */
export function groupSequentialTest(
  times: readonly number[],
  {
    alpha = 0.05,
    spending = 'obrien-fleming',
    reached = times,
    family = 1,
  }: SpendingOptions & { family?: number } = {},
): SequentialTest {
  requireThat(times?.length > 0, 'A test needs a look', times?.length);
  requireThat(family >= 1 && family <= 100, 'A family has 1 to 100 members', family);
  const critical = groupSequentialBounds(times, { alpha, spending, reached }).at(-1)!;
  let table: Point[] | undefined;
  return {
    critical,
    pValue(z) {
      requireNumber(z, 'An effect');
      table ??= tableOf(times, reached, alpha, spending, family);
      const of = Math.abs(z);
      const above = table.findIndex(({ bound }) => bound > of);
      const next = above < 0 ? table.length - 1 : above;
      const [left, right] = [table[next - 1]!, table[next]!];
      const slope = (right.once - left.once) / (right.bound - left.bound || 1);
      return 2 * normal.sf(left.once + slope * (of - left.bound));
    },
  };
}

/** A bound, and that of one look with the same alpha. */
interface Point {
  bound: number;
  once: number;
}

/** Looks that tell how the bound moves with alpha; where it lies, all of them say. */
const ENOUGH = 30;

/** The bounds of the last look, from large alpha to small. */
function tableOf(
  times: readonly number[],
  reached: readonly number[],
  alpha: number,
  spending: Spending,
  family: number,
): Point[] {
  const every = Math.ceil(times.length / ENOUGH);
  const sample = (all: readonly number[]) =>
    all.filter((_, look) => (all.length - 1 - look) % every === 0);
  const some = every === 1 ? times : sample(times);
  const shares = every === 1 ? reached : sample(reached);
  const last = (looks: readonly number[], spent: readonly number[], of: number): number =>
    groupSequentialBounds(looks, { alpha: of, spending, reached: spent }).at(-1)!;
  const exact = Array.from({ length: family }, (_, i) => alpha / (i + 1));
  const points = exact.map((of) => ({ of, bound: last(times, reached, of) }));
  const scale = points[0]!.bound / last(some, shares, alpha);
  for (const of of [0.99, 0.7, 0.4, 0.2, 0.1, 0.01, 1e-3, 1e-5, 1e-8]) {
    if (exact.some((one) => Math.abs(Math.log(of / one)) < 0.1)) continue;
    points.push({ of, bound: last(some, shares, of) * scale });
  }
  points.push({ of: 1, bound: 0 });
  return points
    .sort((a, b) => b.of - a.of)
    .map(({ of, bound }) => ({ bound, once: -normal.quantile(of / 2) }));
}

function spend(alpha: number, time: number, spending: Spending): number {
  if (spending === 'quadratic') return alpha * time * time;
  return 4 * normal.sf(-normal.quantile(alpha / 4) / Math.sqrt(time));
}

/** The chance to be called at this look with the bound c, and its fall per c. */
type Exit = (c: number) => [chance: number, slope: number];

/** The bound that spends so much: Newton's method on the logarithm. */
function solve(exit: Exit, spends: number): number {
  if (!(exit(FARTHEST)[0] < spends)) return FARTHEST;
  let [low, high] = [0, FARTHEST];
  let c = Math.min(FARTHEST, -normal.quantile(Math.min(0.5, spends / 2)));
  for (let i = 0; i < 60 && high - low > 1e-12; i++) {
    const [chance, slope] = exit(c);
    const off = Math.log(chance / spends);
    if (off > 0) low = c;
    else high = c;
    const next = c + (off * chance) / slope;
    if (Math.abs(next - c) < 1e-12) return next;
    c = next > low && next < high ? next : (low + high) / 2;
  }
  return c;
}

/** Walks the looks; `boundAt` names each one's bound. The chances to be called at each. */
function walk(
  times: readonly number[],
  drift: number,
  boundAt: (exit: Exit, time: number, look: number) => number,
): number[] {
  let nodes: Float64Array = Float64Array.of(0);
  let masses: Float64Array = Float64Array.of(1);
  let before = 0;
  // Without drift both sides are alike.
  const sides = drift === 0 ? [-1] : [-1, 1];
  requireList(times, 'Times');
  times.forEach((time, look) => {
    const least = look === 0 ? 0 : CLOSEST * Math.max(1, time);
    const ascends = time - (times[look - 1] ?? 0) >= least && time > 0 && time < Infinity;
    requireThat(ascends, 'Times must ascend from above 0 in steps of at least 0.001', time);
  });
  return times.map((time, look) => {
    const root = Math.sqrt(time);
    const spread = Math.sqrt(time - before);
    const shift = drift * (time - before);
    before = time;
    const exit: Exit = (c) => {
      let [chance, density] = [0, 0];
      for (let i = 0; i < nodes.length; i++) {
        const mass = masses[i]!;
        const centre = nodes[i]! + shift;
        for (const side of sides) {
          const z = (c * root + side * centre) / spread;
          if (z > 10) continue;
          chance += mass * normal.sf(z);
          density += mass * normal.pdf(z);
        }
      }
      const both = 2 / sides.length;
      return [both * chance, (both * density * root) / spread];
    };
    const bound = boundAt(exit, time, look);
    const [called] = exit(bound);
    const edge = bound * root;
    // Both the density that comes and the step that follows are as narrow as their spread.
    const next = Math.sqrt((times[look + 1] ?? 1) - time) || spread;
    const steps = 2 * Math.ceil((4 * edge) / Math.min(spread, next));
    const places = Float64Array.from({ length: steps + 1 }, (_, i) => edge * ((2 * i) / steps - 1));
    masses = places.map((place, i) => {
      let density = 0;
      for (let j = 0; j < nodes.length; j++) {
        const z = (place - nodes[j]! - shift) / spread;
        if (z < 9 && z > -9) density += masses[j]! * Math.exp(-0.5 * z * z);
      }
      const simpson = i % steps === 0 ? 1 : i % 2 === 0 ? 2 : 4;
      return ((simpson * 2 * edge) / steps / 3) * (density / (spread * Math.sqrt(2 * Math.PI)));
    });
    nodes = places;
    return called;
  });
}
