/** Which of several variants are still worth their traffic. */
import { normal } from '../../stats/index.js';
import { claim, suggestion } from '../claim.js';
import { fact } from '../facts.js';
import { isJudged, type Rule } from '../situation.js';

/** Below this chance to beat the best variant another one is not worth its units. */
const HOPELESS = 0.05;

/** Of several treatments, those that will hardly catch up with the best. */
export const dropLosingArm: Rule = (situation) => {
  const { experiment, active, primary, control, variantName } = situation;
  if (!active || !isJudged(situation) || primary.arms.length < 3) return [];
  const direction = primary.lowerIsBetter ? -1 : 1;
  const known = primary.arms.flatMap(({ variant, n, mean, variance }) =>
    mean === null || variance === null ? [] : [{ variant, mean, error2: variance / n }],
  );
  const best = [...known].sort((a, b) => direction * (b.mean - a.mean))[0];
  if (best === undefined) return [];
  const whole = experiment.variants.reduce((sum, { weight }) => sum + weight, 0);

  return known
    .filter(({ variant }) => variant !== control.variant && variant !== best.variant)
    .flatMap(({ variant, mean, error2 }) => {
      const difference = direction * (best.mean - mean);
      const error = Math.sqrt(error2 + best.error2);
      const chance = error > 0 ? normal.sf(difference / error) : 1;
      if (chance >= HOPELESS) return [];
      const weight = experiment.variants.find(({ key }) => key === variant)?.weight ?? 0;
      const cell = { metric: primary.key, variant };
      const beats = fact(
        'chance-to-beat-best',
        chance,
        'share',
        'P(Z > difference / SE)',
        { difference, SE: error },
        cell,
      );
      const freed = fact('freed-share', weight / whole, 'share', 'weight / sum of weights', {
        weight,
        'sum of weights': whole,
      });
      return [
        suggestion({
          rule: 'drop-losing-arm',
          about: variant,
          severity: 'next',
          title: `Drop “${variantName(variant)}” from the next test`,
          claim: claim`Its chance to be better than ${{ name: variantName(best.variant) }} is ${beats}. Without it ${freed} of the units go to variants that can still win.`,
          confidence: 'medium',
        }),
      ];
    });
};
