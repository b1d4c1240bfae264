import { isId, isObject, type JsonObject } from './json.js';
import type { Etag } from './push.js';

/**
 * `GET /v1/sync/pull?cursor=&collections=a,b&limit=` → `application/x-ndjson`.
 *
 * Any number of page lines, then one end line. Pages name the range of the workspace's counter
 * that they cover, `(from, to]`; ranges join without a hole, and the client checks that. A range
 * may be told by several lines, one for each collection that changed in it.
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

/** The last line of a pull. */
export interface PullEnd {
  /** Opaque; give it back to go on from here. */
  cursor: string;
  /** The counter up to which everything has now been told; the next pull's ranges start here. */
  to: number;
  /** Whether there is more to pull right now. */
  more: boolean;
  /** Names this life of the database; new after a restore. */
  epoch: string;
  /** The counter up to which the database has reached the disk. */
  durable: number;
}

/** Instead of everything: the cursor means nothing here (any more); pull again without one. */
export interface PullReset {
  reset: true;
  /** `relist`: nothing has happened; it is time to look for what is gone. */
  reason: 'cursor' | 'epoch' | 'scope' | 'expired' | 'relist';
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
    Array.isArray(keys) &&
    keys.every(isId) &&
    Array.isArray(versions) &&
    versions.length === keys.length &&
    versions.every(Number.isSafeInteger) &&
    Array.isArray(values) &&
    values.length === keys.length &&
    values.every(isObject) &&
    Array.isArray(removed) &&
    removed.every(isId) &&
    Array.isArray(removedVersions) &&
    removedVersions.length === removed.length &&
    removedVersions.every(Number.isSafeInteger)
  );
}

export function isPullEnd(value: unknown): value is PullEnd {
  return (
    isObject(value) &&
    typeof value.cursor === 'string' &&
    Number.isSafeInteger(value.to) &&
    typeof value.more === 'boolean' &&
    typeof value.epoch === 'string' &&
    Number.isSafeInteger(value.durable)
  );
}

export function isPullReset(value: unknown): value is PullReset {
  return isObject(value) && value.reset === true;
}

/**
 * `GET /v1/sync/live?collections=a,b` → `text/event-stream`: hints that there is something to
 * pull. `event: hint`, `data: {"seq": 41}`; a comment line every 15 seconds keeps it open.
 */
export interface LiveHint {
  seq: number;
}
