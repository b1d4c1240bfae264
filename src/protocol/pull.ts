import { isId, isObject, isVersion, type JsonObject } from './json.js';
import type { Etag } from './push.js';

/**
 * `GET /v1/sync/pull?cursor=&collections=a,b&scopes=&limit=` → `application/x-ndjson`.
 *
 * Stretch after stretch, each of any number of page lines and an end line, whose cursor goes on
 * from there: what has arrived can be kept, whatever becomes of the rest. Pages name the range of
 * the workspace's counter that they cover, `(from, to]`; ranges join without a hole, and the client
 * checks that. A range may be told by several lines, one for each collection that changed in it.
 *
 * `cursor` is a place in the counter, not bound to what is pulled: collections with the same cursor
 * can be pulled together. `scopes` is JSON, `Scopes`: of the collections in it only rows of their
 * scopes are told, and a changed row that is in none of them is told as removed, at its version.
 * `limit` bounds the rows of the answer.
 */
export interface PullPage {
  collection: string;
  from: number;
  to: number;
  /** `keys`, `versions` and `values` run in parallel. A value has no id: that is its key. */
  keys: string[];
  versions: number[];
  values: JsonObject[];
  /** Keys of rows that are deleted or no longer visible, and the versions they went at. */
  removed: string[];
  removedVersions: number[];
  /** Parallel to `keys`, from servers whose versions are not counted. */
  etags?: (Etag | undefined)[];
}

/** The last line of a stretch. */
export interface PullEnd {
  /** Opaque; give it back to go on from here. */
  cursor: string;
  /** The counter up to which everything has now been told; the next range starts here. */
  to: number;
  /**
   * How many rows the lines of this stretch told, removed ones included: one that was lost on the
   * way is noticed. Absent where a transport makes the lines itself.
   */
  rows?: number;
  /** Whether there is more to pull right now. */
  more: boolean;
  /** The counter as it stands: how far there is to go. For a progress bar, nothing else. */
  head?: number;
  /** Names this life of the database; new after a restore. */
  epoch: string;
  /** The counter up to which the database has reached the disk. */
  durable: number;
}

/** Instead of everything: the cursor means nothing here (any more); pull again without one. */
export interface PullReset {
  reset: true;
  /** `relist`: nothing has happened; it is time to look for what is gone. */
  reason: 'cursor' | 'epoch' | 'expired' | 'relist';
}

export type PullLine = PullPage | PullEnd | PullReset;

export const PULL_CONTENT_TYPE = 'application/x-ndjson';

export function isPullPage(value: unknown): value is PullPage {
  if (!isObject(value)) return false;
  const { collection, from, to, keys, versions, values, removed, removedVersions } = value;
  return (
    isId(collection) &&
    Number.isSafeInteger(from) &&
    Number.isSafeInteger(to) &&
    isList(keys, isId) &&
    isList(versions, isVersion, keys) &&
    isList(values, isObject, keys) &&
    isList(removed, isId) &&
    isList(removedVersions, isVersion, removed)
  );
}

/** A list of such things, as many as there are `beside` it. */
function isList(
  value: unknown,
  is: (item: unknown) => boolean,
  beside = value,
): value is unknown[] {
  return (
    Array.isArray(value) &&
    value.length === (beside as unknown[]).length &&
    value.every((item) => is(item))
  );
}

export function isPullEnd(value: unknown): value is PullEnd {
  return (
    isObject(value) &&
    typeof value.cursor === 'string' &&
    Number.isSafeInteger(value.to) &&
    (value.rows === undefined || Number.isSafeInteger(value.rows)) &&
    typeof value.more === 'boolean' &&
    (value.head === undefined || Number.isSafeInteger(value.head)) &&
    typeof value.epoch === 'string' &&
    Number.isSafeInteger(value.durable)
  );
}

export function isPullReset(value: unknown): value is PullReset {
  return isObject(value) && value.reset === true;
}

/**
 * `GET /v1/sync/live?collections=a,b` → `text/event-stream`: hints that there is something to
 * pull. `event: hint`, `data: {"seq": 41}`; a comment line every 15 seconds keeps it open, and
 * `retry:` says when to come back after it ended. No `Last-Event-ID`: the cursor of the pull is
 * what says where a client stands, so a hint that was missed is made up for by any pull.
 */
export interface LiveHint {
  seq: number;
}
