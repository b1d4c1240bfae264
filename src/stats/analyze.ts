import type { Analysis, AnalysisInput, MetricInput, Summaries } from './analysis.js';
import { decide, thresholds } from './decision.js';
import { groupSequentialBounds, groupSequentialTest } from './group-sequential.js';
import { healthChecks } from './health.js';
import { analyzeMetrics, liftSeries, type Judgement } from './metrics.js';
import { powerOf } from './plan-power.js';
import { schedule as placeInPlan } from './schedule.js';
import { SRM_ALPHA, srm, type SampleRatio } from './srm.js';
import { readSummaries, type Totals } from './summaries.js';
import { warningsOf } from './warnings.js';

/**
 * Everything that a dashboard or an advisor says about an experiment, from its sums.
 *
 * @param summaries undefined while nothing has been measured
 * @param metrics the definitions of the metrics that the experiment names
 * @param now ms since 1970
 * @throws StatisticsError when the plan's alpha is not between 0 and 1, or a weight is negative
 */
export function analyze(
  input: AnalysisInput,
  summaries: Summaries | undefined,
  metrics: readonly MetricInput[],
  now: number,
): Analysis {
  const variants = input.variants.map(({ key }) => key);
  const all = readSummaries(summaries, variants);
  const schedule = placeInPlan(input, all, now);
  const counted = schedule.daysCounted;
  const totals =
    summaries && counted < all.days.length
      ? readSummaries({ ...summaries, days: summaries.days.slice(0, counted) }, variants)
      : all;
  const judgement: Judgement = {
    alpha: input.plan.alpha,
    anytime: input.plan.method !== 'fixed' || !schedule.complete,
    tightestAt: tightestAt(input, schedule.plannedUnits),
    ...plannedLooks(input, totals, schedule.plannedUnits),
  };
  const analyzed = analyzeMetrics(input, totals, metrics, judgement);
  const balance = dailySrm(input, all);
  const powers = powerOf(input, analyzed[0], judgement, totals.units, schedule.plannedUnits);
  return {
    ...decide({
      input,
      totals: all,
      schedule,
      judgement,
      mismatch: balance?.mismatch ?? false,
      power: powers.power,
      metrics: analyzed,
    }),
    early: schedule.daysRunning < thresholds.earlyDays,
    daysRunning: schedule.daysRunning,
    daysLeft: schedule.daysLeft,
    units: all.units,
    unitsByVariant: all.unitsByVariant,
    unitsByDay: all.unitsByDay,
    days: all.days,
    health: healthChecks({ input, totals: all, schedule, srm: balance, metrics: analyzed, powers }),
    warnings: warningsOf(input, totals, metrics, analyzed, balance),
    srm: balance,
    metrics: analyzed,
    series: liftSeries(input, totals, metrics, judgement),
    ...powers,
    plannedUnits: schedule.plannedUnits,
    anytime: judgement.anytime,
  };
}

/** A comparison sees two variants' share of the planned units. */
function tightestAt(input: AnalysisInput, plannedUnits: number | null): (number | undefined)[] {
  const whole = input.variants.reduce((sum, { weight }) => sum + weight, 0);
  const control = input.variants[0]?.weight ?? 0;
  return input.variants.map(({ weight }) =>
    plannedUnits !== null && plannedUnits > 0 && whole > 0
      ? (plannedUnits * (control + weight)) / whole
      : undefined,
  );
}

/** A day that brings less than this share of the planned units is no look of its own. */
const STEP = 1 / 200;

/** The looks of a group-sequential plan: one a day. None while it has no end to be planned by. */
function plannedLooks(
  { plan: { method, alpha, spending } }: AnalysisInput,
  { unitsSeen, units, days }: Totals,
  plannedUnits: number | null,
): Pick<Judgement, 'looks'> {
  if (method !== 'group-sequential' || !plannedUnits || units === 0) return {};
  const byDay = days.map(
    (_, day) => unitsSeen.reduce((sum, row) => sum + (row[day] ?? 0), 0) / plannedUnits,
  );
  const last = byDay.at(-1)!;
  const times = byDay.reduce<number[]>(
    (looks, time) =>
      time >= (looks.at(-1) ?? 0) + STEP && time <= last - STEP ? [...looks, time] : looks,
    [],
  );
  times.push(last);
  const options = { alpha, ...(spending && { spending }) };
  const criticals = groupSequentialBounds(times, options);
  /** A day that was no look of its own has the bound of the look that it led to. */
  const bounds = byDay.map((time) => criticals[times.findIndex((look) => look >= time)]!);
  return {
    looks: {
      goals: groupSequentialTest(times, options),
      // Guardrails are one-sided at alpha.
      guardrails: groupSequentialTest(times, { ...options, alpha: Math.min(0.99, 2 * alpha) }),
      bounds,
    },
  };
}

/** The balance now, with the sequential test's smallest p-value over the days. */
function dailySrm(input: AnalysisInput, totals: Totals): SampleRatio | null {
  const weights = input.variants.map(({ weight }) => weight);
  const latest = srm(totals.unitsByVariant, weights);
  if (latest === null) return null;
  let sequentialPValue = latest.sequentialPValue;
  totals.days.forEach((_, day) => {
    const counts = totals.cumulativeUnits.map((row) => row[day] ?? 0);
    sequentialPValue = Math.min(sequentialPValue, srm(counts, weights)?.sequentialPValue ?? 1);
  });
  return { ...latest, sequentialPValue, mismatch: sequentialPValue < SRM_ALPHA };
}
