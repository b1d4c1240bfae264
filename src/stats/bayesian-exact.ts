import { checkedArm, type Arm } from './arm.js';
import type { Bayesian } from './bayesian.js';
import { beta } from './distributions.js';
import { requireAlpha, requireThat } from './error.js';

/**
 * The Bayesian view of two proportions, exact also for a handful of conversions: every rate is as
 * likely before, so the posteriors are Beta(1 + conversions, 1 + the others).
 *
 * @param options.alpha of the interval; default 0.05
 * @throws StatisticsError when a mean or alpha is not between 0 and 1, or an arm has over 1e10 units
 */
export function exactBayesian(
  control: Arm,
  treatment: Arm,
  { alpha = 0.05, lowerIsBetter = false }: { alpha?: number; lowerIsBetter?: boolean } = {},
): Bayesian {
  requireAlpha(alpha);
  const shapes = (of: Arm): Shapes => {
    const { n, mean } = checkedArm(of);
    requireThat(mean >= 0 && mean <= 1, 'A rate lies between 0 and 1', mean);
    return [1 + n * mean, 1 + n * (1 - mean)];
  };
  const [c, t] = [shapes(control), shapes(treatment)];
  const rate = ([a, b]: Shapes): number => a / (a + b);
  const onControl = nodesOf(c);
  /** E max(0, p − q) by E p·1(p > q) = E p · P(p′ > q), p′ having one success more. */
  const excess = (p: Shapes, q: Shapes): number =>
    Math.max(
      0,
      rate(p) * exceeds([p[0] + 1, p[1]], nodesOf(q)) -
        rate(q) * exceeds(p, nodesOf([q[0] + 1, q[1]])),
    );
  const wins = lowerIsBetter ? exceeds(c, nodesOf(t)) : exceeds(t, onControl);
  const [more, less] = [excess(t, c), excess(c, t)];
  /** The δ with P(p_T − p_C > δ) = upper. */
  const quantile = (upper: number): number => {
    let [low, high] = [-1, 1];
    while (high - low > 1e-10) {
      const middle = (low + high) / 2;
      if (exceeds(t, onControl, middle) > upper) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  return {
    chanceToWin: wins,
    expectedLoss: lowerIsBetter
      ? { control: less, treatment: more }
      : { control: more, treatment: less },
    difference: rate(t) - rate(c),
    interval: [quantile(1 - alpha / 2), quantile(alpha / 2)],
  };
}

type Shapes = [a: number, b: number];

/** Places of a beta distribution with their weights, which sum to 1. */
type Nodes = readonly { x: number; weight: number }[];

/**
 * The trapezoidal rule in the logit of the place between the outermost quantiles: there the density
 * is smooth and dies off at both ends, also one that piles up at 0 or 1.
 */
function nodesOf([a, b]: Shapes): Nodes {
  const { pdf, quantile } = beta(a, b);
  const low = quantile(1e-17);
  const width = 1 - beta(b, a).quantile(1e-17) - low;
  const nodes: { x: number; weight: number }[] = [];
  let [mass, most] = [0, 0];
  for (let u = -36; u <= 36; u += 0.1) {
    const place = 1 / (1 + Math.exp(-u));
    const x = low + width * place;
    const weight = pdf(x) * place * (1 - place);
    if (!Number.isFinite(weight)) continue;
    nodes.push({ x, weight });
    mass += weight;
    most = Math.max(most, weight);
  }
  return nodes
    .filter(({ weight }) => weight > 1e-17 * most)
    .map(({ x, weight }) => ({ x, weight: weight / mass }));
}

/** P(p > q + δ) = ∫ density of q · tail of p. */
function exceeds(p: Shapes, q: Nodes, delta = 0): number {
  const { sf } = beta(...p);
  return Math.min(
    1,
    q.reduce((sum, { x, weight }) => sum + weight * sf(Math.min(1, Math.max(0, x + delta))), 0),
  );
}
