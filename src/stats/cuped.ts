/**
 * CUPED: what units did before takes noise out of what they do now (Deng, Xu, Kohavi & Walker,
 * “Improving the sensitivity of online controlled experiments by utilizing pre-experiment data”,
 * 2013).
 */
import type { Arm, Companion } from './arm.js';
import { meanVariance, type Contrast } from './effect.js';

export interface Adjustment {
  /** y′ = y − θ·(x − x̄), with θ = cov(y, x)/var(x) over both arms and x̄ their common mean. */
  theta: number;
  /** Share of y's variance that x explains, ρ²: so much smaller is the adjusted variance. */
  explained: number;
  contrast: Contrast;
}

/** Below this the adjustment is not worth its words: it is off unless asked for. */
const LEAST_EXPLAINED = 0.02;

/**
 * The adjusted contrast; null where a covariate is missing or has no spread. Without `always` also
 * where it explains less than 2 %: units that have none, who count as 0, are in that already.
 */
export function cuped(control: Arm, treatment: Arm, always: boolean): Adjustment | null {
  const [c, t] = [control.covariate, treatment.covariate];
  if (!c || !t) return null;
  const m2X = c.m2 + t.m2;
  const m2 = control.m2 + treatment.m2;
  if (!(m2X > 0 && m2 > 0 && m2X < Infinity)) return null;
  const cross = c.cross + t.cross;
  const theta = cross / m2X;
  const explained = Math.min(1, (cross / m2X) * (cross / m2));
  const n = control.n + treatment.n;
  if (!Number.isFinite(theta) || !Number.isFinite(explained)) return null;
  if (!always && !(explained >= LEAST_EXPLAINED)) return null;

  const common = c.mean + (t.mean - c.mean) * (treatment.n / n);
  const adjust = ({ n, mean, m2 }: Arm, x: Companion): Arm => ({
    n,
    mean: mean - theta * (x.mean - common),
    m2: Math.max(0, m2 + theta * (theta * x.m2 - 2 * x.cross)),
  });
  const baseVariance = meanVariance(control) ?? 0;
  const adjusted = { control: adjust(control, c), treatment: adjust(treatment, t) };
  const [own, other] = [meanVariance(adjusted.control) ?? 0, meanVariance(adjusted.treatment) ?? 0];
  // y′ of the control has in common with its y what θ·x does not take away.
  const sumCovariance = (theta * c.cross) / (control.n - 1 || 1) / control.n;
  return {
    theta,
    explained,
    contrast: {
      ...adjusted,
      base: control.mean,
      baseVariance,
      sumVariance: Math.max(0, own + other + 2 * sumCovariance - baseVariance),
      sumCovariance,
    },
  };
}
