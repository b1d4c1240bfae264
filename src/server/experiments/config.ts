/** `GET /v1/config`: what browsers decide from. No hypothesis, no results, no drafts. */
import { createHash } from 'node:crypto';
import type { Database } from '../database/database.js';

export interface ConfigAnswer {
  /** An `ExperimentsConfig` as JSON, built by the database. */
  body: string;
  etag: string;
}

export async function readConfig(database: Database, workspace: string): Promise<ConfigAnswer> {
  const [row] = await database.forWorkspace(workspace).query<{ body: string }>(
    `select json_build_object('experiments', coalesce(json_agg(
       jsonb_build_object(
         'key', value -> 'key', 'status', value -> 'status', 'phase', value -> 'phase',
         'hashAttribute', value -> 'hashAttribute', 'hashVersion', value -> 'hashVersion',
         'seed', value -> 'seed', 'coverage', value -> 'coverage', 'variants', variants)
       || case when value ? 'condition'
            then jsonb_build_object('condition', value -> 'condition') else '{}' end
       order by key), '[]'))::text as body
       from rows, lateral (
         select jsonb_agg(variant - 'name' order by position) as variants
           from jsonb_array_elements(value -> 'variants') with ordinality as v(variant, position)
       ) as stripped
      where workspace = $1 and collection = 'experiments' and value is not null
        and value ->> 'status' in ('running', 'paused', 'stopped')`,
    [workspace],
  );
  const body = row!.body;
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, etag };
}
