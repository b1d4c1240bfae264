/** Whether the numbers can be trusted at all. */
import { thresholds } from '../../stats/index.js';
import { claim, suggestion } from '../claim.js';
import { fact, given } from '../facts.js';
import type { Rule } from '../situation.js';

/** Units do not arrive in the planned ratio: names the variant that is farthest off. */
export const sampleRatioMismatch: Rule = ({ analysis, experiment, active, variantName }) => {
  const { srm, unitsByVariant, units } = analysis;
  if (srm === null || !srm.mismatch) return [];
  const whole = experiment.variants.reduce((sum, { weight }) => sum + weight, 0);
  const [worst] = experiment.variants
    .map(({ key, weight }, i) => {
      const count = unitsByVariant[i] ?? 0;
      return { key, count, share: count / units, planned: weight / whole };
    })
    .sort((a, b) => Math.abs(b.share / b.planned - 1) - Math.abs(a.share / a.planned - 1));
  if (worst === undefined) return [];
  const { key, count, share, planned } = worst;
  const got = fact('share', share, 'share', 'units of the variant / all units', {
    'units of the variant': count,
    'all units': units,
  });
  const expected = fact('planned-share', planned, 'share', 'weight / sum of weights', {
    weight: planned * whole,
    'sum of weights': whole,
  });
  const p = fact(
    'balance-p',
    srm.sequentialPValue,
    'p-value',
    'sequential Dirichlet–multinomial test, smallest over the days',
    { 'χ²': srm.chiSquare, 'χ² p-value': srm.pValue },
  );
  return [
    suggestion({
      rule: 'sample-ratio-mismatch',
      severity: 'act',
      title: 'Find out why the split is off',
      claim: claim`${{ name: variantName(key) }} got ${got} of the units instead of ${expected}; chance alone does that with a probability of ${p}. Something loses or adds units after assignment, so no result of this experiment can be trusted.`,
      ...(active ? { action: { kind: 'pause' } as const } : {}),
      confidence: 'high',
    }),
  ];
};

/** Units met more than one variant. */
export const multipleExposures: Rule = ({ analysis, experiment }) => {
  const check = analysis.health.find(({ id }) => id === 'multiple');
  if (check?.value == null || check.value < thresholds.multipleWarning) return [];
  const share = fact(
    'multiple-share',
    check.value,
    'share',
    'units that met several variants / all units',
    {
      'all units': analysis.units,
    },
  );
  const blocked = check.value >= thresholds.multipleBlock;
  const said = blocked
    ? claim`${share} of the units met more than one variant: too many for a fair comparison. Check that each unit keeps its ${{ name: experiment.hashAttribute }} from page to page.`
    : claim`${share} of the units met more than one variant. They count for the one they met first, which makes the measured effect smaller than it is.`;
  return [
    suggestion({
      rule: 'multiple-exposures',
      severity: blocked ? 'act' : 'check',
      title: 'Units see more than one variant',
      claim: said,
      confidence: 'high',
    }),
  ];
};

/** It runs, but nobody arrives, or nobody who arrives does what the primary metric counts. */
export const noEvents: Rule = (situation) => {
  const { analysis, experiment, primary, metric, metricName } = situation;
  if (experiment.status !== 'running' || analysis.daysRunning < 1) return [];
  const days = given('days-running', analysis.daysRunning, 'days', 'whole days since the start');
  if (analysis.units === 0) {
    return [
      suggestion({
        rule: 'no-exposures',
        severity: 'act',
        title: 'Nobody has met the experiment yet',
        claim: claim`It has been running for ${days} without a single exposure. Check that the page asks for the variant, and that the condition lets anyone in.`,
        confidence: 'high',
      }),
    ];
  }
  if (primary.arms.some(({ sum }) => sum !== 0)) return [];
  const units = given('units', analysis.units, 'units', 'units over all variants');
  const event = metric(primary.key)?.event ?? primary.key;
  return [
    suggestion({
      rule: 'no-conversions',
      severity: 'act',
      title: `${metricName(primary.key)} is not being measured`,
      claim: claim`${units} units have met a variant, and none of them sent a conversion called ${{ name: event }}. Check its name where it is recorded.`,
      confidence: 'high',
    }),
  ];
};
