import { expect } from 'chai';
import {
  analyze,
  quantileArm,
  sumOf,
  type AnalysisInput,
  type Summaries,
} from '../../src/stats/index.js';

const DAYS = ['2026-10-01', '2026-10-02', '2026-10-03'];
const NOW = Date.parse('2026-10-04T00:00:00Z');
const input: AnalysisInput = {
  variants: ['control', 'bold'].map((key) => ({ key, name: key, weight: 0.5 })),
  metrics: { primary: 'buy', secondary: [], guardrails: [] },
  plan: { method: 'group-sequential', alpha: 0.05, power: 0.8, mde: 0.1, plannedUnits: 6_000 },
  status: 'running',
  startedAt: `${DAYS[0]}T00:00:00Z`,
};
const each = (cell: number): number[] => DAYS.map(() => cell);
const rates = (bold: number): Summaries => ({
  variants: ['control', 'bold'],
  days: DAYS,
  units: [each(1_000), each(1_000)],
  multiple: 0,
  metrics: {
    buy: {
      sum: [each(100), each(bold)],
      m2: [each(90), each(bold - (bold * bold) / 1_000)],
    },
  },
});

describe('looks that have been', () => {
  const seen: Summaries = {
    ...rates(160),
    looks: {
      metric: 'buy',
      days: DAYS.slice(0, 2),
      units: [
        [900, 1_900],
        [900, 1_900],
      ],
      sums: {
        sum: [
          [90, 190],
          [99, 209],
        ],
        m2: [
          [81, 171],
          [88, 186],
        ],
      },
    },
  };
  const pointsOf = (summaries: Summaries) =>
    analyze(input, summaries, [{ key: 'buy', name: 'Buy', kind: 'proportion' }], NOW).series[0]!
      .points;

  it('stay as they were seen, whatever units have done since', () => {
    const points = pointsOf(seen);
    expect(points.map(({ lift }) => Number(lift?.toFixed(6)))).to.deep.equal([0.1, 0.1, 0.6]);
    const later = { ...seen, metrics: rates(300).metrics };
    expect(pointsOf(later).slice(0, 2)).to.deep.equal(points.slice(0, 2));
    expect(pointsOf(rates(160)).map(({ lift }) => Number(lift?.toFixed(6)))).to.deep.equal(
      each(0.6),
    );
  });

  it('are judged by the units that were there, and are of one metric only', () => {
    const early = {
      ...seen,
      looks: {
        ...seen.looks!,
        units: [
          [90, 1_900],
          [90, 1_900],
        ],
      },
    };
    const width = (points: ReturnType<typeof pointsOf>) => points[0]!.interval;
    expect(width(pointsOf(early))).to.not.deep.equal(width(pointsOf(seen)));
    const other = { ...seen, looks: { ...seen.looks!, metric: 'other' } };
    expect(pointsOf(other).map(({ lift }) => lift)).to.deep.equal(
      pointsOf(rates(160)).map(({ lift }) => lift),
    );
  });
});

describe('sums of a quantile', () => {
  it('are read as they stand at the end of each day, of the units that have a value', () => {
    const arms = [0, 50].map((shift) =>
      [100, 200, 300].map((n) =>
        quantileArm(
          Array.from({ length: n }, (_, i) => shift + (i % 100)),
          0.9,
        ),
      ),
    );
    const summaries: Summaries = {
      ...rates(160),
      metrics: {
        buy: {
          cumulative: true,
          units: arms.map((row) => row.map(({ n }) => n)),
          sum: arms.map((row) => row.map(sumOf)),
          m2: arms.map((row) => row.map(({ m2 }) => m2)),
        },
      },
    };
    const metric = { key: 'buy', name: 'p90', kind: 'quantile' as const };
    const { metrics, series } = analyze(input, summaries, [metric], NOW);
    expect(metrics[0]!.arms.map(({ n, mean }) => [n, mean])).to.deep.equal([
      [300, arms[0]![2]!.mean],
      [300, arms[1]![2]!.mean],
    ]);
    expect(metrics[0]!.comparisons[0]!.verdict).to.equal('better');
    expect(series[0]!.points.every(({ lift }) => lift !== null)).to.equal(true);
  });
});
