/**
 * The server's database is another than before: restored from a backup. What it had accepted since
 * is offered again, and what it turns out not to know is made anew, on the rows as they are now.
 */
import type { JsonObject } from '../../protocol/index.js';
import type { FieldTypes } from '../conflict/fields.js';
import { carried } from '../log/join.js';
import { applied, isGivenUp, isWaiting, type Mutation, type RowState } from '../log/record.js';
import { baseOf, type Entry } from '../log/entry.js';
import { type State } from '../log/state.js';
import { same } from '../same.js';
import type { Row } from '../types.js';

/**
 * Everything that was kept waits again, before rows move under it. What was written on top of it
 * remembers the row it was written on: others had changed that row in between.
 */
export function reoffered(state: State): Mutation[] {
  const kept = state.kept.list();
  const later = new Map<string, Mutation>();
  for (const { collection, key } of kept) {
    const entry = state.entry(collection, key);
    const next = entry?.pending.find((m) => isWaiting(m) || isGivenUp(m));
    if (next && !next.ancestor) later.set(next.id, { ...next, ancestor: baseOf(entry!) });
  }
  return [...kept, ...later.values()];
}

/**
 * A mutation that another epoch had accepted and this one does not know, and what
 * is pending behind it, as they are to be rebased on the row that is there now.
 *
 * A row that never was in this epoch was lost, not deleted: it is created as it was before, with the
 * change. One that is there although this would have created it was brought back by another device
 * that had it; unless it has nothing of it: then it is somebody else's, made under the same id. What
 * is gone as this wanted it to be was deleted by nobody else: it may have been made anew since.
 */
export function revived(
  mutation: Mutation,
  entry: Entry,
  { version, row }: RowState,
  types: FieldTypes | undefined,
): [Mutation, Entry] {
  if (!mutation.accepted) return [mutation, entry];
  const { op, value, patch, ancestor } = mutation;
  const first = { ...mutation };
  if (op === 'create' && row && isOf(row, value!)) first.ancestor = { version, row: value! };
  else if (op === 'update' && !version && ancestor?.row) {
    first.op = 'create';
    first.value = { ...ancestor.row, ...patch } as Row & JsonObject;
    first.ancestor = { version, row: null };
  } else if (op === 'delete' && !row) first.ancestor = { version, row: null };
  // Each was written on a row that others had changed in between, which is lost too: without that.
  let was = first.ancestor!.row;
  let now = was;
  const pending = entry.pending.map((next) => {
    if (!isWaiting(next)) return next;
    const original = next.id === first.id ? first : next;
    was = original.ancestor?.row ?? was;
    const { ancestor: _, ...carriedOver } = carried(original, was, now, types);
    const written = next.id === first.id ? first : carriedOver;
    was = applied(original, was);
    now = applied(written, now);
    return written;
  });
  return [first, { ...entry, pending }];
}

/** Whether a row may be what others have made of this one since. */
function isOf(row: Row, created: Row): boolean {
  const members = Object.entries(created).filter(([name]) => name !== 'id');
  const now = new Map<string, unknown>(Object.entries(row));
  return !members.length || members.some(([name, value]) => same(value, now.get(name)));
}
