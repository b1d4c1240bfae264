/**
 * What of a stretch of rows its reader may see: policies run here, on what the database has read.
 * What is hidden leaves no trace, not in how a stretch is cut either: with a scope that guesses at
 * hidden rows their reader would learn whether it guessed right.
 */
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

/** A line as it is read. */
export interface PlacedLine extends Line {
  collection: string;
  /** Where its last row stands in the workspace's counter. */
  to: number;
}

/** A line that policies have a say in. */
export interface SecretLine extends PlacedLine {
  /** Each row's own place there, in the order of `keys` and of `removed`. */
  seqs: string;
  removedSeqs: string;
}

/** A row as it is told; null when it is removed. */
export interface ToldRow {
  collection: string;
  key: string;
  version: number;
  seq: number;
  value: JsonObject | null;
}

/** Who reads, and what for. */
export interface Reader {
  collections: ReadonlyMap<string, Collection>;
  who: Identity;
  /** Collections that are pulled by scopes. */
  scoped: readonly string[];
  /** Rows up to here in the workspace's counter can't have been told before. */
  began: number;
}

/** Whether any of these collections has rows or members that are not for its reader. */
export function readsPartly({ collections, who }: Reader, asked: readonly string[]): boolean {
  return asked.some((name) => seesPartly(collections.get(name)!, who));
}

/**
 * The rows of a line that its reader may know of, in no order. One that may have been theirs before
 * is told as removed; one that was just made can't have been, and is not told, unless all that is
 * outside of the scopes is.
 */
export function visibleRows(line: SecretLine, reader: Reader): ToldRow[] {
  const { collection } = line;
  const [keys, versions, seqs, values] = [
    JSON.parse(line.keys) as string[],
    JSON.parse(line.versions) as number[],
    JSON.parse(line.seqs) as number[],
    JSON.parse(line.values) as JsonObject[],
  ];
  const [removed, removedVersions, removedSeqs] = [
    JSON.parse(line.removed) as string[],
    JSON.parse(line.removedVersions) as number[],
    JSON.parse(line.removedSeqs) as number[],
  ];
  const isNew = line.to <= reader.began;
  const isScoped = reader.scoped.includes(collection);
  const rules = reader.collections.get(collection)!;
  const rows = keys.map((key, i) => {
    const value = seenBy(rules, reader.who, key, values[i]!);
    return { collection, key, version: versions[i]!, seq: seqs[i]!, value };
  });
  const gone = removed.map((key, i) => {
    const [version, seq] = [removedVersions[i]!, removedSeqs[i]!];
    return { collection, key, version, seq, value: null };
  });
  const isTold = ({ value, version }: ToldRow) =>
    value !== null || (!isNew && (isScoped || version > 1));
  return [...rows.filter(isTold), ...gone];
}

/** A line for each collection. */
export function linesOf(rows: readonly ToldRow[]): (Line & { collection: string })[] {
  const collections = [...new Set(rows.map(({ collection }) => collection))];
  return collections.map((collection) => {
    const own = rows.filter((row) => row.collection === collection);
    const kept = own.filter(({ value }) => value !== null);
    const removed = own.filter(({ value }) => value === null);
    const list = (of: ToldRow[], member: 'key' | 'version' | 'value') =>
      JSON.stringify(of.map((row) => row[member]));
    return {
      collection,
      count: own.length,
      keys: list(kept, 'key'),
      versions: list(kept, 'version'),
      values: list(kept, 'value'),
      removed: list(removed, 'key'),
      removedVersions: list(removed, 'version'),
    };
  });
}
