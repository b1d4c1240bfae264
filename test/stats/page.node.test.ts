/** The numbers of docs/statistics.md, computed. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  arm,
  benjaminiHochberg,
  compare,
  exactBayesian,
  fragility,
  groupSequentialBounds,
  holm,
  normal,
  sampleSize,
  srm,
  thompsonWeights,
} from '../../src/stats/index.js';

const control = arm({ n: 10_000, sum: 1_000, sumSquares: 1_000 });
const treatment = arm({ n: 10_000, sum: 1_090, sumSquares: 1_090 });
const compared = compare(control, treatment);

/** What the page writes before the number, and the number. */
const examples: [string, number | null | undefined | readonly (number | null)[]][] = [
  ['pValue', compared.pValue],
  ['interval', compared.interval],
  ['lift', compared.lift],
  ['liftInterval', compared.liftInterval],
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
