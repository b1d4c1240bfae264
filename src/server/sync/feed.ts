/**
 * The statement that reads a stretch of the feed: rows and counter in one snapshot. Rows come in the
 * order of the counter; while a first pull by scopes goes on, those of the scopes are found by the
 * indexes that the config declares, and what lies between them is not read.
 */
import { limits, type Scopes } from '../../protocol/index.js';
import type { Collection } from '../collections/index.js';
import type { Parameter } from '../database/database.js';
import { INCARNATION } from '../database/identity.js';
import { memberHash, type MemberIndex, literal } from '../database/member-indexes.js';
import type { Position } from './cursor.js';
import type { PlacedLine } from './visible.js';

/** How things stand when rows are read. */
export interface FeedState {
  counter: number;
  /** Tombstones up to here may be gone. */
  pruned: number;
  epoch: string;
  incarnation: string;
  /** Rows that were found; a stretch that is full by its bytes tells only the first of them. */
  found: number;
}

/** Rows of one collection in one chunk; a line without a collection when nothing changed. */
export type FeedLine = FeedState & (PlacedLine | { collection: null });

/** What is read for one pull. */
export interface Feed {
  workspace: string;
  collections: readonly string[];
  /** Collections that are pulled by scopes, and these as JSON: `{collection, member, scope}[]`. */
  scoped: readonly string[];
  scopes: string;
  /** Of them, those each of whose scopes has an indexed `member`, and these indexes. */
  indexed: readonly string[];
  indexes: readonly MemberIndex[];
}

export function feedFor(
  collections: ReadonlyMap<string, Collection>,
  workspace: string,
  asked: readonly string[],
  scopes: Scopes,
): Feed {
  const all = Object.entries(scopes).flatMap(([collection, list]) => {
    const { indexes = [] } = collections.get(collection) ?? {};
    return list.map((scope) => ({
      collection,
      scope,
      member: indexes.find((name) => Object.hasOwn(scope, name)),
    }));
  });
  const scoped = Object.keys(scopes);
  const bare = new Set(all.filter((one) => one.member === undefined).map((one) => one.collection));
  const used = all.flatMap(({ collection, member }) =>
    member === undefined || bare.has(collection) ? [] : [{ collection, member }],
  );
  return {
    workspace,
    collections: asked,
    scoped,
    scopes: JSON.stringify(all),
    indexed: scoped.filter((name) => !bare.has(name)),
    indexes: [...new Map(used.map((index) => [JSON.stringify(index), index])).values()],
  };
}

/**
 * Reads up to `limit` rows, and no more than `stretchBytes` hold, after a position; with each row's
 * own place where it is asked for.
 */
export function feedStatement(
  { workspace, collections, scoped, scopes, indexed, indexes }: Feed,
  { seq, began = 0 }: Position,
  limit: number,
  withSeqs = false,
): { sql: string; parameters: readonly Parameter[] } {
  // Later everything that changed is told, inside or as removed: there is nothing to be found.
  const byIndex = seq < began && indexes.length > 0;
  const sql = `
    with ${CHANGES}, found as (
      ${byIndex ? changedByIndex(indexes) : 'select * from changes order by seq limit $4::int'}
    ), ${CHANGED}, ${linesOf(withSeqs)}
    select coalesce(s.seq, 0) as counter, coalesce(s.pruned, 0) as pruned,
           identity.epoch, ${INCARNATION} as incarnation,
           (select count(*) from found) as found, lines.*
      from identity left join sync_scopes s on s.workspace = $1 left join lines on true
     order by "to", collection`;
  const walked = byIndex ? collections.filter((name) => !indexed.includes(name)) : collections;
  const parameters = [workspace, seq, walked, limit, limits.pageRows, scoped, scopes, began];
  return { sql, parameters: byIndex ? [...parameters, indexed] : parameters };
}

const INSIDE = `
  collection <> all($6::text[]) or exists (
    select from json_to_recordset($7::json) as s(collection text, scope jsonb)
     where s.collection = r.collection and r.value @> s.scope)`;

/** A row outside of the scopes has no value here, like a deleted one. */
const CHANGES = `
  changes as (
    select collection, key, version, seq, case when inside then value end as value,
           case when inside then bytes else 0 end as bytes
      from (select *, ${INSIDE} as inside from rows r
             where workspace = $1 and seq > $2::bigint and collection = any($3::text[])) as feed
     where inside or value is null or seq > $8::bigint)`;

/** As many as a stretch holds: before any value is read, let alone written as text. */
const CHANGED = `
  changed as (
    select collection, key, version, seq, value
      from (select *, sum(bytes) over (order by seq) - bytes as before from found) as summed
     where before < ${limits.stretchBytes})`;

/**
 * Chunks of rows, a line for each collection in a chunk. Ids need no escaping. With places no line
 * has both rows that were there when a first pull began and later ones.
 */
const linesOf = (withSeqs: boolean) => `
  chunked as (
    select *, (row_number() over (order by seq) - 1) / $5::int as chunk from changed
  ), ranged as (
    select *, max(seq) over (partition by chunk${withSeqs ? ', seq > $8::bigint' : ''}) as "to"
      from chunked
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
      ${withSeqs ? SEQS : ''}
      from ranged group by chunk, "to", collection
  )`;

const SEQS = `,
      '[' || coalesce(string_agg(seq::text, ',' order by seq)
             filter (where value is not null), '') || ']' as seqs,
      '[' || coalesce(string_agg(seq::text, ',' order by seq)
             filter (where value is null), '') || ']' as "removedSeqs"`;

/**
 * The same rows as \`changes\` over all collections, each part in order and no longer than asked for:
 * collections without an index, rows that an index finds, tombstones (for whoever pushed before the
 * first pull), and what changed since the first pull began.
 */
function changedByIndex(indexes: readonly MemberIndex[]): string {
  const own = `workspace = $1 and collection = any($9::text[])`;
  const parts = [
    'select * from changes',
    ...indexes.map(found),
    `select collection, key, version, seq, value, bytes from rows
      where ${own} and seq > $2::bigint and value is null`,
    `select collection, key, version, seq, case when ${INSIDE} then value end, bytes from rows r
      where ${own} and seq > $8::bigint`,
  ];
  const union = parts.map((part) => `(${part} order by seq limit $4::int)`).join(' union all ');
  return `select distinct on (seq) * from (${union}) as parts order by seq limit $4::int`;
}

/** \`own_rows\`, because under row-level security no index on members can be used. */
function found({ collection, member }: MemberIndex): string {
  return `
    select r.* from json_to_recordset($7::json) as s(collection text, member text, scope jsonb)
     cross join lateral (
       select collection, key, version, seq, value, bytes from own_rows
        where workspace = $1 and collection = ${literal(collection)} and seq > $2::bigint
          and ${memberHash('value', member)} = ${memberHash('s.scope', member)}
          and value @> s.scope
        order by seq limit $4::int) as r
     where s.collection = ${literal(collection)} and s.member = ${literal(member)}`;
}
