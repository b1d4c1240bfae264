/** The weights that a phase has had: how units should have been split on each day. */
import type { Results } from '../../experiments/model.js';
import type { Queryable } from '../database/database.js';
import type { Place } from './cells.js';

/** So many are told, the latest; of what was before them nothing is known then. */
const TOLD = 100;

/** Null where they have never changed since the phase began: they are the experiment's then. */
export async function readWeights(
  tx: Queryable,
  { workspace, experiment, phase }: Pick<Place, 'workspace' | 'experiment' | 'phase'>,
  variants: readonly string[],
): Promise<NonNullable<Results['weights']> | null> {
  const rows = await tx.query<{ at: number; weights: Record<string, number> }>(
    `select at, (select json_object_agg(v ->> 'key', v -> 'weight')
                   from jsonb_array_elements(after -> 'variants') as v) as weights
       from audit
      where workspace = $1 and key = $2 and action in ('experiment.created', 'experiment.updated')
        and (after ->> 'phase')::int = $3::int and after ->> 'status' <> 'draft'
        and (before is null or before ->> 'status' = 'draft'
             or before -> 'phase' <> after -> 'phase'
             or before -> 'variants' <> after -> 'variants')
      order by n desc limit ${TOLD + 1}`,
    [workspace, experiment, phase],
  );
  if (rows.length < 2) return null;
  rows.reverse();
  return rows.map(({ at, weights }, i) => ({
    since: new Date(Number(at)).toISOString(),
    shares: variants.map((key) =>
      (i === 0 && rows.length > TOLD) || !Object.hasOwn(weights, key) ? 0 : weights[key]!,
    ),
  }));
}
