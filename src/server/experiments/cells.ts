/**
 * Rollups as numbers: the exact sums are centred here, in the database, before they become doubles.
 * Σy² − (Σy)²/n of values like 10⁸ + {0, 1} has no digits left in a double.
 */
import type { Metric } from '../../experiments/model.js';
import type { Queryable } from '../database/database.js';

/** Σy, Σ(y − ȳ)², Σx, Σ(x − x̄)², Σ(x − x̄)(y − ȳ). */
export type Moments = readonly [sum: number, m2: number, sumX: number, m2X: number, cross: number];

/** What the units of one variant and day of first exposure add up to. */
export interface CellSums {
  value: string;
  variant: string;
  day: string;
  units: number;
  multiple: number;
  events: Readonly<Record<string, Readonly<Record<Metric['kind'], Moments>>>>;
}

export interface Place {
  workspace: string;
  experiment: string;
  phase: number;
  /** '' for all units. */
  dimension: string;
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

/** By the values of a dimension, with the sums of these events. */
export async function readCells(
  tx: Queryable,
  { workspace, experiment, phase, dimension }: Place,
  values: readonly string[],
  events: readonly string[],
): Promise<CellSums[]> {
  return tx.query<CellSums & Record<string, unknown>>(
    `select u.value, u.variant, u.day::text as day, u.units, u.multiple,
            coalesce((
              select json_object_agg(e.event, json_build_object(
                       'proportion', ${moments('converted', 'converted', 'converted_before', 'converted_before', 'converted_both')},
                       'count', ${moments('count_sum', 'count_squares', 'count_before_sum', 'count_before_squares', 'count_cross')},
                       'mean', ${moments('value_sum', 'value_squares', 'value_before_sum', 'value_before_squares', 'value_cross')}))
                from event_rollups e
               where e.workspace = u.workspace and e.experiment = u.experiment
                 and e.phase = u.phase and e.dimension = u.dimension and e.value = u.value
                 and e.variant = u.variant and e.day = u.day and e.event = any($6::text[])), '{}') as events
       from unit_rollups u
      where workspace = $1 and experiment = $2 and phase = $3::int and dimension = $4
        and value = any($5::text[]) and units > 0
      order by day, variant`,
    [workspace, experiment, phase, dimension, values, events],
  );
}

/** From the columns of Σy, Σy², Σx, Σx² and Σxy. */
function moments(y: string, yy: string, x: string, xx: string, xy: string): string {
  const centred = (ab: string, a: string, b: string) =>
    `((u.units::numeric * e.${ab} - e.${a}::numeric * e.${b}) / u.units)::float8`;
  return `json_build_array(e.${y}::float8, ${centred(yy, y, y)},
                           e.${x}::float8, ${centred(xx, x, x)}, ${centred(xy, x, y)})`;
}
