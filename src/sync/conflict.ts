/**
 * Three-way merge by member. What changed on one side only merges by itself; members that both
 * sides changed, each to something else, go by the strategy. Pure: no I/O, no time.
 */
import { isObject } from '../protocol/index.js';
import { same } from './coalesce.js';
import { copyRow } from './copy.js';
import type { Row } from './types.js';

/**
 * - `merge`, `last-write-wins`, `client-wins`: this device's write, being the later to arrive,
 *   takes the members that both changed.
 * - `server-wins`: the server's stay.
 * - `manual`: `onConflict` decides; where it is absent or answers `undefined`, the conflict is
 *   parked and only its row waits.
 * - a function decides like `onConflict`.
 *
 * A resolver must answer at once; one that throws or answers a promise parks the conflict.
 */
export type ConflictStrategy =
  'merge' | 'last-write-wins' | 'server-wins' | 'client-wins' | 'manual' | Resolver;

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
  /** An edit of a row that is deleted: kept as a dead letter, so that it neither comes back by accident nor is lost. */
  | 'deleted';

export function resolve(
  conflict: Parameters<Resolver>[0],
  strategy: ConflictStrategy,
  onConflict?: Resolver,
): Outcome {
  const { base, local, remote } = conflict;
  if (same(local, remote)) return { row: remote };
  if (same(base, remote)) return { row: local };
  if (same(base, local)) return { row: remote };

  const merged = local && remote ? mergeMembers(base ?? { id: conflict.key }, local, remote) : null;
  if (merged && !merged.overlap) return { row: merged.row };

  if (strategy === 'server-wins') return { row: merged ? merged.remoteFirst : remote };
  if (strategy === 'manual' || typeof strategy === 'function') {
    return ask(typeof strategy === 'function' ? strategy : onConflict, conflict);
  }
  if (merged) return { row: merged.row };
  if (!remote) return strategy === 'client-wins' ? { row: local } : 'deleted';
  return { row: local };
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

function mergeMembers(base: Row, local: Row, remote: Row) {
  const [b, l, r] = [base, local, remote] as unknown as Record<string, unknown>[];
  const row: Record<string, unknown> = {};
  const remoteFirst: Record<string, unknown> = {};
  let overlap = false;
  for (const name of new Set([...Object.keys(r!), ...Object.keys(l!)])) {
    const mine = !same(l![name], b![name]);
    const theirs = !same(r![name], b![name]);
    if (mine && theirs && !same(l![name], r![name])) overlap = true;
    set(row, name, mine ? l! : r!);
    set(remoteFirst, name, theirs || !mine ? r! : l!);
  }
  return { row: row as unknown as Row, remoteFirst: remoteFirst as unknown as Row, overlap };
}

/** A member that is absent there stays absent here. */
function set(row: Record<string, unknown>, name: string, source: Record<string, unknown>): void {
  if (Object.hasOwn(source, name)) row[name] = source[name];
}
