/** What must be there before a metric has a verdict, whatever its role, and of whom it must be. */
import { expect } from 'chai';
import {
  analyze,
  type AnalysisInput,
  type MetricInput,
  type MetricSummary,
  type Summaries,
} from '../../src/stats/index.js';

const START = Date.UTC(2026, 9, 1);
const NOW = START + 10 * 86_400_000;

interface Arms {
  n: number[];
  weights?: number[];
  metrics: Record<string, MetricSummary>;
}

function tell(
  { n, weights = n.map(() => 1 / n.length), metrics }: Arms,
  kinds: Record<string, Partial<MetricInput>>,
  plan: Partial<AnalysisInput['plan']> = {},
) {
  const variants = n.map((_, i) => ({ key: `v${i}`, name: `V${i}`, weight: weights[i]! }));
  const summaries: Summaries = {
    variants: variants.map(({ key }) => key),
    days: ['2026-10-01'],
    units: n.map((units) => [units]),
    multiple: 0,
    metrics,
  };
  const input: AnalysisInput = {
    variants,
    metrics: {
      primary: 'm',
      secondary: 's' in metrics ? ['s'] : [],
      guardrails: 'g' in metrics ? ['g'] : [],
    },
    plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05, ...plan },
    status: 'running',
    startedAt: new Date(START).toISOString(),
  };
  const defined = Object.entries(kinds).map(([key, kind]): MetricInput => ({
    key,
    name: key,
    kind: 'mean',
    ...kind,
  }));
  return analyze(input, summaries, defined, NOW);
}

const rates = (n: number[], k: number[]): MetricSummary => ({
  sum: k.map((x) => [x]),
  m2: k.map((x, i) => [n[i]! > 0 ? x - (x * x) / n[i]! : 0]),
});

describe('before 100 units and 25 conversions', () => {
  it('no metric has a verdict, in whatever role', () => {
    const n = [60, 60];
    const all = rates(n, [1, 59]);
    const { metrics, health, series } = tell(
      { n, metrics: { m: all, s: all, g: all } },
      { m: { kind: 'proportion' }, s: {}, g: { margin: 0.01, lowerIsBetter: true } },
      { method: 'fixed', plannedDays: 1 },
    );
    for (const { comparisons } of metrics) {
      expect(comparisons[0]).to.include({
        verdict: 'not-computable',
        reason: 'too-few-units',
        adjustedPValue: null,
        sequentialPValue: null,
      });
      expect(comparisons[0]!.difference).to.be.above(0.9);
    }
    expect(health.find(({ id }) => id === 'guardrails')!.status).to.equal('unknown');
    expect(series[0]!.points[0]!.interval).to.equal(null);
  });

  it('few conversions leave a metric without, and the others with theirs', () => {
    const n = [5_000, 5_000];
    const few = rates(n, [3, 24]);
    const { decision, metrics } = tell(
      { n, metrics: { m: rates(n, [500, 800]), s: few, g: few } },
      { m: { kind: 'proportion' }, s: { kind: 'retention' }, g: { kind: 'proportion' } },
    );
    expect(decision).to.equal('ship');
    expect(metrics.map(({ comparisons: [one] }) => [one!.verdict, one!.reason])).to.deep.equal([
      ['better', null],
      ['not-computable', 'too-few-conversions'],
      ['not-computable', 'too-few-conversions'],
    ]);
  });

  it('those who did it are counted, not what they make together', () => {
    const n = [20_000, 20_000];
    const profit = (converted?: number[]): MetricSummary => ({
      sum: [[20], [2_000]],
      m2: n.map((units) => [units - 1]),
      ...(converted && { converted: converted.map((x) => [x]) }),
    });
    // Gains and losses cancel: (Σy)²/Σy² would find that nobody had any.
    expect(tell({ n, metrics: { m: profit([9_000, 9_000]) } }, { m: {} }).decision).to.equal(
      'ship',
    );
    const few = tell({ n, metrics: { m: profit([24, 9_000]) } }, { m: {} });
    expect(few.reason).to.equal('too-few-conversions');
    const clicks: MetricSummary = {
      ...rates([1_000, 1_000], [3, 20]),
      converted: [[3], [20]],
      denominator: { sum: [[1_000], [1_000]], m2: [[100], [100]], cross: [[0], [0]] },
    };
    const ratio = tell({ n: [1_000, 1_000], metrics: { m: clicks } }, { m: { kind: 'ratio' } });
    expect(ratio.reason).to.equal('too-few-conversions');
  });
});

describe('a variant that gets no units', () => {
  const n = [5_000, 5_000, 0];
  it('is not waited for', () => {
    const metrics = { m: rates(n, [500, 800, 0]) };
    const told = tell({ n, weights: [0.5, 0.5, 0], metrics }, { m: { kind: 'proportion' } });
    expect(told).to.include({ decision: 'ship', variant: 'v1' });
  });

  it('is neither shipped nor needed for a roll-back', () => {
    const some = [5_000, 5_000, 1_000];
    const told = (k: number[]) =>
      tell(
        { n: some, weights: [0.5, 0.5, 0], metrics: { m: rates(some, k) } },
        { m: { kind: 'proportion' } },
      );
    expect(told([800, 500, 160])).to.include({ decision: 'roll-back', variant: 'v1' });
    expect(told([500, 500, 400])).to.include({ decision: 'keep-running' });
  });
});

describe('a guardrail', () => {
  it('is judged by the numbers that it shows, with their covariate', () => {
    const n = [2_000, 2_000];
    const covaried: MetricSummary = {
      sum: [[20_000], [19_780]],
      m2: n.map((units) => [units * 4]),
      covariate: {
        sum: n.map((units) => [units * 10]),
        m2: n.map((units) => [units * 4]),
        cross: n.map((units) => [units * 4 * 0.995]),
      },
    };
    const { metrics, decision } = tell(
      { n, metrics: { m: rates(n, [500, 700]), g: covaried } },
      { m: { kind: 'proportion' }, g: { margin: 0.005 } },
    );
    const [one] = metrics[1]!.comparisons;
    expect(one!.cuped!.explained).to.be.above(0.98);
    expect(one!.sequentialLiftInterval![1]).to.be.below(-0.005);
    expect(one!.verdict).to.equal('breached');
    expect(decision).to.equal('roll-back');
  });
});
