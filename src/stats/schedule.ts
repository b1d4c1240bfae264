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
  /**
   * How many of the days count. A group-sequential plan has spent its error at its end: what comes
   * after that day would be looks that were not planned, so the verdict stays as it was then.
   */
  daysCounted: number;
}

const DAY = 86_400_000;

/** Places `now` in the plan. Without a start the first day with units counts as it. */
export function schedule(input: AnalysisInput, totals: Totals, now: number): Schedule {
  const { plan } = input;
  const start = time(input.startedAt) ?? time(totals.days[0]);
  const end = time(input.stoppedAt) ?? now;
  const elapsed = start === null ? 0 : Math.max(0, (end - start) / DAY);
  const perDay = elapsed > 0 ? totals.units / elapsed : 0;
  const active = input.status === 'running' || input.status === 'paused';

  let left: number | null = null;
  if (start !== null && plan.plannedDays !== undefined) {
    left = Math.max(0, plan.plannedDays - elapsed);
  } else if (plan.plannedUnits !== undefined && perDay > 0) {
    left = Math.max(0, plan.plannedUnits - totals.units) / perDay;
  }
  const daysCounted = countDays(plan, totals, start);
  const counted = totals.cumulativeUnits.reduce((n, row) => n + (row[daysCounted - 1] ?? 0), 0);
  const projected = left === null ? null : Math.round(counted + perDay * left);
  return {
    daysRunning: Math.floor(elapsed),
    daysLeft: active && left !== null ? Math.ceil(left) : null,
    plannedUnits: plan.plannedUnits ?? projected,
    complete: left === 0,
    daysCounted,
  };
}

/** Up to the day that brings the planned units, or that the planned days end before. */
function countDays(
  { method, plannedUnits, plannedDays }: AnalysisInput['plan'],
  { days, unitsByDay }: Totals,
  start: number | null,
): number {
  if (method !== 'group-sequential') return days.length;
  let units = 0;
  const after = days.findIndex((day, i) => {
    const over =
      plannedUnits === undefined
        ? start !== null &&
          plannedDays !== undefined &&
          (time(day) ?? 0) >= start + plannedDays * DAY
        : units >= plannedUnits;
    units += unitsByDay[i] ?? 0;
    return over;
  });
  return after < 0 ? days.length : after;
}

function time(date: string | null | undefined): number | null {
  const ms = date === null || date === undefined ? NaN : Date.parse(date);
  return Number.isNaN(ms) ? null : ms;
}
