/** Numbers that break statistics: what is not computable must say so. */
import { analyze, compare, type AnalysisInput, type Arm } from '../../../src/stats/index.js';
import { seeded, type Random } from './draws.js';
import type { Study } from './studies.js';

const counts = [0, 1, 2, 3, 25, 1e3, 1e6, 1e9, 1e15];
const sizes = [0, 5e-324, 1e-160, 1e-9, 0.5, 1, 1e9, 1e12, 1e150, 1e300, 1.7e308];

export const adversaries: Study = (part, seed) => {
  const runs = Math.ceil(100_000 * part);
  const random = seeded(seed + 5);
  let [answered, told, broken] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const [control, treatment] = [draw(random), draw(random)];
    const comparison = compare(control, treatment, {
      metric: random() < 0.3 ? 'ratio' : 'mean',
      lift: random() < 0.3 ? 'delta' : 'fieller',
      prior: random() < 0.5 ? 'flat' : { sd: 0.05 },
    });
    // A sum of 1e308 units of 1 is as far as `analyze` can be asked to go.
    const analysis = run % 20 === 0 ? analyze(...experiment(control, treatment)) : null;
    if (!isFinite(comparison) || !isFinite(analysis)) broken += 1;
    const whole = comparison.pValue !== null && comparison.liftInterval !== null;
    if (whole) answered += 1;
    else if (comparison.reason !== null) told += 1;
    else broken += 1;
  }
  return {
    title: 'Adversarial numbers',
    about:
      'Means far above their spread, one unit, no spread, a control of zero, up to 10¹⁵ units, values up to the largest that a double holds.',
    runs,
    figures: [
      { name: 'answered in full', value: answered },
      { name: 'not computable, with the reason', value: told },
      { name: 'NaN, infinity, or no reason', value: broken, limits: [0, 0] },
    ],
  };
};

function isFinite(of: unknown): boolean {
  let finite = true;
  JSON.stringify(of, (_, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) finite = false;
    return value;
  });
  return finite;
}

function draw(random: Random): Arm {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const signed = (): number => (random() < 0.5 ? -1 : 1) * one(sizes) * (1 + random() * 1e-6);
  const size = (): number => Math.min(1.7e308, one(sizes) * (1 + random()));
  const companion = () => ({ mean: clamp(signed()), m2: size(), cross: clamp(signed()) });
  return {
    n: one(counts),
    mean: clamp(signed()),
    m2: size(),
    ...(random() < 0.4 && { covariate: companion() }),
    ...(random() < 0.4 && { denominator: { ...companion(), covariateCross: clamp(signed()) } }),
  };
}

function clamp(x: number): number {
  return Math.max(-1.7e308, Math.min(1.7e308, x));
}

function experiment(control: Arm, treatment: Arm): Parameters<typeof analyze> {
  const arms = [control, treatment];
  const input: AnalysisInput = {
    variants: ['a', 'b'].map((key) => ({ key, name: key, weight: 0.5 })),
    metrics: { primary: 'x', secondary: [], guardrails: ['x'] },
    plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05, plannedDays: 14 },
    status: 'running',
  };
  const summaries = {
    variants: ['a', 'b'],
    days: ['2026-10-01'],
    units: arms.map(({ n }) => [n]),
    multiple: 0,
    metrics: {
      x: {
        sum: arms.map(({ n, mean }) => [clamp(n * mean)]),
        m2: arms.map(({ m2 }) => [m2]),
      },
    },
  };
  return [input, summaries, [{ key: 'x', name: 'X', kind: 'mean' }], Date.UTC(2026, 9, 3)];
}
