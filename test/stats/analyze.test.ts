import { expect } from 'chai';
import fc from 'fast-check';
import {
  analyze,
  analyzeSegments,
  benjaminiHochberg,
  groupSequentialTest,
  thresholds,
  type Analysis,
  type AnalysisInput,
  type MetricInput,
  type Summaries,
} from '../../src/stats/index.js';

const START = Date.UTC(2026, 9, 1);
const DAY = 86_400_000;

interface Story {
  /** Units a day by variant. */
  units: number[];
  /** Share of them that convert, by variant. */
  rates: number[];
  /** Mean of the guardrail by variant (standard deviation 0.4). */
  seconds?: number[];
  days: number;
  multiple?: number;
  plan?: Partial<AnalysisInput['plan']>;
  status?: AnalysisInput['status'];
  secondary?: string[];
  startedAt?: string | null;
  stoppedAt?: string;
  lowerIsBetter?: boolean;
}

function tell(story: Story): Analysis {
  const { units, rates, seconds, days, status = 'running' } = story;
  const every = (cell: (variant: number) => number): number[][] =>
    units.map((_, v) => Array.from({ length: days }, () => cell(v)));
  const sum = every((v) => Math.round(units[v]! * rates[v]!));
  const m2 = sum.map((row, v) => row.map((k) => k - (units[v]! > 0 ? (k * k) / units[v]! : 0)));
  const input: AnalysisInput = {
    variants: units.map((_, i) => ({ key: `v${i}`, name: `V${i}`, weight: 1 / units.length })),
    metrics: {
      primary: 'buy',
      secondary: story.secondary ?? [],
      guardrails: seconds ? ['load'] : [],
    },
    plan: {
      method: 'sequential',
      alpha: 0.05,
      power: 0.8,
      mde: 0.05,
      plannedDays: 28,
      ...story.plan,
    },
    status,
    startedAt: story.startedAt === undefined ? new Date(START).toISOString() : story.startedAt,
    stoppedAt: story.stoppedAt ?? null,
  };
  const summaries: Summaries = {
    variants: units.map((_, i) => `v${i}`),
    days: Array.from({ length: days }, (_, d) =>
      new Date(START + d * DAY).toISOString().slice(0, 10),
    ),
    units: every((v) => units[v]!),
    multiple: story.multiple ?? 0,
    metrics: {
      buy: { sum, m2 },
      load: {
        sum: every((v) => units[v]! * (seconds?.[v] ?? 0)),
        m2: every((v) => units[v]! * 0.16),
      },
    },
  };
  const metrics: MetricInput[] = [
    { key: 'buy', name: 'Buy', kind: 'proportion', lowerIsBetter: story.lowerIsBetter ?? false },
    { key: 'load', name: 'Load', kind: 'mean', lowerIsBetter: true, margin: 0.05 },
  ];
  return analyze(input, summaries, metrics, START + days * DAY);
}

const winner: Story = { units: [2500, 2500], rates: [0.12, 0.1284], days: 24 };
const open: Story = { units: [2500, 2500], rates: [0.12, 0.122], days: 24 };
const loser: Story = { units: [2500, 2500], rates: [0.12, 0.111], days: 24 };
const fixed = { method: 'fixed' as const };
/** Takes the story's planned days away. */
const unitsOnly = { plannedDays: undefined as never };

/** [what happened, the story, decision, reason, variant] */
const table: [string, Story, Analysis['decision'], Analysis['reason'], string | null][] = [
  ['a draft', { ...winner, status: 'draft' }, 'not-started', 'no-data', null],
  ['nobody came', { ...winner, units: [0, 0] }, 'keep-running', 'no-data', null],
  [
    'nobody came until it was stopped',
    { ...winner, units: [0, 0], status: 'stopped' },
    'inconclusive',
    'no-data',
    null,
  ],
  [
    '99 units in an arm',
    { ...winner, units: [99, 99], days: 1 },
    'keep-running',
    'too-few-units',
    null,
  ],
  [
    '24 conversions in an arm',
    { ...winner, units: [400, 400], rates: [0.06, 0.5], days: 1 },
    'keep-running',
    'too-few-conversions',
    null,
  ],
  [
    '25 conversions in every arm',
    { ...winner, units: [400, 400], rates: [0.0625, 0.5], days: 1 },
    'ship',
    'significant-better',
    'v1',
  ],
  ['a clear winner', winner, 'ship', 'significant-better', 'v1'],
  [
    'the best of two winners',
    { ...winner, units: [2500, 2500, 2500], rates: [0.12, 0.1284, 0.131] },
    'ship',
    'significant-better',
    'v2',
  ],
  ['a clear loser', loser, 'roll-back', 'significant-worse', 'v1'],
  [
    'one of two loses, the other is open',
    { ...loser, units: [2500, 2500, 2500], rates: [0.12, 0.108, 0.121] },
    'keep-running',
    'undecided',
    null,
  ],
  [
    'both lose',
    { ...loser, units: [2500, 2500, 2500], rates: [0.12, 0.108, 0.107] },
    'roll-back',
    'significant-worse',
    'v2',
  ],
  ['less is better', { ...loser, lowerIsBetter: true }, 'ship', 'significant-better', 'v1'],
  [
    'more, where less is better',
    { ...winner, lowerIsBetter: true },
    'roll-back',
    'significant-worse',
    'v1',
  ],
  [
    'a winner that breaches a guardrail',
    { ...winner, seconds: [1.4, 1.6] },
    'roll-back',
    'guardrail-breached',
    'v1',
  ],
  [
    'a winner within the margin',
    { ...winner, seconds: [1.4, 1.42] },
    'ship',
    'significant-better',
    'v1',
  ],
  [
    'the winner breaches, the runner-up does not',
    { ...winner, units: [2500, 2500, 2500], rates: [0.12, 0.135, 0.13], seconds: [1.4, 1.6, 1.4] },
    'ship',
    'significant-better',
    'v2',
  ],
  [
    'a lopsided split, however clear the winner',
    { ...winner, units: [2500, 2300] },
    'untrustworthy',
    'sample-ratio-mismatch',
    null,
  ],
  [
    '5 % met both variants',
    { ...winner, multiple: 6_000 },
    'untrustworthy',
    'multiple-exposures',
    null,
  ],
  ['just below 5 % met both', { ...winner, multiple: 5_900 }, 'ship', 'significant-better', 'v1'],
  ['nothing to see yet', open, 'keep-running', 'undecided', null],
  [
    'nothing to see when it was stopped',
    { ...open, status: 'stopped' },
    'inconclusive',
    'undecided',
    null,
  ],
  [
    'surely smaller than worth finding',
    { units: [9000, 9000], rates: [0.3, 0.3001], days: 24 },
    'inconclusive',
    'flat',
    null,
  ],
  [
    'an interval within ± the smallest effect, without the power that was asked for',
    { units: [9_000, 9_000], rates: [0.3, 0.3001], days: 14, plan: { mde: 0.0251, power: 0.99 } },
    'keep-running',
    'undecided',
    null,
  ],
  [
    'planned end reached with the power, undecided',
    { units: [5_000, 5_000], rates: [0.12, 0.1225], days: 28, plan: { mde: 0.04 } },
    'inconclusive',
    'undecided',
    null,
  ],
  [
    'planned end reached without the power',
    { ...open, units: [200, 200], days: 28 },
    'keep-running',
    'undecided',
    null,
  ],
  [
    'a fixed plan before its end',
    { ...winner, plan: fixed },
    'keep-running',
    'planned-look-pending',
    null,
  ],
  [
    'a fixed plan at its end',
    { ...winner, days: 28, plan: fixed },
    'ship',
    'significant-better',
    'v1',
  ],
  [
    'a fixed plan at its end, undecided',
    { ...open, units: [200, 200], days: 28, plan: fixed },
    'inconclusive',
    'undecided',
    null,
  ],
  [
    'a fixed plan stopped early',
    { ...winner, plan: fixed, status: 'stopped' },
    'ship',
    'significant-better',
    'v1',
  ],
  [
    'a fixed plan does not excuse bad health',
    { ...winner, plan: fixed, units: [2500, 2300] },
    'untrustworthy',
    'sample-ratio-mismatch',
    null,
  ],
];

describe('analyze decides', () => {
  for (const [what, story, decision, reason, variant] of table) {
    it(`${what}: ${decision} (${reason})`, () => {
      const { decision: d, reason: r, variant: v } = tell(story);
      expect({ decision: d, reason: r, variant: v }).to.deep.equal({ decision, reason, variant });
    });
  }

  it('nothing before one full day', () => {
    const lateStart = new Date(START + DAY / 2).toISOString();
    const analysis = tell({ ...winner, units: [60_000, 60_000], days: 1, startedAt: lateStart });
    expect(analysis.reason).to.equal('too-short');
  });

  it('and marks what it decides in the first week as early', () => {
    const strong = { ...winner, rates: [0.12, 0.15] };
    expect(tell({ ...strong, days: 6 })).to.include({ decision: 'ship', early: true });
    expect(tell({ ...strong, days: 7 })).to.include({ decision: 'ship', early: false });
  });

  it('a fixed plan that is stopped early by the always-valid interval', () => {
    // Significant for one look at the end, not for a look at any time.
    const story = { ...winner, rates: [0.12, 0.1245], plan: fixed };
    expect(tell({ ...story, days: 28 }).decision).to.equal('ship');
    const stopped = tell({ ...story, days: 26, status: 'stopped' });
    expect(stopped.metrics[0]?.comparisons[0]?.pValue).to.be.below(0.05);
    expect(stopped).to.include({ decision: 'inconclusive', anytime: true });
  });
});

describe('analyze', () => {
  it('counts days, and how many are left', () => {
    const paused = tell({ ...winner, status: 'paused' });
    expect(paused).to.include({ daysRunning: 24, daysLeft: 4 });
    const stopped = tell({ ...winner, status: 'stopped', stoppedAt: '2026-10-11T12:00:00Z' });
    expect(stopped).to.include({ daysRunning: 10, daysLeft: null });
    const byUnits = tell({
      ...winner,
      plan: { plannedDays: undefined as never, plannedUnits: 150_000 },
    });
    expect(byUnits).to.include({ daysLeft: 6, plannedUnits: 150_000 });
    expect(tell({ ...winner, startedAt: null }).daysRunning).to.equal(24);
  });

  it('projects the units of the planned end from the days', () => {
    expect(tell(winner).plannedUnits).to.equal(140_000);
  });

  it('tells the power now, at the planned end, and the units that the plan’s takes', () => {
    const { power, plannedPower, unitsForPower, units } = tell(open);
    expect(power).to.be.below(plannedPower!);
    const { power: reached } = tell({
      ...open,
      days: Math.ceil(unitsForPower! / 5_000),
      plan: { plannedUnits: 140_000 },
    });
    expect(reached).to.be.closeTo(0.8, 0.01);
    expect(unitsForPower).to.be.above(units);
  });

  it('adjusts the primary metric’s p-values over the variants', () => {
    const [a, b] = tell({ ...winner, units: [2500, 2500, 2500], rates: [0.12, 0.1284, 0.121] })
      .metrics[0]!.comparisons as [
      Analysis['metrics'][0]['comparisons'][0],
      Analysis['metrics'][0]['comparisons'][0],
    ];
    expect(a.adjustedPValue).to.be.closeTo(2 * a.sequentialPValue!, 1e-15);
    expect(b.adjustedPValue).to.equal(Math.max(a.adjustedPValue!, b.sequentialPValue!));
    expect([a.verdict, b.verdict]).to.deep.equal(['better', 'no-difference']);
  });

  it('draws the lift day by day; the last day is the result', () => {
    const { series, metrics, days } = tell(winner);
    const [line] = series;
    expect(line?.variant).to.equal('v1');
    expect(line?.points.map(({ day }) => day)).to.deep.equal(days);
    const { lift, sequentialLiftInterval } = metrics[0]!.comparisons[0]!;
    expect(line?.points.at(-1)).to.deep.equal({
      day: days.at(-1),
      lift,
      interval: sequentialLiftInterval,
    });
  });

  it('shows how healthy the numbers are', () => {
    const health = (story: Story): Record<string, string> =>
      Object.fromEntries(tell(story).health.map(({ id, status }) => [id, status]));
    expect(health({ ...winner, seconds: [1.4, 1.42] })).to.deep.equal({
      balance: 'ok',
      exposures: 'ok',
      multiple: 'ok',
      guardrails: 'ok',
      duration: 'ok',
      power: 'warn',
    });
    expect(health({ ...winner, units: [2500, 2300] }).balance).to.equal('bad');
    expect(health({ ...winner, units: [0, 0] })).to.include({
      exposures: 'bad',
      balance: 'unknown',
      multiple: 'unknown',
    });
    expect(health({ ...winner, units: [90, 90], days: 1 })).to.include({
      exposures: 'warn',
      duration: 'warn',
    });
    expect(health({ ...winner, multiple: 2_000 }).multiple).to.equal('warn');
    expect(health({ ...winner, multiple: 7_000 }).multiple).to.equal('bad');
    expect(health({ ...winner, seconds: [1.4, 1.6] }).guardrails).to.equal('bad');
    expect(health({ ...winner, units: [20, 20], seconds: [1.4, 1.47] }).guardrails).to.equal(
      'warn',
    );
    expect(health({ ...winner, units: [9000, 9000], days: 28 }).power).to.equal('ok');
    expect(health({ ...winner, status: 'draft' })).to.include({
      exposures: 'unknown',
      duration: 'unknown',
    });
  });

  it('remembers a mismatch that later days have watered down', () => {
    const input: AnalysisInput = {
      variants: [
        { key: 'a', name: 'A', weight: 0.5 },
        { key: 'b', name: 'B', weight: 0.5 },
      ],
      metrics: { primary: 'buy', secondary: [], guardrails: [] },
      plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05 },
      status: 'running',
      startedAt: new Date(START).toISOString(),
    };
    const summaries: Summaries = {
      variants: ['a', 'b'],
      days: ['2026-10-01', '2026-10-02'],
      units: [
        [6_000, 50_000],
        [4_000, 50_000],
      ],
      multiple: 0,
      metrics: {},
    };
    const { decision, srm } = analyze(input, summaries, [], START + 2 * DAY);
    expect(decision).to.equal('untrustworthy');
    expect(srm?.sequentialPValue).to.be.below(thresholds.multipleWarning);
  });

  it('reads the sums by the variants’ keys, whatever their order, and unknown ones as none', () => {
    const input: AnalysisInput = {
      variants: ['a', 'b', 'new'].map((key) => ({ key, name: key, weight: 1 / 3 })),
      metrics: { primary: 'constructor', secondary: ['unknown'], guardrails: [] },
      plan: { method: 'fixed', alpha: 0.05, power: 0.8, mde: 0.05 },
      status: 'running',
    };
    const summaries: Summaries = {
      variants: ['gone', 'b', 'a'],
      days: ['2026-10-01'],
      units: [[7], [20], [10]],
      multiple: 0,
      metrics: {},
    };
    const { unitsByVariant, units, unitsByDay, metrics } = analyze(
      input,
      summaries,
      [],
      START + DAY,
    );
    expect(unitsByVariant).to.deep.equal([10, 20, 0]);
    expect(units).to.equal(30);
    expect(unitsByDay).to.deep.equal([30]);
    expect(metrics.map(({ role }) => role)).to.deep.equal(['primary', 'secondary']);
    expect(metrics[0]?.arms[0]).to.include({ n: 0, mean: null });
    expect(metrics[0]?.comparisons[0]?.verdict).to.equal('not-computable');
  });

  it('needs no sums at all', () => {
    const analysis = analyze(
      {
        variants: [{ key: 'a', name: 'A', weight: 1 }],
        metrics: { primary: 'buy', secondary: [], guardrails: [] },
        plan: { method: 'fixed', alpha: 0.05, power: 0.8, mde: 0.05 },
        status: 'running',
      },
      undefined,
      [],
      START,
    );
    expect(analysis).to.include({
      decision: 'keep-running',
      reason: 'no-data',
      units: 0,
      srm: null,
    });
  });

  it('judges a group-sequential plan by its daily looks', () => {
    const plan = { ...unitsOnly, method: 'group-sequential', plannedUnits: 140_000 } as const;
    const [early, late] = [7, 28].map((days) => tell({ ...open, days, plan }));
    const critical = ({ metrics }: Analysis): number => {
      const { difference, sequentialInterval, standardError } = metrics[0]!.comparisons[0]!;
      return (sequentialInterval![1] - difference!) / standardError!;
    };
    const times = (looks: number[]) => looks.map((day) => day / 28);
    const all = Array.from({ length: 28 }, (_, i) => i + 1);
    expect(critical(late!)).to.be.closeTo(groupSequentialTest(times(all)).critical, 1e-9);
    expect(critical(early!)).to.be.above(4);
    expect(late!.anytime).to.equal(true);
    const { adjustedPValue, sequentialPValue } = late!.metrics[0]!.comparisons[0]!;
    expect(adjustedPValue).to.equal(sequentialPValue);
    // Each day of the chart has the bound of its own look.
    const widths = late!.series[0]!.points.map(({ interval }) =>
      interval === null ? Infinity : interval[1] - interval[0],
    );
    const { sequentialLiftInterval: ends } = late!.metrics[0]!.comparisons[0]!;
    expect(widths.at(-1)).to.be.closeTo(ends![1] - ends![0], 1e-12);
    const asWide = early!.series[0]!.points.at(-1)!.interval!;
    expect(widths[6]! / (asWide[1] - asWide[0])).to.be.closeTo(1, 0.05);
    // It finds what a sequence that is valid for ever does not yet.
    const story: Story = { units: [2500, 2500], rates: [0.12, 0.1245], days: 28 };
    expect(tell(story).decision).not.to.equal('ship');
    expect(tell({ ...story, plan }).decision).to.equal('ship');
    expect(tell({ ...story, plan }).power).to.be.above(tell(story).power!);
  });

  it('counts each day of a long group-sequential plan as a look', () => {
    const plan = { ...unitsOnly, method: 'group-sequential', plannedUnits: 300_000 } as const;
    const { metrics } = tell({ ...open, days: 60, plan });
    const { difference, sequentialInterval, standardError } = metrics[0]!.comparisons[0]!;
    const times = Array.from({ length: 60 }, (_, i) => (i + 1) / 60);
    const { critical } = groupSequentialTest(times);
    expect((sequentialInterval![1] - difference!) / standardError!).to.be.closeTo(critical, 1e-9);
  });

  it('keeps the verdict of a group-sequential plan as it was at its end', () => {
    for (const end of [{ ...unitsOnly, plannedUnits: 70_000 }, { plannedDays: 14 }]) {
      const plan = { method: 'group-sequential', ...end } as const;
      const [then, later] = [14, 28].map((days) => tell({ ...open, days, plan }));
      expect(later!.metrics).to.deep.equal(then!.metrics);
      expect(later!.series).to.deep.equal(then!.series);
      expect(later!.units).to.equal(2 * then!.units);
    }
  });

  it('adjusts secondary metrics for their false share, not for any', () => {
    const story = { ...winner, secondary: ['buy', 'buy'], units: [2500, 2500, 2500] };
    const { metrics } = tell({ ...story, rates: [0.12, 0.1284, 0.1225] });
    const family = metrics.filter(({ role }) => role === 'secondary').flatMap((m) => m.comparisons);
    expect(family.map((one) => one.adjustedPValue)).to.deep.equal(
      benjaminiHochberg(family.map((one) => one.sequentialPValue)),
    );
  });

  it('shows the Bayesian view beside the verdict, by the plan’s prior', () => {
    const view = (plan: Story['plan']) =>
      tell({ ...winner, ...(plan && { plan }) }).metrics[0]!.comparisons[0]!;
    const flat = view({ prior: 'flat' });
    expect(flat.bayesian!.difference).to.equal(flat.difference);
    expect(view({}).bayesian!.difference).to.be.below(flat.difference!);
    expect(view({}).bayesian!.chanceToWin).to.be.above(0.99);
  });

  it('adjusts by the covariate where it says something, and shows the raw numbers too', () => {
    const summary = (n: number, mean: number): Summaries => ({
      variants: ['a', 'b'],
      days: ['2026-10-01'],
      units: [[n], [n]],
      multiple: 0,
      metrics: {
        revenue: {
          sum: [[n * 10], [n * mean]],
          m2: [[n * 4], [n * 4]],
          covariate: {
            sum: [[n * 10], [n * 10]],
            m2: [[n * 4], [n * 4]],
            cross: [[n * 3], [n * 3]],
          },
        },
      },
    });
    const input: AnalysisInput = {
      variants: ['a', 'b'].map((key) => ({ key, name: key, weight: 0.5 })),
      metrics: { primary: 'revenue', secondary: [], guardrails: [] },
      plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05 },
      status: 'running',
    };
    const metrics: MetricInput[] = [{ key: 'revenue', name: 'Revenue', kind: 'mean' }];
    const { cuped, standardError, difference } = analyze(
      input,
      summary(4_000, 10.1),
      metrics,
      START,
    ).metrics[0]!.comparisons[0]!;
    expect(cuped!.explained).to.be.closeTo(0.5625, 1e-9);
    expect(cuped!.raw.difference).to.be.closeTo(0.1, 1e-9);
    expect(difference).to.be.closeTo(0.1, 1e-9);
    expect(standardError).to.be.closeTo(cuped!.raw.standardError! * Math.sqrt(1 - 0.5625), 1e-6);
    const off = { ...input, plan: { ...input.plan, cuped: false } };
    const plain = analyze(off, summary(4_000, 10.1), metrics, START).metrics[0]!.comparisons[0]!;
    expect(plain.cuped).to.equal(null);
    expect(plain.standardError).to.equal(cuped!.raw.standardError);
  });

  it('analyses ratios, with their ratio as the mean of an arm', () => {
    const input: AnalysisInput = {
      variants: ['a', 'b'].map((key) => ({ key, name: key, weight: 0.5 })),
      metrics: { primary: 'ctr', secondary: [], guardrails: ['ctr'] },
      plan: { method: 'fixed', alpha: 0.05, power: 0.8, mde: 0.05 },
      status: 'running',
    };
    const summaries: Summaries = {
      variants: ['a', 'b'],
      days: ['2026-10-01'],
      units: [[1_000], [1_000]],
      multiple: 0,
      metrics: {
        ctr: {
          sum: [[2_000], [2_600]],
          m2: [[900], [900]],
          denominator: { sum: [[10_000], [10_000]], m2: [[4_000], [4_000]], cross: [[800], [800]] },
        },
      },
    };
    const metrics: MetricInput[] = [{ key: 'ctr', name: 'CTR', kind: 'ratio', margin: 0.02 }];
    const [primary, guardrail] = analyze(input, summaries, metrics, START).metrics;
    expect(primary!.arms.map(({ mean }) => mean)).to.deep.equal([0.2, 0.26]);
    expect(primary!.comparisons[0]!.lift).to.be.closeTo(0.3, 1e-12);
    expect(primary!.comparisons[0]!.verdict).to.equal('better');
    expect(guardrail!.comparisons[0]!.verdict).to.equal('within-margin');
  });

  const cell = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 1e5 }));
  const matrix = fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 4 });
  const summaries: fc.Arbitrary<Summaries> = fc.record({
    variants: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }),
    days: fc.constantFrom([], ['2026-10-01'], ['2026-10-01', '2026-10-02', '2026-10-03']),
    units: matrix,
    multiple: cell,
    metrics: fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.record({ sum: matrix, m2: matrix })),
  });
  const input: fc.Arbitrary<AnalysisInput> = fc.record({
    variants: fc.constant(['a', 'b', 'c'].map((key) => ({ key, name: key, weight: 1 / 3 }))),
    metrics: fc.constant({ primary: 'x', secondary: ['y'], guardrails: ['z'] }),
    plan: fc.record({
      method: fc.constantFrom('fixed', 'sequential', 'group-sequential'),
      alpha: fc.constantFrom(0.01, 0.05, 0.2),
      power: fc.constantFrom(0.5, 0.8, 1),
      mde: fc.constantFrom(0, 0.05, NaN),
      plannedUnits: fc.constantFrom(0, 1_000, 1e6),
    }),
    status: fc.constantFrom('draft', 'running', 'paused', 'stopped', 'archived'),
    startedAt: fc.constantFrom(null, 'nonsense', '2026-10-01T00:00:00Z', '2027-01-01T00:00:00Z'),
  });
  const metrics: MetricInput[] = [
    { key: 'x', name: 'X', kind: 'proportion' },
    { key: 'y', name: 'Y', kind: 'mean' },
    { key: 'z', name: 'Z', kind: 'mean', lowerIsBetter: true, margin: 0.05 },
  ];

  it('never gives NaN or infinity, however odd the sums', () => {
    fc.assert(
      fc.property(input, summaries, (given, sums) => {
        const text = JSON.stringify(analyze(given, sums, metrics, START + 3 * DAY), (_, value) => {
          if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(String(value));
          return value as unknown;
        });
        expect(text).to.contain('decision');
      }),
      { numRuns: 1_000 },
    );
  });

  it('has no power at the end of a plan of no units', () => {
    const plan = { plannedUnits: 0 };
    expect(tell({ ...open, plan })).to.include({ plannedPower: null });
  });

  it('comes to an end with more units than a double can count one by one', () => {
    const sums: Summaries = {
      variants: ['a', 'b'],
      days: ['2026-10-01'],
      units: [[25], [1e15]],
      multiple: 0,
      metrics: { x: { sum: [[12.5], [-1e15]], m2: [[2], [1.5e-9]] } },
    };
    const given: AnalysisInput = {
      variants: ['a', 'b'].map((key) => ({ key, name: key, weight: 0.5 })),
      metrics: { primary: 'x', secondary: [], guardrails: [] },
      plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05, plannedDays: 14 },
      status: 'running',
    };
    expect(analyze(given, sums, metrics, START + 2 * DAY).unitsForPower).to.be.above(1e15);
  });

  it('gives verdicts in the direction of the difference, which is the lift’s', () => {
    fc.assert(
      fc.property(input, summaries, (given, sums) => {
        for (const metric of analyze(given, sums, metrics, START + 3 * DAY).metrics) {
          for (const { verdict, difference, lift, sequentialLiftInterval } of metric.comparisons) {
            if (lift !== null) expect(Math.sign(lift)).to.equal(Math.sign(difference!));
            if (verdict === 'better') expect(difference).to.be.above(0);
            if (verdict === 'worse') expect(difference).to.be.below(0);
            if (sequentialLiftInterval) {
              expect(sequentialLiftInterval[0]).to.be.at.most(lift!);
              expect(sequentialLiftInterval[1]).to.be.at.least(lift!);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('analyzeSegments', () => {
  const input: AnalysisInput = {
    variants: ['a', 'b'].map((key) => ({ key, name: key, weight: 0.5 })),
    metrics: { primary: 'buy', secondary: [], guardrails: [] },
    plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05 },
    status: 'running',
  };
  const metrics: MetricInput[] = [
    { key: 'buy', name: 'Buy', kind: 'proportion', lowerIsBetter: true },
  ];
  const n = 20_000;
  const segment = (value: string, sums: [number, number]) => ({
    value,
    days: ['2026-10-01'],
    units: [[n], [n]],
    multiple: 0,
    metrics: { buy: { sum: sums.map((k) => [k]), m2: sums.map((k) => [k - (k * k) / n]) } },
  });

  it('adjusts over all segments, and judges in the metric’s direction', () => {
    const found = analyzeSegments(
      input,
      [
        segment('NL', [2_000, 1_600]),
        segment('BE', [2_000, 2_010]),
        segment('DE', [2_000, 2_330]),
        segment('FR', [0, 0]),
      ],
      metrics,
      START + DAY,
    );
    expect(found.map(({ value, units }) => [value, units])).to.deep.equal(
      ['NL', 'BE', 'DE', 'FR'].map((value) => [value, 2 * n]),
    );
    const comparisons = found.map(({ comparisons: [one] }) => one!);
    expect(comparisons.map(({ verdict }) => verdict)).to.deep.equal([
      'better',
      'no-difference',
      'worse',
      'not-computable',
    ]);
    expect(comparisons.map((one) => one.adjustedPValue)).to.deep.equal(
      benjaminiHochberg(comparisons.map((one) => one.sequentialPValue)),
    );
    expect(comparisons[2]!.adjustedPValue).to.be.above(comparisons[2]!.sequentialPValue!);
  });
});

describe('the warnings of an analysis', () => {
  const variants = ['a', 'b', 'off'].map((key, i) => ({ key, name: key, weight: i < 2 ? 0.5 : 0 }));
  const input: AnalysisInput = {
    variants,
    metrics: { primary: 'buy', secondary: [], guardrails: [] },
    plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05 },
    status: 'running',
  };
  const metrics: MetricInput[] = [{ key: 'buy', name: 'Buy', kind: 'proportion' }];
  const days = Array.from({ length: 10 }, (_, i) => `2026-10-${String(i + 1).padStart(2, '0')}`);
  /** 5,000 units a day and arm; `rate` by day from 1. */
  const tellDays = (
    rate: (day: number) => number,
    { leaked = 0, before = [1, 1] }: { leaked?: number; before?: number[] } = {},
  ) => {
    const n = 5_000;
    const sums = [days.map(() => 500), days.map((_, day) => Math.round(n * rate(day + 1)))];
    const rows = [...sums, days.map(() => 0)];
    const summaries: Summaries = {
      variants: ['a', 'b', 'off'],
      days,
      units: [days.map(() => n), days.map(() => n), days.map((_, day) => (day ? 0 : leaked))],
      multiple: 0,
      metrics: {
        buy: {
          sum: rows,
          m2: rows.map((row) => row.map((k) => k - (k * k) / n)),
          covariate: {
            sum: [...before, 0].map((x) => days.map(() => n * x)),
            m2: [n, n, 0].map((x) => days.map(() => x)),
            cross: [0, 0, 0].map((x) => days.map(() => x)),
          },
        },
      },
    };
    const analysis = analyze(input, summaries, metrics, START + 10 * DAY);
    return { analysis, found: analysis.warnings };
  };

  it('has nothing to say of a sound experiment', () => {
    expect(tellDays(() => 0.1).found).to.deep.equal([]);
    expect(analyze(input, undefined, metrics, START).warnings).to.deep.equal([]);
  });

  it('tells a leak, which the balance check shows too', () => {
    const { found, analysis } = tellDays(() => 0.1, { leaked: 7 });
    expect(found).to.deep.include({ id: 'leak', metric: null, variant: null, value: 7 });
    expect(analysis.health[0]).to.include({ id: 'balance', status: 'warn' });
  });

  it('tells a lift that wears off', () => {
    const { found } = tellDays((day) => 0.13 - 0.012 * Math.log(day));
    expect(found.map(({ id, variant }) => [id, variant])).to.deep.include(['novelty', 'b']);
  });

  it('tells groups that differed before', () => {
    const { found } = tellDays(() => 0.1, { before: [1, 1.1] });
    expect(found.map(({ id, variant }) => [id, variant])).to.deep.include(['bias', 'b']);
  });

  it('tells a verdict that few conversions carry', () => {
    const fixed = { ...input, plan: { ...input.plan, method: 'fixed' as const, plannedUnits: 1 } };
    const n = 1_000;
    const thin = (sums: number[]): string[] => {
      const summaries: Summaries = {
        variants: ['a', 'b'],
        days: ['2026-10-01'],
        units: [[n], [n]],
        multiple: 0,
        metrics: { buy: { sum: sums.map((k) => [k]), m2: sums.map((k) => [k - (k * k) / n]) } },
      };
      const analysis = analyze(fixed, summaries, metrics, START + DAY);
      expect(analysis.metrics[0]!.comparisons[0]!.verdict).to.equal('better');
      return analysis.warnings.map(({ id, value }) => `${id} ${value}`);
    };
    expect(thin([100, 130])).to.deep.equal(['fragile 3']);
    expect(thin([100, 160])).to.deep.equal([]);
  });
});
