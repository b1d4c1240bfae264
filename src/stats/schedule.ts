import type { AnalysisInput } from './analysis.js';
import type { Totals } from './summaries.js';

/** Where an experiment stands in its plan. */
export interface Schedule {
  daysRunning: number;
  daysLeft: number | null;
  /** Units at the planned end, over all variants. */
  plannedUnits: number | null;
  /** The planned end is reached: a fixed plan may be judged. */
  complete: boolean;
  /** The verdict rests on planned looks: a group-sequential plan, or a fixed one at its end. */
  planned: boolean;
  /**
   * How many of the days the verdict rests on. At planned looks only days that are over count, up
   * to the plan's end: less than a day, or what comes after, would be looks that were not planned.
   */
  daysCounted: number;
  /** How much of the plan each of those days has reached when it was over, ascending up to 1. */
  reached: number[];
}

const DAY = 86_400_000;

/**
 * Places `now` in the plan. Without a start the first day with units counts as it. The plan ends with
 * the first whole UTC day on which it has its units and its days are over, where it has both.
 */
export function schedule(input: AnalysisInput, totals: Totals, now: number): Schedule {
  const { plan } = input;
  const start = time(input.startedAt) ?? time(totals.days[0]);
  const end = time(input.stoppedAt) ?? now;
  const elapsed = start === null ? 0 : Math.max(0, (end - start) / DAY);
  const perDay = elapsed > 0 ? totals.units / elapsed : 0;
  const active = input.status === 'running' || input.status === 'paused';
  const planEnd = endOfDays(plan, start);
  const byDaysOnly = plan.plannedUnits === undefined && planEnd !== null;
  const reached = reachedByDay(plan, totals, start);
  const after = totals.days.findIndex((day, i) => {
    const over = (time(day) ?? 0) + DAY;
    return over > end || (reached[i - 1] ?? 0) >= 1 || (byDaysOnly && over > planEnd);
  });
  const looks = after < 0 ? totals.days.length : after;
  const complete = byDaysOnly ? planEnd <= end : (reached[looks - 1] ?? 0) >= 1;
  // The last planned day may have brought no units: the look before is then the last.
  if (complete) reached[looks - 1] = 1;
  const planned = plan.method === 'group-sequential' || (plan.method === 'fixed' && complete);
  const daysCounted = planned ? looks : totals.days.length;

  const left = [
    ...(planEnd === null ? [] : [Math.max(0, planEnd - end) / DAY]),
    ...(plan.plannedUnits !== undefined && perDay > 0
      ? [Math.max(0, plan.plannedUnits - totals.units) / perDay]
      : []),
  ];
  const daysLeft = complete ? 0 : left.length > 0 ? Math.max(...left) : null;
  const counted = totals.unitsByDay.slice(0, daysCounted).reduce((sum, n) => sum + n, 0);
  const projected = planEnd === null ? null : Math.round(counted + perDay * (daysLeft ?? 0));
  return {
    daysRunning: Math.floor(elapsed),
    daysLeft: active && daysLeft !== null ? Math.ceil(daysLeft) : null,
    plannedUnits: plan.plannedUnits ?? projected,
    complete,
    planned,
    daysCounted,
    reached: reached.slice(0, daysCounted),
  };
}

/**
 * The share of the planned units, or of the planned days, that is reached at the end of each day; of
 * both the smaller. Neither is moved by later days: a projection from traffic would be.
 */
function reachedByDay(
  plan: AnalysisInput['plan'],
  { days, unitsSeen }: Totals,
  start: number | null,
): number[] {
  const { plannedUnits } = plan;
  const from = floorDay(start ?? 0);
  const to = endOfDays(plan, start);
  if (plannedUnits === undefined && to === null) return days.map(() => 0);
  let most = 0;
  return days.map((day, i) => {
    const units = unitsSeen.reduce((sum, row) => sum + (row[i] ?? 0), 0);
    const ofUnits = units >= (plannedUnits ?? 0) ? 1 : units / plannedUnits!;
    const ofDays = to === null ? 1 : ((time(day) ?? 0) + DAY - from) / (to - from);
    return (most = Math.max(most, Math.min(1, ofUnits, ofDays) || 0));
  });
}

/** The last midnight (UTC) within the planned days, at least one after the start. */
function endOfDays({ plannedDays }: AnalysisInput['plan'], start: number | null): number | null {
  if (plannedDays === undefined || start === null) return null;
  const end = Math.max(floorDay(start) + DAY, floorDay(start + plannedDays * DAY));
  return Number.isFinite(end) ? end : null;
}

function floorDay(ms: number): number {
  return Math.floor(ms / DAY) * DAY;
}

function time(date: string | null | undefined): number | null {
  const ms = date === null || date === undefined ? NaN : Date.parse(date);
  return Number.isNaN(ms) ? null : ms;
}
