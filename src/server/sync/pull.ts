/**
 * `GET /v1/sync/pull`: what changed since the cursor, in the order of the workspace's counter.
 * The feed is state-based: a row that changed often is told once, as it is. Stretch after stretch
 * in one answer: each is read by one statement, rows and counter in one snapshot, when the reader
 * has taken the one before, so neither side holds more than that. The database builds the JSON.
 */
import { limits, type PullEnd, type PullReset } from '../../protocol/index.js';
import type { Identity } from '../access/identity.js';
import { viewOf } from '../collections/policies.js';
import type { Collection } from '../collections/index.js';
import type { Database } from '../database/database.js';
import { type DatabaseIdentity, refreshIdentity, renewEpoch } from '../database/identity.js';
import { ProblemError } from '../problem-error.js';
import { decodeCursor, encodeCursor, type Position } from './cursor.js';
import { feedFor } from './feed.js';
import { readCollections, readScopes } from './scopes.js';
import { readStretch } from './stretch.js';
import type { PlacedLine } from './visible.js';

export interface PullQuery {
  cursor?: string | undefined;
  /** Comma-separated; required. */
  collections?: string | undefined;
  /** JSON, by collection. */
  scopes?: string | undefined;
  /** Rows at most. */
  limit?: string | undefined;
}

/** An answer ends after so long; the client goes on with the next. */
const ANSWER_MS = 20_000;

/** NDJSON, a stretch at a time, the last as its return value: pages and an end; or a reset. */
export async function* pull(
  database: Database,
  identity: DatabaseIdentity,
  collections: ReadonlyMap<string, Collection>,
  who: Identity,
  query: PullQuery,
): AsyncGenerator<string, string> {
  const asked = readCollections(collections, who, query.collections);
  const scopes = readScopes(collections, who, query.scopes, asked);
  const view = viewOf(collections, who);
  const feed = feedFor(collections, who.workspace, asked, scopes);
  let left = readLimit(query.limit);
  const { epoch: known } = identity;
  const start = query.cursor
    ? decodeCursor(identity, query.cursor, who.workspace, view)
    : { workspace: who.workspace, view, seq: 0, began: Number.MAX_SAFE_INTEGER };
  if (typeof start === 'string') return reset(start);

  const store = database.forWorkspace(who.workspace);
  const ends = Date.now() + ANSWER_MS;
  for (let position: Position = start; ;) {
    const { began = 0 } = position;
    const reader = { collections, who, scoped: feed.scoped, began };
    const size = Math.min(left, limits.stretchRows);
    const { standing, told, to } = await readStretch(store, feed, position, { reader, size, ends });
    const { counter, pruned, epoch, incarnation } = standing;
    if (epoch !== known || incarnation !== identity.incarnation) {
      await refreshIdentity(database, identity);
    }
    // The cursor, and what has been told since, are of a life that is over.
    if (identity.epoch !== known) return reset('epoch');
    // The counter never goes back within one life, and nobody else could have signed the cursor.
    if (position.seq > counter) {
      await renewEpoch(database, identity);
      return reset('epoch');
    }
    // What a first pull has told so far was there when it began.
    if (position.seq > 0 && pruned > Math.max(position.seq, began)) {
      return reset('expired');
    }

    const rows = told.reduce((sum, { count }) => sum + count, 0);
    const still = Math.min(began, counter);
    const next = { ...position, seq: to, began: still > to ? still : undefined };
    const end: PullEnd = {
      cursor: encodeCursor(identity, next),
      to,
      rows,
      more: to < counter,
      head: counter,
      epoch,
      durable: await database.durableSeq(who.workspace, counter),
    };
    const text = [...writePages(told, position.seq), JSON.stringify(end), ''].join('\n');
    left -= rows;
    if (!end.more || left <= 0 || Date.now() > ends) return text;
    yield text;
    position = next;
  }
}

/** Pages as text. Lines with the same `to` tell one range; the next range starts where it ends. */
function writePages(pages: readonly PlacedLine[], position: number): string[] {
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

function reset(reason: PullReset['reason']): string {
  const line: PullReset = { reset: true, reason };
  return `${JSON.stringify(line)}\n`;
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return limits.pullRows;
  const limit = Number(text);
  if (!/^\d{1,16}$/.test(text) || limit < 1) {
    throw new ProblemError('invalid', '?limit= takes a whole number of rows, at least 1.', {
      errors: [{ pointer: '/limit', code: 'minimum' }],
    });
  }
  return Math.min(limit, limits.pullRows);
}
