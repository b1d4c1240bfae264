import type { CompanionSummary, MetricSummary, Summaries } from './analysis.js';
import { emptyArm, merge, type Arm, type Companion } from './arm.js';
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
  /** Arms of a metric of each day: [variant][day]; empty where it has no sums yet. */
  dailyArms(metric: string): Arm[][];
  /** Arms of a metric, cumulative to each day. */
  cumulativeArms(metric: string): Arm[][];
  /** Arms of a metric over all days. */
  arms(metric: string): Arm[];
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

  const dailyArms = (metric: string): Arm[][] => {
    const sums = own(summaries?.metrics ?? {}, metric);
    return rows.map((row) =>
      days.map((_, day) => {
        const n = summaries?.units[row]?.[day] ?? 0;
        return sums === undefined ? emptyArm : cell(n, sums, row, day);
      }),
    );
  };
  const cumulativeArms = (metric: string): Arm[][] =>
    dailyArms(metric).map((arms) => {
      let total = emptyArm;
      return arms.map((one) => (total = merge(total, one)));
    });
  return {
    days,
    cumulativeUnits,
    unitsByVariant,
    unitsByDay: days.map((_, day) => total(day) - (day === 0 ? 0 : total(day - 1))),
    units: unitsByVariant.reduce((sum, n) => sum + n, 0),
    multiple: summaries?.multiple ?? 0,
    dailyArms,
    cumulativeArms,
    arms: (metric) => cumulativeArms(metric).map((row) => row.at(-1) ?? emptyArm),
  };
}

/** The arm of one variant's units of one day. */
function cell(n: number, sums: MetricSummary, row: number, day: number): Arm {
  const at = (matrix: Matrix | undefined): number => {
    const value = matrix?.[row]?.[day] ?? 0;
    requireThat(Number.isFinite(value), 'A cell needs finite sums', value);
    return value;
  };
  requireThat(Number.isFinite(n) && n >= 0, 'A cell needs n ≥ 0 units', n);
  const own = { n, mean: at(sums.sum) / n, m2: Math.max(0, at(sums.m2)) };
  if (n === 0) return emptyArm;
  const companion = ({ sum, m2, cross }: CompanionSummary): Companion => ({
    mean: at(sum) / n,
    m2: Math.max(0, at(m2)),
    cross: at(cross),
  });
  const { covariate, denominator } = sums;
  return {
    ...own,
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
