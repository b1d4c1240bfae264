/** Planned experiments are judged at planned looks, by the data as they were then. */
import { expect } from 'chai';
import {
  analyze,
  groupSequentialBounds,
  type Analysis,
  type AnalysisInput,
  type Summaries,
} from '../../src/stats/index.js';

const START = Date.UTC(2026, 9, 1);
const DAY = 86_400_000;
const HOUR = 3_600_000;
const dayOf = (day: number): string => new Date(START + day * DAY).toISOString().slice(0, 10);

interface Told {
  plan: Partial<AnalysisInput['plan']>;
  /** Units of each arm by day. */
  units: number[];
  /** Share of the control's and the treatment's units that convert. */
  rates: [number, number];
  /** Days since the start. */
  now: number;
  looks?: { day: number; units: number; rates: [number, number] }[];
  input?: Partial<AnalysisInput>;
}

function tell({ plan, units, rates, now, looks, input }: Told): Analysis {
  const sums = (of: number[], by: [number, number]) => {
    const sum = by.map((rate) => of.map((n) => Math.round(n * rate)));
    const m2 = sum.map((row) => row.map((k, i) => (of[i]! > 0 ? k - (k * k) / of[i]! : 0)));
    return { sum, m2 };
  };
  const summaries: Summaries = {
    variants: ['a', 'b'],
    days: units.map((_, day) => dayOf(day)),
    units: [units, units],
    multiple: 0,
    metrics: { buy: sums(units, rates) },
    ...(looks && {
      looks: {
        metric: 'buy',
        days: looks.map(({ day }) => dayOf(day)),
        units: [looks.map((look) => look.units), looks.map((look) => look.units)],
        sums: {
          sum: [0, 1].map((v) => looks.map((look) => Math.round(look.units * look.rates[v]!))),
          m2: [0, 1].map((v) =>
            looks.map((look) => look.units * look.rates[v]! * (1 - look.rates[v]!)),
          ),
        },
      },
    }),
  };
  const all: AnalysisInput = {
    variants: ['a', 'b'].map((key) => ({ key, name: key, weight: 0.5 })),
    metrics: { primary: 'buy', secondary: [], guardrails: [] },
    plan: { method: 'fixed', alpha: 0.05, power: 0.8, mde: 0.05, ...plan },
    status: 'running',
    startedAt: new Date(START).toISOString(),
    ...input,
  };
  const metrics = [{ key: 'buy', name: 'Buy', kind: 'proportion' as const }];
  return analyze(all, summaries, metrics, START + now * DAY);
}

const each = (days: number, units: number): number[] => Array.from({ length: days }, () => units);
const planned = ['fixed', 'group-sequential'] as const;
const verdictOf = ({ decision, reason, metrics, series }: Analysis) => ({
  decision,
  reason,
  metrics,
  series,
});
/** Half of the interval by its standard error. */
const criticalOf = ({ metrics }: Analysis): number => {
  const { sequentialInterval, standardError } = metrics[0]!.comparisons[0]!;
  return (sequentialInterval![1] - sequentialInterval![0]) / 2 / standardError!;
};

describe('a plan with an end', () => {
  for (const method of planned) {
    it(`leaves its verdict as it was then, whatever units come later (${method})`, () => {
      const plan = { method, plannedDays: 10 };
      const rates: [number, number] = [0.1, 0.103];
      const then = tell({ plan, units: each(10, 1_000), rates, now: 10 });
      expect(then.decision).not.to.equal('ship');
      const units = [...each(10, 1_000), ...each(20, 40_000)];
      const later = tell({ plan, units, rates, now: 30 });
      expect(verdictOf(later)).to.deep.equal(verdictOf(then));
      expect(later.units).to.equal(2 * (10_000 + 800_000));
    });

    it(`is not moved by what its units do after the last look (${method})`, () => {
      const plan = { method, plannedDays: 10 };
      const units = each(10, 1_000);
      const looks = [{ day: 9, units: 10_000, rates: [0.1, 0.103] as [number, number] }];
      const then = tell({ plan, units, rates: [0.1, 0.103], now: 10, looks });
      const later = tell({ plan, units, rates: [0.1, 0.14], now: 20, looks });
      expect(later.metrics).to.deep.equal(then.metrics);
      expect(later.decision).to.equal(then.decision);
      expect(tell({ plan, units, rates: [0.1, 0.14], now: 20 }).decision).to.equal('ship');
    });

    it(`of units and days ends when both are there (${method})`, () => {
      const plan = { method, plannedUnits: 40_000, plannedDays: 10 };
      const told = (days: number, units: number) =>
        tell({ plan, units: each(days, units), rates: [0.1, 0.13], now: days });
      // All its days, a twentieth of its units.
      const early = told(10, 100);
      if (method === 'fixed') expect(early.reason).to.equal('planned-look-pending');
      else expect(criticalOf(early)).to.be.above(6);
      expect(early.daysLeft).to.equal(190);
      // All its units, half of its days.
      const quick = told(5, 4_000);
      expect(quick.daysLeft).to.equal(5);
      if (method === 'fixed') expect(quick.reason).to.equal('planned-look-pending');
      else expect(criticalOf(quick)).to.be.above(2.5);
      expect(told(10, 2_000)).to.include({ decision: 'ship', daysLeft: 0 });
    });

    it(`has its last look when a day is over, not within it (${method})`, () => {
      const plan = { method, plannedUnits: 20_000 };
      const units = [...each(9, 1_000), 5_000];
      const within = tell({ plan, units, rates: [0.1, 0.1086], now: 9.5 });
      const over = tell({ plan, units, rates: [0.1, 0.1086], now: 10 });
      expect(within.decision).to.equal('keep-running');
      expect(over.decision).to.equal('ship');
    });
  }

  it('that began within a day ends with the last whole day of those planned', () => {
    const input = { startedAt: new Date(START + 15 * HOUR).toISOString() };
    const plan = { method: 'fixed' as const, plannedDays: 3 };
    const told = (days: number, now: number) =>
      tell({ plan, units: each(days, 1_000), rates: [0.1, 0.15], now, input });
    expect(told(3, 2.9).reason).to.equal('planned-look-pending');
    const then = told(3, 3);
    expect(then).to.include({ decision: 'ship', daysLeft: 0 });
    expect(verdictOf(told(4, 3.7))).to.deep.equal(verdictOf(then));
  });

  it('that is stopped early has the last whole day as its last look', () => {
    const plan = { method: 'group-sequential' as const, plannedDays: 20 };
    const stopped = { status: 'stopped' as const };
    const at = (hours: number) => ({
      ...stopped,
      stoppedAt: new Date(START + hours * HOUR).toISOString(),
    });
    const units = each(10, 1_000);
    const told = (hours: number) =>
      verdictOf(tell({ plan, units, rates: [0.1, 0.13], now: 40, input: at(hours) }));
    expect(told(9 * 24 + 20)).to.deep.equal(told(9 * 24));
    expect(told(10 * 24).metrics).not.to.deep.equal(told(9 * 24).metrics);
  });
});

describe('the looks of a group-sequential plan', () => {
  it('are whole days: what comes within a day is not judged before it is over', () => {
    const plan = { method: 'group-sequential' as const, plannedUnits: 40_000 };
    const rates: [number, number] = [0.1, 0.115];
    const morning = tell({ plan, units: [...each(5, 1_000), 200], rates, now: 5.3 });
    const evening = tell({ plan, units: [...each(5, 1_000), 900], rates, now: 5.9 });
    const before = tell({ plan, units: each(5, 1_000), rates, now: 5 });
    expect(verdictOf(morning)).to.deep.equal(verdictOf(before));
    expect(verdictOf(evening)).to.deep.equal(verdictOf(before));
    expect(evening.units).to.equal(11_800);
    const first = tell({ plan, units: [60_000], rates, now: 0.5 });
    expect(first).to.include({ decision: 'keep-running', reason: 'too-short' });
  });

  it('spend alpha by days where days are planned: more traffic later changes no look', () => {
    const plan = { method: 'group-sequential' as const, plannedDays: 14 };
    const units = Array.from({ length: 14 }, (_, day) => Math.round(400 * 1.4 ** day));
    const criticals = units.map((_, day) => {
      const shown = units.slice(0, day + 1);
      return criticalOf(tell({ plan, units: shown, rates: [0.3, 0.3], now: day + 1 }));
    });
    let seen = 0;
    const cumulative = units.map((n) => (seen += n));
    const bounds = groupSequentialBounds(
      cumulative.map((n) => n / seen),
      { reached: cumulative.map((_, day) => (day + 1) / 14) },
    );
    // Bounds are those that were known on each day, not found afterwards.
    criticals.forEach((critical, day) => {
      if (bounds[day]! < 5) expect(critical).to.be.closeTo(bounds[day]!, 0.01);
    });
  });
});
