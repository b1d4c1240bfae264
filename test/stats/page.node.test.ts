/** The numbers of docs/statistics.md, computed. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  addValue,
  arm,
  benjaminiHochberg,
  beta,
  chiSquare,
  compare,
  conditionalPower,
  duration,
  emptyArm,
  exactBayesian,
  fragility,
  gamma,
  groupSequentialBounds,
  groupSequentialPower,
  holm,
  interaction,
  learnPrior,
  minimumDetectableEffect,
  normal,
  novelty,
  optimalAllocation,
  power,
  preExperimentBias,
  quantileArm,
  ratioArm,
  sampleSize,
  sequentialMultiplier,
  sequentialPValue,
  shrink,
  srm,
  studentT,
  thompsonWeights,
  winsorize,
} from '../../src/stats/index.js';

const control = arm({ n: 10_000, sum: 1_000, sumSquares: 1_000 });
const treatment = arm({ n: 10_000, sum: 1_090, sumSquares: 1_090 });
const compared = compare(control, treatment);

const clicksOfViews = [
  [1, 10],
  [3, 12],
  [0, 4],
  [2, 14],
].reduce((made, [value = 0, denominator = 0]) => addValue(made, { value, denominator }), emptyArm);
const covariate = { sum: 10_000, sumSquares: 104_000, sumProducts: 103_200 };
const now = arm({ n: 1_000, sum: 10_000, sumSquares: 104_000, covariate });
const more = { ...now, mean: 10.1 };
const before = { ...now, covariate: { ...now.covariate!, mean: 10.5 } };
const proportion = (n: number, sum: number) => arm({ n, sum, sumSquares: sum });
const days = [260, 250, 240, 230, 220].map((sum) => ({
  control: proportion(2_000, 200),
  treatment: proportion(2_000, sum),
}));
const past = [0.08, -0.05, 0.01, 0.12, -0.02].map((lift) => ({ lift, standardError: 0.03 }));

/** What the page writes before the number, and the number. */
const examples: [string, number | null | undefined | readonly (number | null)[]][] = [
  ['pValue', compared.pValue],
  ['interval', compared.interval],
  ['lift', compared.lift],
  ['liftInterval', compared.liftInterval],
  [
    "compare(control, treatment, { lift: 'delta' }).liftInterval",
    compare(control, treatment, { lift: 'delta' }).liftInterval,
  ],
  ['ratioArm(clicksOfViews)?.mean', ratioArm(clicksOfViews)?.mean],
  [
    "compare(clicksOfViews, clicksOfViews, { metric: 'ratio' }).standardError",
    compare(clicksOfViews, clicksOfViews, { metric: 'ratio' }).standardError,
  ],
  [
    'quantileArm([3, 1, 4, 1, 5, 9, 2, 6], 0.5).mean',
    quantileArm([3, 1, 4, 1, 5, 9, 2, 6], 0.5).mean,
  ],
  [
    'winsorize([[1, 2], [3, 50]], { percentile: 0.75 }).flat()',
    winsorize(
      [
        [1, 2],
        [3, 50],
      ],
      { percentile: 0.75 },
    ).flat(),
  ],
  ['compare(now, more).standardError', compare(now, more).standardError],
  ['compare(now, more).cuped?.raw.standardError', compare(now, more).cuped?.raw.standardError],
  ['compare(now, more).cuped?.explained', compare(now, more).cuped?.explained],
  [
    "groupSequentialBounds([0.2, 0.4, 0.6, 0.8, 1], { spending: 'quadratic' })",
    groupSequentialBounds([0.2, 0.4, 0.6, 0.8, 1], { spending: 'quadratic' }),
  ],
  [
    'groupSequentialPower([0.5, 1], [2.963, 1.969], 2.8)',
    groupSequentialPower([0.5, 1], [2.963, 1.969], 2.8),
  ],
  ['sequentialMultiplier(20_000, 0.05)', sequentialMultiplier(20_000, 0.05)],
  ['sequentialPValue(3, 20_000, 0.05)', sequentialPValue(3, 20_000, 0.05)],
  [
    "sampleSize({ mean: 0.1, mde: 0.1 }, { design: 'bayesian' })",
    sampleSize({ mean: 0.1, mde: 0.1 }, { design: 'bayesian' }),
  ],
  [
    'power({ mean: 0.1, mde: 0.1, perVariant: 10_000 })',
    power({ mean: 0.1, mde: 0.1, perVariant: 10_000 }),
  ],
  [
    'minimumDetectableEffect({ mean: 0.1, perVariant: 10_000 })',
    minimumDetectableEffect({ mean: 0.1, perVariant: 10_000 }),
  ],
  [
    'duration({ mean: 0.1, mde: 0.1 }, { unitsPerDay: 2_000 })',
    duration({ mean: 0.1, mde: 0.1 }, { unitsPerDay: 2_000 }),
  ],
  ['optimalAllocation([1, 1, 1, 1, 1])', optimalAllocation([1, 1, 1, 1, 1])],
  ['conditionalPower(1.2, 0.5)', conditionalPower(1.2, 0.5)],
  ['novelty(days).estimate', novelty(days)?.estimate],
  ['preExperimentBias(now, [before])[0].pValue', preExperimentBias(now, [before])[0]?.pValue],
  [
    'interaction([[control, treatment], [treatment, treatment]]).estimate',
    interaction([
      [control, treatment],
      [treatment, treatment],
    ])?.estimate,
  ],
  ['learnPrior(past).sd', learnPrior(past).sd],
  [
    'shrink({ lift: 0.09, standardError: 0.045 }, { mean: 0, sd: 0.05 }).lift',
    shrink({ lift: 0.09, standardError: 0.045 }, { mean: 0, sd: 0.05 }).lift,
  ],
  ['studentT(10).quantile(0.975)', studentT(10).quantile(0.975)],
  ['chiSquare(3).sf(7.81)', chiSquare(3).sf(7.81)],
  ['gamma(2, 0.5).cdf(4)', gamma(2, 0.5).cdf(4)],
  ['beta(2, 3).cdf(0.5)', beta(2, 3).cdf(0.5)],
  ['sequential.pValue', compared.sequential.pValue],
  [
    "compare(control, treatment, { prior: 'flat' }).bayesian.chanceToWin",
    compare(control, treatment, { prior: 'flat' }).bayesian?.chanceToWin,
  ],
  [
    'compare(control, treatment, { prior: { sd: 0.05 } }).bayesian.chanceToWin',
    compare(control, treatment, { prior: { sd: 0.05 } }).bayesian?.chanceToWin,
  ],
  ['exactBayesian(control, treatment).chanceToWin', exactBayesian(control, treatment).chanceToWin],
  [
    'groupSequentialBounds([0.2, 0.4, 0.6, 0.8, 1])',
    groupSequentialBounds([0.2, 0.4, 0.6, 0.8, 1]),
  ],
  ['holm([0.01, 0.04, 0.03])', holm([0.01, 0.04, 0.03])],
  ['benjaminiHochberg([0.01, 0.04, 0.03])', benjaminiHochberg([0.01, 0.04, 0.03])],
  ['srm([50_500, 49_500], [0.5, 0.5]).pValue', srm([50_500, 49_500], [0.5, 0.5])?.pValue],
  [
    'srm([50_500, 49_500], [0.5, 0.5]).sequentialPValue',
    srm([50_500, 49_500], [0.5, 0.5])?.sequentialPValue,
  ],
  ['sampleSize({ mean: 0.1, mde: 0.1 })', sampleSize({ mean: 0.1, mde: 0.1 })],
  [
    "sampleSize({ mean: 0.1, mde: 0.1 }, { design: 'group-sequential' })",
    sampleSize({ mean: 0.1, mde: 0.1 }, { design: 'group-sequential' }),
  ],
  [
    "sampleSize({ mean: 0.1, mde: 0.1 }, { design: 'sequential' })",
    sampleSize({ mean: 0.1, mde: 0.1 }, { design: 'sequential' }),
  ],
  ['sampleSize({ mean: 0.1, margin: 0.05 })', sampleSize({ mean: 0.1, margin: 0.05 })],
  ['thompsonWeights([control, treatment])', thompsonWeights([control, treatment])],
  ['fragility(control, treatment).flips', fragility(control, treatment).flips],
  ['normal.sf(37)', normal.sf(37)],
];

const write = (value: number | null): string =>
  Number.isInteger(value) && value !== 1 ? String(value) : (value ?? NaN).toPrecision(4);

describe('docs/statistics.md', () => {
  const page = readFileSync('docs/statistics.md', 'utf8');
  for (const [code, value] of examples) {
    it(`has the right number behind ${code}`, () => {
      const numbers = [value ?? NaN].flat().map(write).join(', ');
      expect(page).to.include(`- \`${code}\`: // ${numbers}\n`);
    });
  }

  it('has no number that is not computed here', () => {
    expect(page.match(/`: \/\/ /g)).to.have.length(examples.length);
  });
});
