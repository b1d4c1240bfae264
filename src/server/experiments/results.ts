/** A row of `results` from the rollups: what an experiment's current phase adds up to. */
import type { Experiment, Metric, Results } from '../../experiments/model.js';
import type { Queryable } from '../database/database.js';

type StoredExperiment = Omit<Experiment, 'id'>;
type ResultsValue = Omit<Results, 'id'>;

interface UnitSums {
  variant: string;
  day: string;
  units: number;
  multiple: number;
}

interface EventSums {
  variant: string;
  day: string;
  event: string;
  converted: number;
  count: number;
  countSquares: number;
  value: number;
  valueSquares: number;
}

/** The row's value; null when there is no such experiment. */
export async function readResults(
  tx: Queryable,
  workspace: string,
  key: string,
  now: Date,
): Promise<ResultsValue | null> {
  const [row] = await tx.query<{ value: StoredExperiment }>(
    `select value from rows
      where workspace = $1 and collection = 'experiments' and key = $2 and value is not null`,
    [workspace, key],
  );
  if (!row) return null;
  const experiment = row.value;
  const { phase } = experiment;
  const unitSums = await tx.query<UnitSums>(
    `select variant, day::text as day, units, multiple from unit_rollups
      where workspace = $1 and experiment = $2 and phase = $3::int and units > 0 order by day`,
    [workspace, key, phase],
  );
  const metrics = await readMetrics(tx, workspace, experiment);
  const eventSums = await tx.query<EventSums>(
    `select variant, day::text as day, event, converted,
            count_sum::float8 as count, count_sum_squares::float8 as "countSquares",
            value_sum::float8 as value, value_sum_squares::float8 as "valueSquares"
       from event_rollups
      where workspace = $1 and experiment = $2 and phase = $3::int and event = any($4::text[])`,
    [workspace, key, phase, [...new Set(metrics.map(({ event }) => event))]],
  );
  return summarize(experiment, metrics, unitSums, eventSums, now);
}

/** The metrics that the experiment names and that are defined. */
async function readMetrics(
  tx: Queryable,
  workspace: string,
  { metrics: { primary, secondary, guardrails } }: StoredExperiment,
): Promise<Metric[]> {
  const rows = await tx.query<{ value: Metric }>(
    `select value from rows
      where workspace = $1 and collection = 'metrics' and key = any($2::text[])
        and value is not null
      order by key`,
    [workspace, [primary, ...secondary, ...guardrails]],
  );
  return rows.map(({ value }) => value);
}

function summarize(
  { phase, variants: declared }: StoredExperiment,
  metrics: readonly Metric[],
  unitSums: readonly UnitSums[],
  eventSums: readonly EventSums[],
  now: Date,
): ResultsValue {
  const variants = declared.map(({ key }) => key);
  const days = [...new Set(unitSums.map(({ day }) => day))].sort();
  const row = new Map(variants.map((key, i) => [key, i]));
  const column = new Map(days.map((day, i) => [day, i]));

  /** A [variant][day] matrix; variants that the experiment does not have (any more) are left out. */
  const matrix = <S extends { variant: string; day: string }>(
    sums: readonly S[],
    of: (sums: S) => number,
  ): number[][] => {
    const cells = variants.map(() => days.map(() => 0));
    for (const sum of sums) {
      const i = row.get(sum.variant);
      const j = column.get(sum.day);
      if (i !== undefined && j !== undefined) cells[i]![j] = of(sum);
    }
    return cells;
  };

  return {
    phase,
    updatedAt: now.toISOString(),
    variants,
    days,
    units: matrix(unitSums, ({ units }) => units),
    multiple: unitSums.reduce((sum, { multiple }) => sum + multiple, 0),
    metrics: Object.fromEntries(
      metrics.map(({ key, kind, event }) => {
        const sums = eventSums.filter((sum) => sum.event === event);
        const [sum, sumSquares] = MOMENTS[kind];
        return [key, { sum: matrix(sums, sum), sumSquares: matrix(sums, sumSquares) }];
      }),
    ),
  };
}

type Read = (sums: EventSums) => number;

/** Σy and Σy² by kind; a proportion's y is 0 or 1, so both are the same. */
const MOMENTS: Readonly<Record<Metric['kind'], readonly [sum: Read, sumSquares: Read]>> = {
  proportion: [({ converted }) => converted, ({ converted }) => converted],
  count: [({ count }) => count, ({ countSquares }) => countSquares],
  mean: [({ value }) => value, ({ valueSquares }) => valueSquares],
};
