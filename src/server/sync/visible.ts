/** What of a page of rows its reader may see: policies run here, on what the database has read. */
import type { JsonObject } from '../../protocol/index.js';
import type { Identity } from '../access/identity.js';
import { seenBy, seesPartly } from '../collections/policies.js';
import type { Collection } from '../collections/index.js';

/** Rows of one collection in one range, as JSON texts. */
export interface Line {
  count: number;
  keys: string;
  versions: string;
  values: string;
  removed: string;
  removedVersions: string;
}

/**
 * The line without what `who` may not see. A row that may have been theirs before is told as
 * removed, unless the reader is `new`; one that was just made can't have been, and is not told.
 */
export function visibleLine<L extends Line>(
  line: L,
  collection: Collection,
  who: Identity,
  isNew: boolean,
): L {
  if (!seesPartly(collection, who)) return line;
  const [keys, versions, values, removed, removedVersions] = [
    JSON.parse(line.keys) as string[],
    JSON.parse(line.versions) as number[],
    JSON.parse(line.values) as JsonObject[],
    JSON.parse(line.removed) as string[],
    JSON.parse(line.removedVersions) as number[],
  ];
  const rows = keys.map((key, i) => ({
    key,
    version: versions[i]!,
    value: seenBy(collection, who, key, values[i]!),
  }));
  const seen = rows.filter(({ value }) => value !== null);
  const lost = isNew ? [] : rows.filter(({ value, version }) => value === null && version > 1);
  return {
    ...line,
    count: seen.length + removed.length + lost.length,
    keys: JSON.stringify(seen.map(({ key }) => key)),
    versions: JSON.stringify(seen.map(({ version }) => version)),
    values: JSON.stringify(seen.map(({ value }) => value)),
    removed: JSON.stringify([...removed, ...lost.map(({ key }) => key)]),
    removedVersions: JSON.stringify([...removedVersions, ...lost.map(({ version }) => version)]),
  };
}
