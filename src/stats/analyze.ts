import type { Analysis, AnalysisInput, MetricInput, Summaries } from './analysis.js';
import { balanceOf } from './balance.js';
import { decide } from './decision.js';
import { groupSequentialBounds, groupSequentialTest } from './group-sequential.js';
import { healthChecks } from './health.js';
import { checkInput } from './input.js';
import { analyzeMetrics, liftSeries, type Judgement } from './metrics.js';
import { powerOf } from './plan-power.js';
import { schedule as placeInPlan, type Schedule } from './schedule.js';
import { thresholds } from './sufficiency.js';
import { readSummaries, type Totals } from './summaries.js';
import { warningsOf } from './warnings.js';

/**
 * Everything that a dashboard or an advisor says about an experiment, from its sums.
 *
 * @param summaries undefined while nothing has been measured
 * @param metrics the definitions of the metrics that the experiment names; default none: a metric
 *   without one is a mean where higher is better
 * @param now ms since 1970; default: the clock's
 * @throws StatisticsError when alpha is not between 0 and 1, a weight is below 0, sums or counts are
 *   not finite or such as no values have, or a part of the experiment is missing or a word unknown
 */
export function analyze(
  input: AnalysisInput,
  summaries?: Summaries,
  metrics: readonly MetricInput[] = [],
  now: number = Date.now(),
): Analysis {
  checkInput(input, summaries, metrics, now);
  const variants = input.variants.map(({ key }) => key);
  const all = readSummaries(summaries, variants);
  const schedule = placeInPlan(input, all, now);
  const totals = judgedTotals(summaries, variants, schedule, all);
  const judgement: Judgement = {
    alpha: input.plan.alpha,
    anytime: input.plan.method !== 'fixed' || !schedule.complete,
    tightestAt: tightestAt(input, schedule.plannedUnits),
    ...plannedLooks(input, totals, schedule),
  };
  const analyzed = analyzeMetrics(input, totals, metrics, judgement);
  const balance = balanceOf(input, summaries, all);
  const powers = powerOf(input, analyzed[0], judgement, totals.units, schedule.plannedUnits);
  return {
    ...decide({
      input,
      totals: all,
      judged: totals,
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

/** What the verdict rests on: at planned looks the last of them, as it was seen then. */
function judgedTotals(
  summaries: Summaries | undefined,
  variants: readonly string[],
  { planned, daysCounted }: Schedule,
  all: Totals,
): Totals {
  if (!planned || !summaries) return all;
  const days = summaries.days.slice(0, daysCounted);
  return readSummaries({ ...summaries, days }, variants).atLastLook();
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

/** Of more treatments than these Holm reads interpolated p-values, each exact one takes its time. */
const MOST_EXACT = 5;

/** A day that brings less than this share of the units is no look of its own. */
const STEP = 1 / 200;

/**
 * The looks of a group-sequential plan: one at the end of each day, which tells as much as it has
 * units and spends alpha as the plan is reached. None while it has no end to be planned by.
 */
function plannedLooks(
  { variants, plan: { method, alpha, spending } }: AnalysisInput,
  { unitsSeen, units, days }: Totals,
  { reached, plannedUnits }: Schedule,
): Pick<Judgement, 'looks'> {
  if (method !== 'group-sequential' || !plannedUnits || units === 0) return {};
  const byDay = days.map((_, day) => unitsSeen.reduce((sum, row) => sum + row[day]!, 0) / units);
  let latest = 0;
  const looks = [...days.keys()].filter((day) => {
    const isLook = byDay[day]! >= latest + STEP && byDay[day]! <= 1 - STEP;
    if (isLook) latest = byDay[day]!;
    return isLook;
  });
  looks.push(days.length - 1);
  const times = looks.map((day) => byDay[day]!);
  const options = {
    alpha,
    reached: looks.map((day) => reached[day]!),
    ...(spending && { spending }),
  };
  const criticals = groupSequentialBounds(times, options);
  const treatments = Math.min(MOST_EXACT, variants.length - 1);
  /** A day that was no look of its own has the bound of the look that it led to. */
  const bounds = byDay.map((_, day) => criticals[looks.findIndex((look) => look >= day)]!);
  return {
    looks: {
      goals: groupSequentialTest(times, { ...options, family: Math.max(1, treatments) }),
      // Guardrails are one-sided at alpha.
      guardrails: groupSequentialTest(times, { ...options, alpha: Math.min(0.99, 2 * alpha) }),
      bounds,
    },
  };
}
