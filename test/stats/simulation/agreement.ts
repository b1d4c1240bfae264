/** Whether the absolute and the relative verdict are one, whatever the metric and the adjustment. */
import { addValue, compare, emptyArm, type Arm } from '../../../src/stats/index.js';
import { binomialDraw, normalDraw, proportion, seeded, type Random } from './draws.js';
import type { Study } from './studies.js';

const excludes = (interval: readonly [number, number] | null): boolean | null =>
  interval && (interval[0] > 0 || interval[1] < 0);

export const agreement: Study = (part, seed) => {
  const runs = Math.ceil(200_000 * part);
  const random = seeded(seed + 4);
  let [compared, disagree, called] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const [control, treatment, ratio] = draw(random, run);
    const alpha = [0.05, 0.01, 0.2][run % 3]!;
    const effect = compare(control, treatment, { alpha, ...(ratio && { metric: 'ratio' }) });
    for (const { interval, liftInterval, pValue } of [
      effect,
      { ...effect.sequential },
      ...(effect.cuped ? [effect.cuped.raw] : []),
    ]) {
      const [absolute, relative] = [excludes(interval), excludes(liftInterval)];
      if (absolute === null || relative === null) continue;
      compared += 1;
      called += Number(absolute);
      // The p-value may differ from the interval by rounding, a hair from alpha.
      const beyond = Math.abs((pValue ?? 1) - alpha) > 1e-9 && (pValue ?? 1) < alpha !== absolute;
      disagree += Number(absolute !== relative || beyond);
    }
  }
  return {
    title: 'Absolute and relative',
    about:
      'How often the interval of the difference, the interval of the lift and the p-value disagree about zero: proportions, means and ratios, with and without a covariate, fixed and sequential.',
    runs,
    figures: [
      { name: 'verdicts compared', value: compared },
      { name: 'of them calls', value: called },
      { name: 'disagreements', value: disagree, limits: [0, 0] },
    ],
  };
};

/** Two arms, a third of the time each a proportion, a mean with a covariate, or a ratio. */
function draw(random: Random, run: number): [Arm, Arm, ratio: boolean] {
  const kind = run % 10;
  if (kind > 1) {
    const rate = 0.002 + 0.4 * random() ** 3;
    const n = Math.round(200 * 10 ** (2 * random()));
    const lift = 1 + 0.2 * (random() - 0.5);
    const [c, t] = [binomialDraw(n, rate, random)(), binomialDraw(n, rate * lift, random)()];
    return [proportion(n, c), proportion(n, t), false];
  }
  const normal = normalDraw(random);
  const [centre, effect] = [10 * random() - 2, 0.4 * normal()];
  const fill = (shift: number): Arm => {
    let made = emptyArm;
    for (let i = 0; i < 60; i++) {
      const covariate = 5 + normal();
      const value = centre + shift + 0.7 * covariate + normal();
      const denominator = 1 + Math.floor(4 * random());
      made = addValue(made, { value, covariate, ...(kind === 1 && { denominator }) });
    }
    return made;
  };
  return [fill(0), fill(effect), kind === 1];
}
