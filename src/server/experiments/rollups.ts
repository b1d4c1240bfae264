/**
 * Sums over units, from which every result is read: by experiment, phase, dimension, variant and
 * UTC day of the unit's first exposure, and by metric what those units did. They are `numeric`, so
 * that they are exact and have no order, and made of unit totals: an event changes them by what the
 * totals of its unit give now less what they gave before.
 */
import type { Queryable } from '../database/database.js';

/** A unit in a phase of an experiment. */
export interface ExposedUnit {
  experiment: string;
  phase: number;
  unit: string;
  /** It counts nowhere yet. */
  isNew?: boolean;
}

/**
 * The units in `$2`. Each row is looked up by itself (`offset 0` keeps the planner from turning that
 * round): without statistics, which the embedded database never gathers, it would read the whole
 * workspace instead.
 */
export const EXPOSED_UNITS = `units as materialized (
  select u.* from json_to_recordset($2::json) as s(experiment text, phase int, unit text),
    lateral (select * from exposed_units e
              where e.workspace = $1 and e.experiment = s.experiment
                and e.phase = s.phase and e.unit = s.unit offset 0) as u)`;

/** What is counted of the experiments' phases in a CTE `of`. */
export const planOf = (of: string) => `plan as materialized (
  select m.experiment, m.phase, m.metric, m.counted_to, m.whole, d.*
    from counted_metrics m, json_to_record(m.definition) as d(
      event text, take text, since bigint, until bigint, before bigint, cap numeric,
      bucketed boolean, divisor json)
   where m.workspace = $1 and (m.experiment, m.phase) in (select experiment, phase from ${of}))`;

/** Each unit counts once among all (the dimension ''), and once in each of its dimensions. */
const BY_DIMENSION = `cross join lateral (
         select '' as dimension, '' as value
          union all
         select d.key, d.value from jsonb_each_text(coalesce(dimensions, '{}')) as d
       ) as cell`;

/**
 * Buckets begin where the one before ends, this much further from zero: 0.2 %. Wider ones would be
 * seen: the 95 % interval of a 90th percentile is 1 % wide at 450,000 units a variant (log-normal
 * values), and one inside of a single bucket has no width left.
 */
const BUCKET_RATIO = Math.log(1.002);
/** The least amount there is: values have nine decimals. */
const LEAST = 1e-9;

/** The bucket of a value other than zero, as SQL; those of negative values are negative. */
const bucketOf = (y: string) =>
  `(sign(${y}) * (floor(ln(abs(${y})::float8 / ${LEAST}) / ${BUCKET_RATIO}) + 1))::int`;

/** The largest value that a bucket may hold. */
export function endOfBucket(bucket: number): number {
  if (bucket === 0) return 0;
  const steps = bucket > 0 ? bucket : -bucket - 1;
  return Math.sign(bucket) * Math.exp(steps * BUCKET_RATIO) * LEAST;
}

/** What a metric `p` of the plan takes of a unit's events: so many, that make so much. */
const taken = (count: string, amount: string) => `least(p.cap, case p.take
    when 'any' then least(${count}, 1) when 'count' then ${count}
    when 'average' then coalesce(round(${amount} / nullif(${count}, 0), 9), 0)
    else ${amount} end)`;

/** Columns of `metric_rollups` beside its key, and what one unit adds to each. */
const MOMENTS: Readonly<Record<string, string>> = {
  units: '(t.count > 0)::int',
  y: 'y',
  yy: 'y * y',
  x: 'x',
  xx: 'x * x',
  xy: 'x * y',
  d: 'd',
  dd: 'd * d',
  dy: 'd * y',
  dx: 'd * x',
};
const columns = Object.keys(MOMENTS);

/**
 * Adds to `metric_rollups` what rows of totals give, each times its `sign`: `from` has unit totals
 * and where their units count, `plan` what is counted. Bucket 0 is all units; beside it those whose
 * values have an order are in buckets of their own.
 */
export const addToRollups = (from: string) => `
  insert into metric_rollups as r (workspace, experiment, phase, dimension, value, variant, day,
         metric, bucket, ${columns.join(', ')})
  select $1, t.experiment, t.phase, cell.dimension, cell.value, t.variant, t.day, t.metric,
         bucket,
         ${Object.values(MOMENTS)
           .map((moment) => `sum(t.sign * ${moment})`)
           .join(', ')}
    from ${from} t join plan p using (experiment, phase, metric)
   cross join lateral (
     select ${taken('t.count', 't.value')} as y,
            ${taken('t.count_before', 't.value_before')} as x,
            case p.divisor ->> 'take' when 'any' then least(t.divisor, 1) else t.divisor end as d
      offset 0) as moments
   cross join lateral (
     select 0 as bucket union all select ${bucketOf('y')} where p.bucketed and y <> 0) as buckets
   ${BY_DIMENSION}
   group by t.experiment, t.phase, cell.dimension, cell.value, t.variant, t.day, t.metric, bucket
  on conflict (workspace, experiment, phase, dimension, value, variant, day, metric, bucket)
     do update set ${columns.map((column) => `${column} = r.${column} + excluded.${column}`).join(', ')}`;

/**
 * Adds (`sign` 1) or takes away (-1) what these units add up to now; returns the experiments
 * concerned. Taken away before their totals change and added after, the rollups stay those of all
 * totals. The caller holds the workspace's ingest lock.
 */
export async function rollUp(
  tx: Queryable,
  workspace: string,
  units: readonly ExposedUnit[],
  sign: 1 | -1,
): Promise<string[]> {
  if (!units.length) return [];
  const [rows] = await Promise.all([
    tx.query<{ experiment: string }>(
      `with ${EXPOSED_UNITS}, added as (
         insert into unit_rollups as r
                (workspace, experiment, phase, dimension, value, variant, day, units, multiple)
         select $1, experiment, phase, cell.dimension, cell.value, variant, day,
                $3::int * count(*), $3::int * count(*) filter (where multiple)
           from units ${BY_DIMENSION}
          group by experiment, phase, cell.dimension, cell.value, variant, day
         on conflict (workspace, experiment, phase, dimension, value, variant, day) do update
            set units = r.units + excluded.units, multiple = r.multiple + excluded.multiple)
       select distinct experiment from units`,
      [workspace, JSON.stringify(units), sign],
    ),
    rollUpMetrics(tx, workspace, units, sign, null),
  ]);
  return rows.map(({ experiment }) => experiment);
}

/** The part of `rollUp` that is by metric: of these metrics only, or (null) of all. */
export async function rollUpMetrics(
  tx: Queryable,
  workspace: string,
  units: readonly ExposedUnit[],
  sign: 1 | -1,
  metrics: readonly string[] | null,
): Promise<void> {
  if (!units.length) return;
  await tx.query(
    `with ${EXPOSED_UNITS}, ${planOf('units')}, totals as materialized (
       select u.variant, u.day, u.dimensions, t.*, $3::int as sign
         from units u, lateral (select * from unit_totals e
           where e.workspace = $1 and e.experiment = u.experiment and e.phase = u.phase
             and e.unit = u.unit and ($4::text[] is null or e.metric = any($4)) offset 0) as t)
     ${addToRollups('totals')}`,
    [workspace, JSON.stringify(units), sign, metrics],
  );
}
