/** docs/experiments.md, “One experiment, from start to finish”: its numbers, computed. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { analyze, duration, sampleSize, type AnalysisInput } from '../../src/stats/index.js';

const target = { mean: 0.05, mde: 0.15 };
const perVariant = sampleSize(target, { design: 'group-sequential' });
const days = duration(target, { design: 'group-sequential', unitsPerDay: 2_200 });
const start = Date.parse('2026-03-02T00:00:00Z');
const day = 24 * 3_600_000;
const checkout: AnalysisInput = {
  status: 'running',
  startedAt: new Date(start).toISOString(),
  variants: [
    { key: 'control', name: 'Two pages', weight: 0.5 },
    { key: 'one-page', name: 'One page', weight: 0.5 },
  ],
  metrics: { primary: 'purchase-rate', secondary: [], guardrails: [] },
  plan: {
    method: 'group-sequential',
    alpha: 0.05,
    power: 0.8,
    mde: 0.15,
    plannedUnits: 2 * perVariant,
    plannedDays: days,
  },
};
const purchaseRate = {
  key: 'purchase-rate',
  name: 'Purchase rate',
  kind: 'proportion',
} as const;

function verdictAfter(count: number) {
  const days = Array.from({ length: count }, (_, i) =>
    new Date(start + i * day).toISOString().slice(0, 10),
  );
  const each = (value: number) => days.map(() => value);
  const sums = {
    sum: [each(55), each(63)],
    m2: [each(55 * (1 - 55 / 1_100)), each(63 * (1 - 63 / 1_100))],
  };
  const units = [each(1_100), each(1_100)];
  const variants = ['control', 'one-page'];
  const results = { variants, days, units, multiple: 0, metrics: { 'purchase-rate': sums } };
  return analyze(checkout, results, [purchaseRate], start + count * day);
}

const comparison = (count: number) => verdictAfter(count).metrics[0]?.comparisons[0];
const examples: [string, unknown][] = [
  ['sampleSize(target)', sampleSize(target)],
  ["sampleSize(target, { design: 'group-sequential' })", perVariant],
  ["duration(target, { design: 'group-sequential', unitsPerDay: 2_200 })", days],
  ['verdictAfter(7).decision', verdictAfter(7).decision],
  ['verdictAfter(7).metrics[0]?.comparisons[0]?.liftInterval', comparison(7)?.liftInterval],
  ['verdictAfter(7).power', verdictAfter(7).power],
  ['verdictAfter(11).decision', verdictAfter(11).decision],
  ['verdictAfter(11).metrics[0]?.comparisons[0]?.lift', comparison(11)?.lift],
  ['verdictAfter(11).metrics[0]?.comparisons[0]?.liftInterval', comparison(11)?.liftInterval],
];

const write = (value: unknown): string =>
  typeof value !== 'number' || Number.isInteger(value) ? String(value) : value.toPrecision(4);

describe('docs/experiments.md', () => {
  const page = readFileSync('docs/experiments.md', 'utf8');
  for (const [code, value] of examples)
    it(`has the right answer behind ${code}`, () => {
      expect(page).to.include(`- \`${code}\`: // ${[value].flat().map(write).join(', ')}\n`);
    });

  it('has no answer that is not computed here', () => {
    expect(page.match(/`: \/\/ /g)).to.have.length(examples.length);
  });

  it('says right what looking daily costs, and when the verdict came', () => {
    expect(Math.round((perVariant / sampleSize(target) - 1) * 100)).to.equal(5);
    const first = Array.from({ length: 14 }, (_, i) => verdictAfter(i + 1).decision).indexOf(
      'ship',
    );
    expect(first + 1).to.equal(11);
    expect(verdictAfter(14)).to.include({ decision: 'ship', variant: 'one-page' });
  });
});
