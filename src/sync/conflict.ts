/**
 * Three-way merge by member. What changed on one side only merges by itself; members that both
 * sides changed, each to something else, go by the strategy. Pure: no I/O, no time.
 */
import { isObject } from '../protocol/index.js';
import { same } from './coalesce.js';
import { copyRow } from './copy.js';
import type { Row } from './types.js';

/**
 * - `merge`, `last-write-wins`: this device's write, being the later to arrive, takes the members
 *   that both changed. Where there is nothing to merge (deleted here or there, made twice under one
 *   id) the server's row stands and ours is a dead letter.
 * - `client-wins`: ours stands, whatever happened there.
 * - `server-wins`: the server's stay.
 * - `manual`: `onConflict` decides; where it is absent or answers `undefined`, the conflict is
 *   parked and only its row waits.
 * - a function decides like `onConflict`.
 *
 * A resolver must answer at once; one that throws or answers a promise parks the conflict.
 */
export type ConflictStrategy =
  'merge' | 'last-write-wins' | 'server-wins' | 'client-wins' | 'manual' | Resolver;

type Members = Record<string, unknown>;

interface Merged {
  row: Members;
  remoteFirst: Members;
  overlap: boolean;
}

/** Rows are `null` where that side deleted. Answers the row it should become. */
export type Resolver = (conflict: {
  collection: string;
  key: string;
  base: Row | null;
  local: Row | null;
  remote: Row | null;
}) => Row | null | undefined;

export type Outcome =
  /** The row it should become, on the server too. */
  | { row: Row | null }
  /** A person must say. */
  | 'park'
  /**
   * Kept as a dead letter, so that nothing is lost and nothing happens by accident: an edit of a
   * row that somebody deleted, a deletion of a row that somebody changed, a new row with an id
   * that somebody else has used.
   */
  | 'deleted'
  | 'changed'
  | 'exists';

export function resolve(
  conflict: Parameters<Resolver>[0],
  strategy: ConflictStrategy,
  onConflict?: Resolver,
): Outcome {
  const { base, local, remote } = conflict;
  if (same(local, remote)) return { row: remote };
  if (same(base, remote)) return { row: local };
  if (same(base, local)) return { row: remote };

  const merged =
    base && local && remote
      ? mergeMembers(
          base as unknown as Members,
          local as unknown as Members,
          remote as unknown as Members,
        )
      : null;
  if (merged && !merged.overlap) return { row: merged.row as unknown as Row };

  if (strategy === 'server-wins')
    return { row: merged ? (merged.remoteFirst as unknown as Row) : remote };
  if (strategy === 'manual' || typeof strategy === 'function') {
    return ask(typeof strategy === 'function' ? strategy : onConflict, conflict);
  }
  if (merged) return { row: merged.row as unknown as Row };
  if (strategy === 'client-wins') return { row: local };
  return !remote ? 'deleted' : !local ? 'changed' : 'exists';
}

/** A resolver that fails, or answers what is no row, has not decided: a person must. */
function ask(resolver: Resolver | undefined, conflict: Parameters<Resolver>[0]): Outcome {
  try {
    const answer: unknown = resolver?.(conflict);
    if (answer === null) return { row: null };
    return isObject(answer) && !('then' in answer)
      ? { row: { ...copyRow(answer), id: conflict.key } }
      : 'park';
  } catch {
    return 'park';
  }
}

/**
 * Members of objects within the row are merged one by one too; lists are taken whole. `row` gives
 * what both changed to this device, `remoteFirst` to the server.
 */
function mergeMembers(base: Members, local: Members, remote: Members): Merged {
  const row: Members = {};
  const remoteFirst: Members = {};
  let overlap = false;
  for (const name of new Set([...Object.keys(remote), ...Object.keys(local)])) {
    const [b, l, r] = [base[name], local[name], remote[name]];
    const mine = !same(l, b);
    const theirs = !same(r, b);
    if (mine && theirs && isObject(l) && isObject(r)) {
      const inner = mergeMembers(isObject(b) ? b : {}, l, r);
      overlap ||= inner.overlap;
      row[name] = inner.row;
      remoteFirst[name] = inner.remoteFirst;
      continue;
    }
    if (mine && theirs && !same(l, r)) overlap = true;
    set(row, name, mine ? local : remote);
    set(remoteFirst, name, theirs || !mine ? remote : local);
  }
  return { row, remoteFirst, overlap };
}

/** A member that is absent there stays absent here. */
function set(target: Members, name: string, source: Members): void {
  if (Object.hasOwn(source, name)) target[name] = source[name];
}
