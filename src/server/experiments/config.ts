/** `GET /v1/config`: what browsers decide from. No hypothesis, no results, no drafts. */
import { createHash } from 'node:crypto';
import { rules } from '../collections/targeting.js';
import type { Database } from '../database/database.js';
import type { ExperimentSettings } from './settings.js';

export interface ConfigAnswer {
  /** An `ExperimentsConfig` as JSON, built by the database. */
  body: string;
  etag: string;
}

/**
 * The settings are those that browsers have to know: what exposures need, and what they may say.
 *
 * Pages that were loaded years ago decide from this too. So each experiment `needs` the rules that it
 * has, by name, and `decide` of a page that does not know one of them leaves everybody out. A new
 * kind, rule or operator of conditions must be named here before the first row may have it.
 */
export async function readConfig(
  database: Database,
  workspace: string,
  { dimensions, groups, assignmentTokens }: Omit<ExperimentSettings, 'retentionDays'>,
): Promise<ConfigAnswer> {
  const [row] = await database.forWorkspace(workspace).query<{ experiments: string }>(
    `select coalesce(json_agg(
       jsonb_build_object(
         'key', value -> 'key', 'status', value -> 'status', 'phase', value -> 'phase',
         'hashAttribute', value -> 'hashAttribute', 'hashVersion', value -> 'hashVersion',
         'seed', value -> 'seed', 'coverage', value -> 'coverage', 'variants', variants,
         'needs', to_jsonb(array(
            select need from (
              select jsonb_object_keys(rules - 'metadata')
               union select 'redirect'
                where jsonb_path_exists(value, '$.variants[*].redirect')
               union select value ->> 'kind' where value ->> 'kind' not in ('ab', 'aa')
               union select 'holdout' where held_out) as named(need)
             order by need)))
       || rules
       || case when value ->> 'kind' = 'holdout'
            then jsonb_build_object('kind', 'holdout') else '{}' end
       order by key), '[]')::text as experiments
       from (select key, value, bool_or(value ->> 'kind' = 'holdout') over () as held_out
               from rows
              where workspace = $1 and collection = 'experiments' and value is not null
                and value ->> 'status' in ('running', 'paused', 'stopped')) as shown, lateral (
         select coalesce(jsonb_object_agg(name, rule), '{}') as rules
           from jsonb_each(value) as member(name, rule)
          where name = any($2::text[]) and rule <> 'null'
       ) as ruled, lateral (
         select jsonb_agg(variant - 'name' order by position) as variants
           from jsonb_array_elements(value -> 'variants') with ordinality as v(variant, position)
       ) as stripped`,
    [workspace, [...Object.keys(rules), 'metadata']],
  );
  const settings = {
    dimensions,
    ...(Object.keys(groups).length > 0 && { groups }),
    ...(assignmentTokens && { assignmentTokens }),
  };
  // The database has written the experiments already, be they many.
  const body = `{"experiments":${row!.experiments},${JSON.stringify(settings).slice(1)}`;
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, etag };
}
