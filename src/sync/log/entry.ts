/** What memory knows of one row: the server's state, what is pending on top, and what the app sees. */
import { isGivenUp, isOffered, shown, shows, type Mutation, type RowState } from './record.js';
import type { Row } from '../types.js';
import type { Etag } from '../../protocol/index.js';

export interface Entry {
  base: Row | null;
  /** The server's version of `base`; 0 where it has none. */
  version: number;
  etag: Etag | undefined;
  /** What is in the outbox for this row, in order. */
  pending: readonly Mutation[];
  /** Writes that are not on disk yet. */
  staged: readonly Mutation[];
  /** What the app sees. */
  view: Row | null;
  /** The page that it lies on. */
  page: string | null;
  /** The log's revision at which the server's acceptance of a change was noted; 0 before. */
  accepted: number;
  /**
   * The version at which it was out of every scope, or deleted: nobody said which; 0 where it is
   * not. What is pending is offered on the row as it was, never on this version: the server tells
   * what has become of it. With the last of it the row goes.
   */
  left: number;
}

export const NONE: readonly never[] = [];

/** A row of which nothing is known yet. */
export function blank(): Entry {
  return {
    base: null,
    version: 0,
    etag: undefined,
    pending: NONE,
    staged: NONE,
    view: null,
    page: null,
    accepted: 0,
    left: 0,
  };
}

/** The server's row, as far as this device knows. */
export function baseOf({ version, base, etag }: Entry): RowState {
  return etag === undefined ? { version, row: base } : { version, row: base, etag };
}

/** The row as the disk has it: without writes still on their way there. */
export function committed(entry: Entry | undefined): Row | null {
  if (!entry) return null;
  return entry.staged.length ? shown(entry.pending, entry.base) : entry.view;
}

/** The last mutation of a row if another may join it: refused for good, or surely never sent. */
export function joinable(pending: readonly Mutation[]): Mutation | undefined {
  const last = pending.filter(shows).at(-1);
  const joins = last && !last.conflict && (last.problem ? !isGivenUp(last) : !isOffered(last));
  return joins ? last : undefined;
}

/** The list without one of it. */
export function without(list: readonly Mutation[], id: string): readonly Mutation[] {
  if (list.length === 1 && list[0]!.id === id) return NONE;
  const rest = list.filter((mutation) => mutation.id !== id);
  return rest.length ? rest : NONE;
}
