/**
 * Planned looks: how far an effect must be away from zero at each, so that all of them together
 * call a false one with probability alpha (Lan & DeMets, “Discrete sequential boundaries for
 * clinical trials”, 1983). The bounds come from recursive numerical integration (Armitage, McPherson
 * & Rowe, 1969; Jennison & Turnbull, 2000, chapter 19): the scores that have not been called yet are
 * a density, carried from look to look by Simpson's rule.
 */
import { normal } from './distributions.js';
import { requireAlpha, requireThat } from './error.js';
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
 * the effect would be called now (Liu & Anderson, 2008): exact at alpha, and interpolated elsewhere.
 *
 * @param times as for `groupSequentialBounds`
 * @throws StatisticsError as `groupSequentialBounds` does
 */
export function groupSequentialTest(
  times: readonly number[],
  { alpha = 0.05, spending = 'obrien-fleming', reached = times }: SpendingOptions = {},
): SequentialTest {
  requireThat(times.length > 0, 'A test needs a look', times.length);
  const critical = groupSequentialBounds(times, { alpha, spending, reached }).at(-1)!;
  /** ln alpha by the square of its bound, which it falls with almost in a straight line. */
  let table: [square: number, log: number][] | undefined;
  return {
    critical,
    pValue(z) {
      table ??= squares(times, reached, alpha, spending, critical);
      const square = z * z;
      const above = table.findIndex(([of]) => of > square);
      if (above === 0) return 1;
      const right = table[above < 0 ? table.length - 1 : above]!;
      const left = table[(above < 0 ? table.length - 1 : above) - 1]!;
      const slope = (right[1] - left[1]) / (right[0] - left[0] || 1);
      return Math.exp(left[1] + slope * (square - left[0]));
    },
  };
}

/** Looks that tell how the bound moves with alpha; where it lies, all of them say. */
const ENOUGH = 12;

/** [bound², ln alpha] of the last look, from large alpha to small. */
function squares(
  times: readonly number[],
  reached: readonly number[],
  alpha: number,
  spending: Spending,
  critical: number,
): [square: number, log: number][] {
  const every = Math.ceil(times.length / ENOUGH);
  const sample = (all: readonly number[]) =>
    all.filter((_, look) => (all.length - 1 - look) % every === 0);
  const [some, shares] = [sample(times), sample(reached)];
  const bound = (of: number): number =>
    groupSequentialBounds(some, { alpha: of, spending, reached: shares }).at(-1)!;
  const scale = critical / bound(alpha);
  return [0.99, 0.7, 0.4, 0.2, 0.1, 0.01, 1e-3, 1e-5, 1e-8]
    .filter((of) => Math.abs(Math.log(of / alpha)) > 0.1)
    .concat(alpha)
    .sort((a, b) => b - a)
    .map((of) => [(of === alpha ? critical : bound(of) * scale) ** 2, Math.log(of)]);
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
        for (const z of [(c * root - centre) / spread, (c * root + centre) / spread]) {
          if (z > 12) continue;
          chance += mass * normal.sf(z);
          density += mass * normal.pdf(z);
        }
      }
      return [chance, (density * root) / spread];
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
