/** A row of `results`: what an experiment's current phase adds up to. */
import type { Metric, MetricSums, Results } from '../../experiments/model.js';
import { quantileArm } from '../../stats/values.js';
import type { Queryable } from '../database/database.js';
import {
  type MetricCell,
  type Moments,
  type Periods,
  type Place,
  readExtent,
  readMoments,
  readPercentile,
  readSegments,
  readUnits,
  readValues,
  type UnitCell,
  type ValueCell,
} from './cells.js';
import { countedOf, readState } from './counted-metrics.js';
import { readLooks } from './looks.js';
import { endOfBucket } from './rollups.js';
import { readWeights } from './weights.js';

export type ResultsValue = Omit<Results, 'id'>;

/** Results of the units with one value of a dimension. */
export interface Segment extends Pick<Results, 'days' | 'units' | 'multiple' | 'metrics'> {
  value: string;
}

/** The row's value; null when there is no such experiment. */
export async function readResults(
  tx: Queryable,
  workspace: string,
  key: string,
  now: Date,
): Promise<ResultsValue | null> {
  const state = await readState(tx, workspace, key);
  if (!state) return null;
  const { phase, variants: rows, metrics: roles } = state.experiment;
  const variants = rows.map((variant) => variant.key);
  const updatedAt = now.toISOString();
  const place = { workspace, experiment: key, phase, dimension: '' };
  const [[elsewhere], [notable], looks, weights, [sums]] = await Promise.all([
    tx.query<{ value: Pick<Results, 'variants' | 'days' | 'units'> }>(
      `select value from summaries where workspace = $1 and experiment = $2 and phase = $3::int`,
      [workspace, key, phase],
    ),
    tx.query<{ bots: number | null; late: number | null }>(
      `select (select nullif(exposures, 0) from bot_exposures where ${OF_PHASE}) as bots,
              (select nullif(exposures, 0) from late_exposures where ${OF_PHASE}) as late`,
      [workspace, key, phase],
    ),
    readLooks(tx, place, variants, roles.primary),
    readWeights(tx, place, variants),
    readSums(tx, place, [''], variants, countedOf(state)),
  ]);
  if (elsewhere) return { ...(elsewhere.value as ResultsValue), phase, updatedAt };
  const { bots, late } = notable!;
  return {
    phase,
    updatedAt,
    variants,
    ...sums!,
    ...(looks && { looks }),
    ...(weights && { weights }),
    ...(bots && { bots }),
    ...(late && { late }),
  };
}

const OF_PHASE = 'workspace = $1 and experiment = $2 and phase = $3::int';

/**
 * The experiment's results by the values of a dimension, those with the most units first; null
 * when there is no such experiment.
 */
export async function readSegmentResults(
  tx: Queryable,
  workspace: string,
  key: string,
  dimension: string,
): Promise<Segment[] | null> {
  const state = await readState(tx, workspace, key);
  if (!state) return null;
  const { phase } = state.experiment;
  const variants = state.experiment.variants.map((variant) => variant.key);
  const place = { workspace, experiment: key, phase, dimension };
  const values = await readSegments(tx, place);
  const sums = await readSums(tx, place, values, variants, countedOf(state));
  return values.map((value, i) => ({ value, ...sums[i]! }));
}

type Sums = Pick<Results, 'days' | 'units' | 'multiple' | 'metrics'>;

/** The sums of each value of the place's dimension; all are capped alike. */
async function readSums(
  tx: Queryable,
  place: Place,
  values: readonly string[],
  variants: readonly string[],
  metrics: readonly Metric[],
): Promise<Sums[]> {
  const isQuantile = ({ kind }: Metric) => kind === 'quantile';
  const [extent, ...caps] = await Promise.all([
    readExtent(tx, place),
    ...metrics.map(async ({ key, cap }): Promise<[string, number | null]> => [
      key,
      cap && 'percentile' in cap ? await readPercentile(tx, place, key, cap) : null,
    ]),
  ]);
  const capBuckets = new Map(caps);
  const asked = metrics
    .filter((metric) => !isQuantile(metric))
    .map(({ key }) => ({ metric: key, capBucket: capBuckets.get(key) ?? null }));
  const quantiles = metrics.filter(isQuantile).map(({ key }) => key);
  const step = stepOf(extent?.days ?? 0, values.length * variants.length * metrics.length);
  const periods = { first: extent?.first ?? '1970-01-01', step };
  const [unitCells, momentCells, valueCells] = await Promise.all([
    readUnits(tx, place, values, periods),
    readMoments(tx, place, values, periods, asked),
    readValues(tx, place, values, periods, quantiles),
  ]);

  return values.map((value) => {
    const cells = unitCells.filter((cell) => cell.value === value);
    const grid = gridOf(variants, cells);
    const sumsOf = (metric: Metric): MetricSums => {
      const own = (cell: MetricCell | ValueCell) =>
        cell.value === value && cell.metric === metric.key;
      if (isQuantile(metric)) return quantileSums(grid, valueCells.filter(own), metric, periods);
      const bucket = capBuckets.get(metric.key) ?? null;
      return {
        ...momentSums(grid, momentCells.filter(own), metric),
        ...(bucket !== null && { cap: endOfBucket(bucket) }),
      };
    };
    return {
      days: grid.days,
      units: grid.matrix(cells, ({ units }) => units),
      multiple: cells.reduce((sum, { multiple }) => sum + multiple, 0),
      metrics: Object.fromEntries(metrics.map((metric) => [metric.key, sumsOf(metric)])),
    };
  });
}

/** Days that are told as one: as few as a row of a megabyte allows, nine numbers a cell. */
function stepOf(days: number, cellsOfDay: number): number {
  const fits = (step: number) => Math.ceil(days / step) * cellsOfDay <= CELLS;
  return [1, 7, 28].find(fits) ?? 364;
}

const CELLS = 6_000;
const DAY = 24 * 3_600_000;

type Place2D = Pick<UnitCell, 'variant' | 'day'>;

interface Grid {
  variants: readonly string[];
  days: string[];
  /** By [variant][day]; variants that the experiment does not have (any more) are left out. */
  matrix<C extends Place2D>(cells: readonly C[], of: (cell: C) => number): number[][];
}

function gridOf(variants: readonly string[], cells: readonly UnitCell[]): Grid {
  const days = [...new Set(cells.map(({ day }) => day))].sort();
  return {
    variants,
    days,
    matrix(some, of) {
      const found = new Map(some.map((cell) => [`${cell.variant} ${cell.day}`, of(cell)]));
      return variants.map((variant) => days.map((day) => found.get(`${variant} ${day}`) ?? 0));
    },
  };
}

function momentSums(grid: Grid, cells: readonly MetricCell[], { kind }: Metric): MetricSums {
  const matrix = (of: (moments: Moments) => number) =>
    grid.matrix(cells, ({ moments }) => of(moments));
  const isKnown = cells.some(({ moments: { covariate: x } }) => x.sum !== 0 || x.m2 !== 0);
  const covariate = {
    sum: matrix((of) => of.covariate.sum),
    m2: matrix((of) => of.covariate.m2),
    cross: matrix((of) => of.covariate.cross),
  };
  const denominator = {
    sum: matrix((of) => of.denominator.sum),
    m2: matrix((of) => of.denominator.m2),
    cross: matrix((of) => of.denominator.cross),
    ...(isKnown && { covariateCross: matrix((of) => of.denominator.covariateCross) }),
  };
  return {
    sum: matrix((of) => of.sum),
    m2: matrix((of) => of.m2),
    ...(kind !== 'proportion' && kind !== 'retention' && { converted: matrix((of) => of.units) }),
    ...(isKnown && { covariate }),
    ...(kind === 'ratio' && { denominator }),
  };
}

/** Quantiles of all units until the end of each day: those of days can't be added. */
function quantileSums(
  { variants, days }: Grid,
  cells: readonly ValueCell[],
  { quantile = 0.5 }: Metric,
  { first, step }: Periods,
): MetricSums {
  const periods = days.map((day) => (Date.parse(day) - Date.parse(first)) / DAY / step);
  const arms = variants.map((variant) => {
    const own = cells.filter((cell) => cell.variant === variant);
    const among = own.map((cell) => unitsUntil(cell, periods));
    // Bucket 0 has all of them: those of no other bucket did what comes to nothing.
    const zero = own.findIndex(({ bucket }) => bucket === 0);
    const others = among.filter((_, i) => i !== zero);
    const zeros = among[zero]?.map((all, i) =>
      others.reduce((rest, units) => rest - units[i]!, all),
    );
    if (zeros) among[zero] = zeros;
    const means = own.map(({ bucket, mean }) => (bucket === 0 ? 0 : mean));
    return days.map((_, i) =>
      quantileArm(
        means,
        quantile,
        among.map((units) => units[i]!),
      ),
    );
  });
  return {
    cumulative: true,
    units: arms.map((row) => row.map(({ n }) => n)),
    sum: arms.map((row) => row.map(({ n, mean }) => n * mean)),
    m2: arms.map((row) => row.map(({ m2 }) => m2)),
  };
}

/** Units of a bucket until the end of each period. */
function unitsUntil(cell: ValueCell, periods: readonly number[]): number[] {
  const at = new Map<number, number>();
  const units = cell.units.split(',');
  for (const [i, text] of cell.periods.split(',').entries()) {
    const period = Number(text);
    at.set(period, (at.get(period) ?? 0) + Number(units[i]));
  }
  let until = 0;
  return periods.map((period) => (until += at.get(period) ?? 0));
}
