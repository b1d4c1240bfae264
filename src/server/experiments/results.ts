/** A row of `results`: what an experiment's current phase adds up to. */
import type { Experiment, Metric, Results } from '../../experiments/model.js';
import type { Queryable } from '../database/database.js';
import { type CellSums, readCells, readSegments } from './cells.js';

export type StoredExperiment = Omit<Experiment, 'id'>;
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
  const experiment = await readExperiment(tx, workspace, key);
  if (!experiment) return null;
  const { phase } = experiment;
  const variants = experiment.variants.map((variant) => variant.key);
  const updatedAt = now.toISOString();
  const [elsewhere] = await tx.query<{ value: Pick<Results, 'variants' | 'days' | 'units'> }>(
    `select value from summaries where workspace = $1 and experiment = $2 and phase = $3::int`,
    [workspace, key, phase],
  );
  if (elsewhere) return { ...(elsewhere.value as ResultsValue), phase, updatedAt };

  const metrics = await readMetrics(tx, workspace, experiment);
  const place = { workspace, experiment: key, phase, dimension: '' };
  const cells = await readCells(tx, place, [''], eventsOf(metrics));
  const notable = await tx.query<{ bots: number | null; late: number | null }>(
    `select (select nullif(exposures, 0) from bot_exposures where ${OF_PHASE}) as bots,
            (select nullif(exposures, 0) from late_exposures where ${OF_PHASE}) as late`,
    [workspace, key, phase],
  );
  const { bots, late } = notable[0]!;
  const sums = summarize(variants, metrics, cells);
  return { phase, updatedAt, variants, ...sums, ...(bots && { bots }), ...(late && { late }) };
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
  const experiment = await readExperiment(tx, workspace, key);
  if (!experiment) return null;
  const { phase } = experiment;
  const variants = experiment.variants.map((variant) => variant.key);
  const metrics = await readMetrics(tx, workspace, experiment);
  const place = { workspace, experiment: key, phase, dimension };
  const values = await readSegments(tx, place);
  const cells = await readCells(tx, place, values, eventsOf(metrics));
  return values.map((value) => ({
    value,
    ...summarize(
      variants,
      metrics,
      cells.filter((cell) => cell.value === value),
    ),
  }));
}

export async function readExperiment(
  tx: Queryable,
  workspace: string,
  key: string,
): Promise<StoredExperiment | null> {
  const [row] = await tx.query<{ value: StoredExperiment }>(
    `select value from rows
      where workspace = $1 and collection = 'experiments' and key = $2 and value is not null`,
    [workspace, key],
  );
  return row?.value ?? null;
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

const eventsOf = (metrics: readonly Metric[]) => metrics.map(({ event }) => event);

function summarize(
  variants: readonly string[],
  metrics: readonly Metric[],
  cells: readonly CellSums[],
): Pick<Results, 'days' | 'units' | 'multiple' | 'metrics'> {
  const days = [...new Set(cells.map(({ day }) => day))].sort();
  const byPlace = new Map(cells.map((cell) => [`${cell.variant} ${cell.day}`, cell]));
  /** A [variant][day] matrix; variants that the experiment does not have (any more) are left out. */
  const matrix = (of: (cell: CellSums) => number): number[][] =>
    variants.map((variant) =>
      days.map((day) => {
        const cell = byPlace.get(`${variant} ${day}`);
        return cell ? of(cell) : 0;
      }),
    );
  return {
    days,
    units: matrix(({ units }) => units),
    multiple: cells.reduce((sum, { multiple }) => sum + multiple, 0),
    metrics: Object.fromEntries(
      metrics.map(({ key, kind, event }) => {
        const moment = (i: number) => matrix(({ events }) => sumsOf(events, event)?.[kind][i] ?? 0);
        const covariate = { sum: moment(2), m2: moment(3), cross: moment(4) };
        const known = covariate.sum.flat().some(Boolean) || covariate.m2.flat().some(Boolean);
        return [key, { sum: moment(0), m2: moment(1), ...(known ? { covariate } : {}) }];
      }),
    ),
  };
}

function sumsOf(events: CellSums['events'], event: string): CellSums['events'][string] | undefined {
  return Object.hasOwn(events, event) ? events[event] : undefined;
}
