/**
 * `GET /v1/sync/pull`: what changed since the cursor, in the order of the workspace's counter.
 * The feed is state-based: a row that changed often is told once, as it is. One statement reads
 * rows and counter in one snapshot, and the database builds the JSON.
 */
import { isId, limits, type PullEnd, type PullReset } from '../../protocol/index.js';
import { type Identity, includesRole } from '../access/identity.js';
import { collections } from '../collections/index.js';
import type { Database } from '../database/database.js';
import type { DatabaseIdentity } from '../database/identity.js';
import { ProblemError } from '../problem-error.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { durableUpTo } from './rows.js';

export interface PullQuery {
  cursor?: string | undefined;
  /** Comma-separated; required. */
  collections?: string | undefined;
  /** Rows at most. */
  limit?: string | undefined;
}

interface Line {
  counter: number;
  /** Null when nothing changed. */
  collection: string | null;
  to: number;
  count: number;
  keys: string;
  versions: string;
  values: string;
  removed: string;
  removedVersions: string;
}

/** NDJSON: pages and an end, or a reset. */
export async function pull(
  database: Database,
  identity: DatabaseIdentity,
  who: Identity,
  query: PullQuery,
): Promise<string> {
  const scope = readScope(who, query.collections);
  const limit = readLimit(query.limit);
  const position = query.cursor ? decodeCursor(identity, query.cursor, who.workspace, scope) : 0;
  if (typeof position === 'string') return reset(position);

  const lines = await readLines(database, who.workspace, scope, position, limit);
  const counter = lines[0]?.counter ?? 0;
  // The counter never goes back within one life of the database.
  if (position > counter) return reset('epoch');

  const pages = lines.filter((line) => line.collection !== null);
  const full = pages.reduce((sum, { count }) => sum + count, 0) === limit;
  const to = full ? pages.at(-1)!.to : counter;
  const end: PullEnd = {
    cursor: encodeCursor(identity, { workspace: who.workspace, scope, seq: to }),
    to,
    more: to < counter,
    epoch: identity.epoch,
    durable: await durableUpTo(database, counter),
  };
  return [...writePages(pages, position), JSON.stringify(end), ''].join('\n');
}

/** Pages as text. Lines with the same `to` tell one range; the next range starts where it ends. */
function writePages(pages: readonly Line[], position: number): string[] {
  let from = position;
  let to = position;
  return pages.map((line) => {
    if (line.to !== to) [from, to] = [to, line.to];
    const { collection, keys, versions, values, removed, removedVersions } = line;
    return (
      `{"collection":"${collection}","from":${from},"to":${to},"keys":${keys},` +
      `"versions":${versions},"values":${values},"removed":${removed},` +
      `"removedVersions":${removedVersions}}`
    );
  });
}

/** Chunks of rows in `seq` order, a line for each collection in a chunk. Ids need no escaping. */
function readLines(
  database: Database,
  workspace: string,
  scope: readonly string[],
  after: number,
  limit: number,
): Promise<Line[]> {
  return database.query<Line>(
    `with changed as (
       select collection, key, version, seq, value from rows
        where workspace = $1 and seq > $2::bigint and collection = any($3::text[])
        order by seq limit $4::int
     ), chunked as (
       select *, (row_number() over (order by seq) - 1) / $5::int as chunk from changed
     ), ranged as (
       select *, max(seq) over (partition by chunk) as "to" from chunked
     ), lines as (
       select collection, chunk, "to", count(*) as count,
         '[' || coalesce(string_agg('"' || key || '"', ',' order by seq)
                filter (where value is not null), '') || ']' as keys,
         '[' || coalesce(string_agg(version::text, ',' order by seq)
                filter (where value is not null), '') || ']' as versions,
         '[' || coalesce(string_agg(value::text, ',' order by seq)
                filter (where value is not null), '') || ']' as values,
         '[' || coalesce(string_agg('"' || key || '"', ',' order by seq)
                filter (where value is null), '') || ']' as removed,
         '[' || coalesce(string_agg(version::text, ',' order by seq)
                filter (where value is null), '') || ']' as "removedVersions"
         from ranged group by chunk, "to", collection
     )
     select coalesce((select seq from sync_scopes where workspace = $1), 0) as counter, lines.*
       from (values (1)) as one left join lines on true
      order by chunk, collection`,
    [workspace, after, [...scope], limit, limits.pageRows],
  );
}

function reset(reason: PullReset['reason']): string {
  const line: PullReset = { reset: true, reason };
  return `${JSON.stringify(line)}\n`;
}

/** The collections of `?collections=`, which must exist and be for this identity to read. */
export function readScope(who: Identity, names: string | undefined): string[] {
  const scope = [...new Set((names ?? '').split(',').filter(Boolean))];
  if (!scope.length || scope.length > 100) {
    throw new ProblemError('invalid', 'Say which collections: ?collections=experiments,metrics', {
      errors: [{ pointer: '/collections', code: 'missing' }],
    });
  }
  for (const name of scope) {
    const collection = isId(name) ? collections.get(name) : undefined;
    if (!collection) {
      throw new ProblemError(
        'unknown-collection',
        `There is no collection “${name.slice(0, 64)}”.`,
      );
    }
    if (!includesRole(who.role, collection.read)) {
      throw new ProblemError('forbidden', `Reading “${name}” takes a ${collection.read}.`);
    }
  }
  return scope;
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return limits.pullRows;
  const limit = Number(text);
  if (!/^\d{1,6}$/.test(text) || limit < 1) {
    throw new ProblemError('invalid', '?limit= takes a whole number of rows, at least 1.', {
      errors: [{ pointer: '/limit', code: 'minimum' }],
    });
  }
  return Math.min(limit, limits.pullRows);
}
