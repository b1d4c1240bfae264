/**
 * Rollups as numbers: the exact sums are centred here, in the database, before they become doubles.
 * Σy² − (Σy)²/n of values like 10⁸ + {0, 1} has no digits left in a double.
 */
import type { Queryable } from '../database/database.js';
import { endOfBucket } from './rollups.js';

export interface Place {
  workspace: string;
  experiment: string;
  phase: number;
  /** '' for all units. */
  dimension: string;
}

/** The units of one variant and day of first exposure, among those with one value of the dimension. */
export interface Cell {
  value: string;
  variant: string;
  day: string;
}

export interface UnitCell extends Cell {
  units: number;
  multiple: number;
}

/** So many values of a dimension are told. */
const SEGMENTS = 20;

/** The values of a dimension with the most units. */
export async function readSegments(tx: Queryable, place: Place): Promise<string[]> {
  const rows = await tx.query<{ value: string }>(
    `select value from unit_rollups
      where workspace = $1 and experiment = $2 and phase = $3::int and dimension = $4 and units > 0
      group by value order by sum(units) desc, value limit ${SEGMENTS}`,
    [place.workspace, place.experiment, place.phase, place.dimension],
  );
  return rows.map(({ value }) => value);
}

/** Days are told in periods of so many days, by their first, counted from a phase's first. */
export interface Periods {
  first: string;
  step: number;
}

/** The first and last day of first exposures among all units of the phase; null without any. */
export async function readExtent(
  tx: Queryable,
  { workspace, experiment, phase }: Place,
): Promise<{ first: string; days: number } | null> {
  const [row] = await tx.query<{ first: string | null; days: number }>(
    `select min(day)::text as first, max(day) - min(day) + 1 as days from unit_rollups
      where workspace = $1 and experiment = $2 and phase = $3::int and dimension = '' and units > 0`,
    [workspace, experiment, phase],
  );
  return row?.first ? { first: row.first, days: row.days } : null;
}

const TOLD_DAY = 'day - (day - $6::date) % $7::int';
const AT_PLACE = `workspace = $1 and experiment = $2 and phase = $3::int and dimension = $4
  and value = any($5::text[])`;
const parametersOf = (
  { workspace, experiment, phase, dimension }: Place,
  values: readonly string[],
  { first, step }: Periods,
) => [workspace, experiment, phase, dimension, values, first, step] as const;

export async function readUnits(
  tx: Queryable,
  place: Place,
  values: readonly string[],
  periods: Periods,
): Promise<UnitCell[]> {
  return tx.query<UnitCell & Record<string, unknown>>(
    `select value, variant, (${TOLD_DAY})::text as day,
            sum(units)::float8 as units, sum(multiple)::float8 as multiple
       from unit_rollups where ${AT_PLACE} and units > 0 group by value, variant, 3`,
    [...parametersOf(place, values, periods)],
  );
}

/** A metric to read, and where its values end. */
export interface Asked {
  metric: string;
  /** Larger values count as the end of this bucket; null: there is no such bucket. */
  capBucket: number | null;
}

/** Of y; of x beside it; of d beside both. Sums are Σ, the others centred. */
export interface Moments {
  /** That did what the metric counts. */
  units: number;
  sum: number;
  m2: number;
  covariate: { sum: number; m2: number; cross: number };
  denominator: { sum: number; m2: number; cross: number; covariateCross: number };
}

export interface MetricCell extends Cell {
  metric: string;
  moments: Moments;
}

/** The moments of some metrics in the cells that have any; nothing is left out but zeros. */
export async function readMoments(
  tx: Queryable,
  place: Place,
  values: readonly string[],
  periods: Periods,
  asked: readonly Asked[],
): Promise<MetricCell[]> {
  if (!asked.length) return [];
  /** Σ of a product with y over all units, where beyond the cap it is the cap times the rest. */
  const capped = (product: string, rest: string, cap: string) =>
    `sum(case e.bucket when 0 then e.${product} else ${cap} * e.${rest} - e.${product} end)`;
  const all = (product: string) => `sum(e.${product}) filter (where e.bucket = 0)`;
  const rowsOf = (buckets: string) =>
    `select * from metric_rollups r where ${AT_PLACE} and r.metric = a.metric and ${buckets}`;
  const centred = (ab: string, a: string, b: string) =>
    `((u.units * s.${ab} - s.${a} * s.${b}) / u.units)::float8`;
  const companion = (of: string) =>
    `'sum', s.${of}::float8, 'm2', ${centred(of + of, of, of)}, 'cross', ${centred(`${of}y`, of, 'y')}`;
  return tx.query<MetricCell & Record<string, unknown>>(
    `with units as (
       select value, variant, ${TOLD_DAY} as day, sum(units) as units
         from unit_rollups where ${AT_PLACE} and units > 0 group by value, variant, 3
     ), sums as (
       select e.value, e.variant, ${TOLD_DAY} as day, e.metric,
              ${capped('y', 'units', 'a.cap')} as y, ${capped('yy', 'units', 'a.cap * a.cap')} as yy,
              ${capped('xy', 'x', 'a.cap')} as xy, ${capped('dy', 'd', 'a.cap')} as dy,
              ${['units', 'x', 'xx', 'd', 'dd', 'dx'].map((product) => `${all(product)} as ${product}`).join(', ')}
         from json_to_recordset($8::json) as a(metric text, bucket int, cap numeric),
              lateral (${rowsOf('r.bucket = 0')} union all
                       ${rowsOf('r.bucket > a.bucket')} offset 0) as e
        group by e.value, e.variant, 3, e.metric)
     select s.value, s.variant, s.day::text as day, s.metric, json_build_object(
              'units', s.units::float8, 'sum', s.y::float8, 'm2', ${centred('yy', 'y', 'y')},
              'covariate', json_build_object(${companion('x')}),
              'denominator', json_build_object(${companion('d')},
                'covariateCross', ${centred('dx', 'd', 'x')})) as moments
       from sums s join units u using (value, variant, day)`,
    [
      ...parametersOf(place, values, periods),
      JSON.stringify(
        asked.map(({ metric, capBucket: bucket }) => ({
          metric,
          bucket,
          cap: bucket === null ? null : endOfBucket(bucket),
        })),
      ),
    ],
  );
}

/** Units by their value: of each bucket the mean of its values, and how many units in which period. */
export interface ValueCell extends Omit<Cell, 'day'> {
  metric: string;
  bucket: number;
  mean: number;
  /** Whole periods since the first, with commas between; one may come several times. */
  periods: string;
  /** Units of the period at the same place. */
  units: string;
}

/** The values of bucketed metrics, of units that did what the metric counts, in ascending order. */
export async function readValues(
  tx: Queryable,
  place: Place,
  values: readonly string[],
  periods: Periods,
  metrics: readonly string[],
): Promise<ValueCell[]> {
  if (!metrics.length) return [];
  return tx.query<ValueCell & Record<string, unknown>>(
    `select value, variant, metric, bucket, (sum(y) / sum(units))::float8 as mean,
            string_agg(((day - $6::date) / $7::int)::text, ',') as periods,
            string_agg(units::text, ',') as units
       from metric_rollups where ${AT_PLACE} and metric = any($8::text[]) and units > 0
      group by value, variant, metric, bucket order by bucket`,
    [...parametersOf(place, values, periods), metrics],
  );
}

/**
 * The bucket of a metric's percentile over all units of the phase, never below zero, where those
 * are that did nothing; null without any.
 */
export async function readPercentile(
  tx: Queryable,
  { workspace, experiment, phase }: Place,
  metric: string,
  { percentile, ignoreZeros = false }: { percentile: number; ignoreZeros?: boolean },
): Promise<number | null> {
  const positive = `metric_rollups where workspace = $1 and experiment = $2 and phase = $3::int
    and dimension = '' and value = '' and metric = $4 and bucket > 0 and units > 0`;
  const ofAll = `unit_rollups where workspace = $1 and experiment = $2 and phase = $3::int
    and dimension = ''`;
  // As many rows from above as there may be units above it, since each has one at least.
  const rows = await tx.query<{ all: number; bucket: number | null; units: number }>(
    `with counted as (
       select coalesce(sum(units), 0) as units from ${ignoreZeros ? positive : ofAll}
     ), highest as (
       select bucket, units from ${positive} order by bucket desc
        limit (select (ceil(units * (1 - $5::float8)) + 1)::bigint from counted))
     select c.units::float8 as all, h.bucket, h.units
       from counted c left join (
         select bucket, sum(units)::float8 as units from highest group by bucket) as h on true
      order by h.bucket desc`,
    [workspace, experiment, phase, metric, percentile],
  );
  const { all } = rows[0]!;
  if (all === 0) return null;
  let below = all;
  for (const { bucket, units } of rows) {
    if (bucket === null) break;
    below -= units;
    if (below < percentile * all) return bucket;
  }
  return 0;
}
