import type { CompanionSummary, Looks, MetricSummary, Summaries } from './analysis.js';
import { emptyArm, joined, UNKNOWN_SPREAD, type Arm, type Companion } from './arm.js';
import { requireThat } from './error.js';

/** Summaries read once: totals, days and arms by variant in the experiment's own order. */
export interface Totals {
  days: string[];
  /** Units of each variant, cumulative to each day: [variant][day]. */
  cumulativeUnits: number[][];
  unitsByVariant: number[];
  unitsByDay: number[];
  units: number;
  /** Units that met more than one variant. */
  multiple: number;
  /** `cumulativeUnits` as they were at the looks that have been. */
  unitsSeen: number[][];
  /** Arms of a metric of each day: [variant][day]; empty where it has no sums, or none by day. */
  dailyArms(metric: string): Arm[][];
  /** Arms of a metric, cumulative to each day. */
  cumulativeArms(metric: string): Arm[][];
  /** The same as they were at the looks that have been. */
  armsSeen(metric: string): Arm[][];
  /** Arms of a metric over all days. */
  arms(metric: string): Arm[];
  /** Units and arms of the last day only as they were at its look, where there was one. */
  atLastLook(): Totals;
}

type Matrix = readonly (readonly number[])[];

/**
 * Variants that the summaries do not know have no units; variants that the experiment does not
 * have are left out.
 */
export function readSummaries(
  summaries: Summaries | undefined,
  variants: readonly string[],
): Totals {
  const days = [...(summaries?.days ?? [])];
  const rows = variants.map((key) => summaries?.variants.indexOf(key) ?? -1);
  const cumulative = (matrix: Matrix): number[][] =>
    rows.map((row) => {
      let sum = 0;
      return days.map((_, day) => (sum += matrix[row]?.[day] ?? 0));
    });

  const cumulativeUnits = cumulative(summaries?.units ?? []);
  const unitsByVariant = cumulativeUnits.map((row) => row.at(-1) ?? 0);
  const total = (day: number): number =>
    cumulativeUnits.reduce((sum, row) => sum + (row[day] ?? 0), 0);

  const sumsOf = (metric: string) => own(summaries?.metrics ?? {}, metric);
  const cells = (sums: MetricSummary | undefined, units: Matrix): Arm[][] =>
    rows.map((row, variant) =>
      days.map((_, day) => (sums ? cell(units[variant]?.[day] ?? 0, sums, row, day) : emptyArm)),
    );
  const dailyArms = (metric: string): Arm[][] => {
    const sums = sumsOf(metric);
    const units = rows.map((row) => summaries?.units[row] ?? []);
    return cells(sums?.cumulative ? undefined : sums, units);
  };
  const cumulativeArms = (metric: string): Arm[][] => {
    const sums = sumsOf(metric);
    if (sums?.cumulative) return cells(sums, cumulativeUnits);
    return dailyArms(metric).map((arms) => {
      let total = emptyArm;
      return arms.map((one) => (total = joined(total, one)));
    });
  };
  const looks = summaries?.looks;
  /** What `now` has of each day, or where there was a look on it, what that saw. */
  const seen = <T>(now: T[][], then: (looks: Looks, row: number, look: number) => T): T[][] =>
    now.map((row, variant) =>
      row.map((value, day) => {
        const look = looks?.days.indexOf(days[day] ?? '') ?? -1;
        return looks && look >= 0 ? then(looks, rows[variant] ?? -1, look) : value;
      }),
    );
  const lastOf = <T>(matrix: T[][], none: T): T[] => matrix.map((row) => row.at(-1) ?? none);
  const totals: Totals = {
    days,
    cumulativeUnits,
    unitsByVariant,
    unitsByDay: days.map((_, day) => total(day) - (day === 0 ? 0 : total(day - 1))),
    units: unitsByVariant.reduce((sum, n) => sum + n, 0),
    multiple: summaries?.multiple ?? 0,
    unitsSeen: seen(cumulativeUnits, ({ units }, row, look) => units[row]?.[look] ?? 0),
    dailyArms,
    cumulativeArms,
    armsSeen: (metric) =>
      looks?.metric === metric
        ? seen(cumulativeArms(metric), ({ units, sums }, row, look) =>
            cell(units[row]?.[look] ?? 0, sums, row, look),
          )
        : cumulativeArms(metric),
    arms: (metric) => lastOf(cumulativeArms(metric), emptyArm),
    atLastLook: () => {
      const unitsByVariant = lastOf(totals.unitsSeen, 0);
      return {
        ...totals,
        unitsByVariant,
        units: unitsByVariant.reduce((sum, n) => sum + n, 0),
        arms: (metric) => lastOf(totals.armsSeen(metric), emptyArm),
      };
    },
  };
  return totals;
}

/** The arm of one variant's units of one day, of which there are `units` in all. */
function cell(units: number, sums: MetricSummary, row: number, day: number): Arm {
  const at = (matrix: Matrix | undefined): number => {
    const value = matrix?.[row]?.[day] ?? 0;
    requireThat(Number.isFinite(value), 'A cell needs finite sums', value);
    return value;
  };
  const n = sums.units ? at(sums.units) : units;
  requireThat(Number.isFinite(n) && n >= 0, 'A cell needs n ≥ 0 units', n);
  if (n === 0) return emptyArm;
  const mean = at(sums.sum) / n;
  // Below 0 beyond what rounding does, it is of no values: more conversions than units, for one.
  const isNone = at(sums.m2) < -1e-9 * n * mean * mean;
  const own = { n, mean, m2: isNone ? UNKNOWN_SPREAD : Math.max(0, at(sums.m2)) };
  const companion = ({ sum, m2, cross }: CompanionSummary): Companion => ({
    mean: at(sum) / n,
    m2: Math.max(0, at(m2)),
    cross: at(cross),
  });
  const { covariate, denominator } = sums;
  return {
    ...own,
    ...(sums.converted && { converted: at(sums.converted) }),
    ...(covariate && { covariate: companion(covariate) }),
    ...(denominator && {
      denominator: {
        ...companion(denominator),
        covariateCross: at(denominator.covariateCross),
      },
    }),
  };
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
