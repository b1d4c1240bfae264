/**
 * Which metrics are counted of an experiment: those that it names, in its current phase, as they are
 * defined now. What a changed row asks for is counted in the background, some units at a time, so
 * that events never wait long; until it is done the metric is not told.
 */
import type { Experiment, Metric } from '../../experiments/model.js';
import type { Database, Queryable } from '../database/database.js';
import { countingOf } from './counting.js';
import { lockIngest } from './recount.js';
import { rollUpMetrics } from './rollups.js';
import { NOT_SEALED } from './sealed.js';
import { countTotals } from './unit-totals.js';

export type StoredExperiment = Omit<Experiment, 'id'>;

/** So many units are counted in one transaction. */
const UNITS_AT_A_TIME = 2_000;

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

/** What is to be counted of an experiment, and what is. */
export interface State {
  experiment: StoredExperiment;
  /** Those that it names and that are defined, by their keys. */
  metrics: Metric[];
  /** Of its phase; `isCurrent` where it is counted as the metric's row says now. */
  counted: { metric: string; isCurrent: boolean; whole: boolean }[];
  /** Raw events are gone: what is counted stays as it is. */
  sealed: boolean;
}

/** Null when there is no such experiment. */
export async function readState(
  tx: Queryable,
  workspace: string,
  key: string,
): Promise<State | null> {
  const [row] = await tx.query<{
    experiment: StoredExperiment;
    metrics: Metric[];
    counted: { metric: string; definition: string; whole: boolean }[];
    sealed: boolean;
  }>(
    `select x.value as experiment, not ${NOT_SEALED} as sealed,
            coalesce((select json_agg(m.value order by m.key) from rows m
              where m.workspace = $1 and m.collection = 'metrics' and m.value is not null
                and m.key = any(e.metrics)), '[]') as metrics,
            coalesce((select json_agg(json_build_object(
                'metric', c.metric, 'definition', c.definition::text, 'whole', c.whole))
              from counted_metrics c where c.workspace = $1 and c.experiment = e.experiment
               and c.phase = e.phase), '[]') as counted
       from rows x, lateral (
         select x.workspace, x.key as experiment, (x.value ->> 'phase')::int as phase,
                array(select x.value -> 'metrics' ->> 'primary' union all
                      select jsonb_array_elements_text(x.value -> 'metrics' -> 'secondary') union all
                      select jsonb_array_elements_text(x.value -> 'metrics' -> 'guardrails')
                ) as metrics) as e
      where x.workspace = $1 and x.collection = 'experiments' and x.key = $2
        and x.value is not null`,
    [workspace, key],
  );
  if (!row) return null;
  const wanted = new Map(
    row.metrics.map((metric) => [metric.key, JSON.stringify(countingOf(metric))]),
  );
  return {
    ...row,
    counted: row.counted.map(({ metric, definition, whole }) => ({
      metric,
      whole,
      isCurrent: wanted.get(metric) === definition,
    })),
  };
}

/** The metrics whose sums are those of their definition now. */
export function countedOf({ metrics, counted }: State): Metric[] {
  const told = counted.filter(({ isCurrent, whole }) => isCurrent && whole);
  return metrics.filter(({ key }) => told.some(({ metric }) => metric === key));
}

/** Whether all that the rows ask for is counted, and nothing else. */
export async function isCounted(
  tx: Queryable,
  workspace: string,
  experiment: string,
): Promise<boolean> {
  const state = await readState(tx, workspace, experiment);
  if (!state || state.sealed) return true;
  const { length } = countedOf(state);
  return length === state.metrics.length && length === state.counted.length;
}

/**
 * Counts what the rows of an experiment and of its metrics ask for; returns whether all is counted.
 * @param steps transactions at most; default: as many as it takes
 */
export async function countMetrics(
  database: Database,
  workspace: string,
  experiment: string,
  { steps = Infinity, units = UNITS_AT_A_TIME }: { steps?: number; units?: number } = {},
): Promise<boolean> {
  const store = database.forWorkspace(workspace);
  for (let i = 0; i < steps; i++) {
    if (await isCounted(store, workspace, experiment)) return true;
    await store.transaction((tx) => countSome(tx, workspace, experiment, units), {
      unhurried: true,
    });
  }
  return isCounted(store, workspace, experiment);
}

/** Drops what is no longer asked for, and counts some units of the metrics that are farthest behind. */
async function countSome(
  tx: Queryable,
  workspace: string,
  key: string,
  limit: number,
): Promise<void> {
  await lockIngest(tx, workspace);
  const state = await readState(tx, workspace, key);
  if (!state || state.sealed) return;
  const { phase } = state.experiment;
  const place = [workspace, key, phase] as const;
  const gone = state.counted.flatMap(({ metric, isCurrent }) => (isCurrent ? [] : [metric]));
  if (gone.length) {
    for (const table of ['unit_totals', 'metric_rollups', 'counted_metrics'] as const) {
      await tx.query(
        `delete from ${table} where workspace = $1 and experiment = $2 and phase = $3::int
            and metric = any($4::text[])`,
        [...place, gone],
      );
    }
  }
  const kept = state.counted.filter(({ isCurrent }) => isCurrent);
  const fresh = state.metrics.filter(({ key: own }) => !kept.some(({ metric }) => metric === own));
  await tx.query(
    `insert into counted_metrics (workspace, experiment, phase, metric, definition)
     select $1, $2, $3::int, metric, definition::json
       from unnest($4::text[], $5::text[]) as m(metric, definition)`,
    [
      ...place,
      fresh.map((metric) => metric.key),
      fresh.map((metric) => JSON.stringify(countingOf(metric))),
    ],
  );

  const [behind] = await tx.query<{ countedTo: string; metrics: string[] }>(
    `select counted_to as "countedTo", array_agg(metric) as metrics from counted_metrics
      where workspace = $1 and experiment = $2 and phase = $3::int and not whole
      group by counted_to order by counted_to limit 1`,
    place,
  );
  if (!behind) return;
  const units = await tx.query<{ unit: string }>(
    `select unit from exposed_units
      where workspace = $1 and experiment = $2 and phase = $3::int and unit > $4
      order by unit limit ${limit}`,
    [...place, behind.countedTo],
  );
  await tx.query(
    `update counted_metrics set counted_to = $5, whole = $6::boolean
      where workspace = $1 and experiment = $2 and phase = $3::int and metric = any($4::text[])`,
    [...place, behind.metrics, units.at(-1)?.unit ?? behind.countedTo, units.length < limit],
  );
  const exposed = units.map(({ unit }) => ({ experiment: key, phase, unit }));
  await countTotals(tx, workspace, exposed, behind.metrics);
  await rollUpMetrics(tx, workspace, exposed, 1, behind.metrics);
}
