/**
 * Both sides changed a row: what becomes of it. What merges, merges (`merge.ts`); the strategy
 * decides about the rest. Time is the order of arrival at the server, never a device's clock: one
 * that is wrong for days must not win. Pure: no I/O, no time.
 */
import { isObject } from '../../protocol/index.js';
import { same } from '../same.js';
import { copyRow } from '../copy.js';
import { isPromise, type FieldTypes } from './fields.js';
import { merge, type Dispute, type Merged } from './merge.js';
import type { Row } from '../types.js';

/**
 * Who wins where both sides changed the same member, or one deleted what the other changed:
 *
 * - `merge`: a member goes to the write that arrives later, which is this device's. A row is never
 *   deleted over somebody's change, nor changed over somebody's deletion, nor put in the place of
 *   another that was made under its id: ours is a dead letter then.
 * - `last-write-wins`: the write that arrives later takes all that is in dispute, also where it
 *   deletes; but a change never brings back a row that somebody deleted: a dead letter.
 * - `client-wins`: ours stands, whatever happened there.
 * - `server-wins`: the server's stays.
 * - `manual`: `onConflict` decides; where it is absent or answers `undefined`, the conflict is
 *   parked and only its row waits.
 * - a function decides like `onConflict`.
 */
export type ConflictStrategy =
  'merge' | 'last-write-wins' | 'server-wins' | 'client-wins' | 'manual' | Resolver;

/** The sides of a conflict; a row is `null` where that side deleted it or never had it. */
export interface Conflict {
  collection: string;
  key: string;
  /** What both sides started from. */
  base: Row | null;
  /** This device's. */
  local: Row | null;
  /** The server's. */
  remote: Row | null;
  /** All that is not in dispute put together; what is, as it is on this device. */
  merged: Row | null;
  /** The members in dispute; none where a whole row is. */
  fields: Record<string, Dispute>;
}

/**
 * Answers the row as it should become, `null` to delete it, or `undefined` to leave it to a person.
 * It must answer at once and may be asked again; one that throws or answers a promise parks.
 */
export type Resolver = (conflict: Conflict) => Row | null | undefined;

export type Outcome =
  /** The row it should become, on the server too. */
  | { row: Row | null }
  /** A person must say. */
  | 'park'
  /**
   * Kept as a dead letter, so that nothing is lost and nothing happens by accident: a change of a
   * row that somebody deleted, a deletion of a row that somebody changed, a new row with an id
   * that somebody else has used.
   */
  | 'deleted'
  | 'changed'
  | 'exists';

/** Sides that differ, and what of them can be put together. */
export function compare(
  sides: Pick<Conflict, 'collection' | 'key' | 'base' | 'local' | 'remote'>,
  types?: FieldTypes,
): { conflict: Conflict; merged: Merged | null } {
  const { base, local, remote } = sides;
  const merged = local && remote ? merge(base, local, remote, types) : null;
  const conflict = { ...sides, merged: merged?.local ?? null, fields: merged?.fields ?? {} };
  return { conflict, merged };
}

export function resolve(
  conflict: Conflict,
  merged: Merged | null,
  strategy: 'merge',
): Exclude<Outcome, 'park'>;
export function resolve(
  conflict: Conflict,
  merged: Merged | null,
  strategy: ConflictStrategy,
  onConflict?: Resolver,
): Outcome;
export function resolve(
  conflict: Conflict,
  merged: Merged | null,
  strategy: ConflictStrategy,
  onConflict?: Resolver,
): Outcome {
  const { base, local, remote } = conflict;
  if (same(base, remote)) return { row: local };
  if (same(base, local)) return { row: remote };
  if (!local && !remote) return { row: null };
  if (merged && !Object.keys(merged.fields).length) return { row: merged.local };

  const mine = merged ? merged.local : local;
  switch (strategy) {
    case 'client-wins':
      return { row: mine };
    case 'server-wins':
      return { row: merged ? merged.remote : remote };
    case 'last-write-wins':
      return remote ? { row: mine } : 'deleted';
    case 'merge':
      if (base && merged) return { row: mine };
      return !remote ? 'deleted' : !local ? 'changed' : 'exists';
    default:
      return ask(strategy === 'manual' ? onConflict : strategy, conflict);
  }
}

/** The app's own to change: it may make its answer out of any of them. */
function copyOf(conflict: Conflict): Conflict {
  return JSON.parse(JSON.stringify(conflict)) as Conflict;
}

/** A resolver that fails, or answers what is no row, has not decided: a person must. */
function ask(resolver: Resolver | undefined, conflict: Conflict): Outcome {
  try {
    const answer: unknown = resolver?.(copyOf(conflict));
    if (answer === null) return { row: null };
    return isObject(answer) && !isPromise(answer)
      ? { row: { ...copyRow(answer), id: conflict.key } }
      : 'park';
  } catch {
    return 'park';
  }
}
