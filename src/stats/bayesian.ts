/**
 * The Bayesian view of a difference. It is for reading, never for stopping: looked at again and
 * again, “95 % chance to win” comes up without any effect.
 */
import type { Arm } from './arm.js';
import { beta, normal } from './distributions.js';
import type { Effect, Interval } from './effect.js';
import { requireThat } from './error.js';

/**
 * What is believed before. `{ mean, sd }`: a normal distribution of the relative lift, default
 * N(0, 0.05²). `flat`: anything goes. `beta`: of a proportion, every rate is as likely, and the
 * posterior is exact, as small counts need it: Beta(1 + conversions, 1 + the others).
 */
export type Prior = 'flat' | 'beta' | { mean?: number; sd: number };

/** What past experiments of most products look like: two thirds of lifts within ± 5 %. */
export const defaultPrior = { mean: 0, sd: 0.05 } as const;

export interface Bayesian {
  /** Probability that the treatment is better. */
  chanceToWin: number;
  /**
   * What is lost on average by choosing it, in the metric's unit: E max(0, how much better the
   * other one is).
   */
  expectedLoss: { control: number; treatment: number };
  /** Posterior mean of the absolute difference, and its interval of 1 − alpha. */
  difference: number;
  interval: Interval;
}

/** Null where the effect is not computable, or the prior has no scale because the control is 0. */
export function bayesian(
  control: Arm,
  treatment: Arm,
  { difference, standardError }: Effect,
  { prior, alpha, lowerIsBetter }: { prior: Prior; alpha: number; lowerIsBetter: boolean },
): Bayesian | null {
  if (prior === 'beta') return exact(control, treatment, alpha, lowerIsBetter);
  if (difference === null || standardError === null) return null;
  let [centre, spread] = [difference, standardError];
  if (prior !== 'flat') {
    requireThat(prior.sd > 0, 'A prior needs a standard deviation above 0', prior.sd);
    const scale = Math.abs(control.mean);
    if (!(prior.sd * scale > 0)) return null;
    // The share of the data's word in the posterior.
    const share = 1 / (1 + (standardError / (prior.sd * scale)) ** 2);
    centre = difference * share + (prior.mean ?? 0) * scale * (1 - share);
    spread = standardError * Math.sqrt(share);
    if (!(spread > 0)) return null;
  }
  const z = (lowerIsBetter ? -centre : centre) / spread;
  if (!Number.isFinite(z)) return null;
  // E max(0, ±δ) of a normal δ, in closed form.
  const loss = (of: number): number => Math.max(0, spread * (normal.pdf(of) - of * normal.sf(of)));
  const reach = -normal.quantile(alpha / 2) * spread;
  return {
    chanceToWin: normal.cdf(z),
    expectedLoss: { control: loss(-z), treatment: loss(z) },
    difference: centre,
    interval: [centre - reach, centre + reach],
  };
}

/** Of two rates with Beta(1, 1) before. */
function exact(
  control: Arm,
  treatment: Arm,
  alpha: number,
  lowerIsBetter: boolean,
): Bayesian | null {
  const shapes = ({ n, mean }: Arm): Shapes => [1 + n * mean, 1 + n * (1 - mean)];
  const [c, t] = [shapes(control), shapes(treatment)];
  for (const shape of [...c, ...t]) {
    requireThat(shape >= 1, 'A rate lies between 0 and 1, for a prior “beta”', shape);
  }
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
