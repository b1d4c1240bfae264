/**
 * What one mutation does to one row: pure. A stale base is a conflict, which tells the row as it
 * stands, so that the client's strategy decides; so is a create where a row is. A deleted row never
 * comes back but by a replace or create that knows it was deleted. A row that the sender may not
 * see is answered as if it were not there.
 */
import {
  type JsonObject,
  limits,
  problem,
  type Problem,
  type WireMutation,
} from '../../protocol/index.js';
import type { Identity } from '../access/identity.js';
import {
  allows,
  changeOf,
  hasServerMembers,
  keptMembers,
  mayWrite,
  memberFaults,
  seenBy,
  withServerMembers,
} from '../collections/policies.js';
import { type Collection, rowFaults } from '../collections/index.js';
import { invalid } from '../problem-error.js';
import { toldBytes } from './row-bytes.js';
import type { RowState } from './rows.js';

export type Effect =
  /** `write` is absent when nothing has to change, `told` when the sender knows the row as it is. */
  | { outcome: 'applied'; version: number; write?: RowState; told?: JsonObject }
  | { outcome: 'conflict'; row: RowState }
  | { outcome: 'rejected'; problem: Problem };

const NOTHING: RowState = { version: 0, value: null };

/** Why a mutation can't be applied whatever the row is; null when it may. */
export function refusal(
  mutation: WireMutation,
  collection: Collection | undefined,
  who: Identity,
): Problem | null {
  if (!collection) {
    return problem('unknown-collection', `There is no collection “${mutation.collection}”.`);
  }
  if (!collection.write) {
    return problem('read-only', `The server makes the rows of “${mutation.collection}” itself.`);
  }
  if (!mayWrite(collection, who)) return forbidden(mutation);
  const bytes = Buffer.byteLength(JSON.stringify(mutation));
  if (bytes > limits.mutationBytes) {
    const most = limits.mutationBytes;
    return problem('payload-too-large', `A mutation has at most ${most} bytes; this has ${bytes}.`);
  }
  return null;
}

/** The row as `who` may know it. */
export function seenRow(
  collection: Collection,
  who: Identity,
  key: string,
  row: RowState,
): RowState {
  if (row.value === null) return row;
  const value = seenBy(collection, who, key, row.value);
  return value ? { version: row.version, value } : NOTHING;
}

/** What becomes of `row`; `floor` is what the versions of a new one count on from. */
export function applyMutation(
  mutation: WireMutation,
  collection: Collection,
  row: RowState,
  who: Identity,
  floor: number,
): Effect {
  const { op, base, key } = mutation;
  const seen = seenRow(collection, who, key, row);
  const gone = seen.value === null;
  if (base !== seen.version || (op === 'create' && !gone))
    return { outcome: 'conflict', row: seen };
  if (op === 'update' && gone) {
    const detail = `“${mutation.collection}” has no row “${key}” (any more); replace it instead.`;
    return { outcome: 'rejected', problem: problem('not-found', detail) };
  }
  // Both sides agree that it is gone. A conflict would tell the client nothing that it does not
  // know, and it would have nothing better to send: this way it is done at once.
  if (op === 'delete' && gone) return { outcome: 'applied', version: seen.version };
  if (seen.version !== row.version) {
    const detail = `“${mutation.collection}” can’t have a new row “${key}”: take another id.`;
    return { outcome: 'rejected', problem: problem('already-exists', detail) };
  }
  return change(mutation, collection, row, who, floor);
}

function change(
  mutation: WireMutation,
  collection: Collection,
  row: RowState,
  who: Identity,
  floor: number,
): Effect {
  const { op, key } = mutation;
  const version = (row.version || floor) + 1;
  const old = row.value;
  let value: JsonObject | null = null;
  if (op !== 'delete') {
    const sent = (op === 'update' ? mutation.patch : mutation.value) ?? {};
    const foreign = memberFaults(collection, who, sent, old ?? {});
    if (foreign.length) return { outcome: 'rejected', problem: invalid(foreign).problem };
    const kept = op === 'update' ? old : keptMembers(collection, who, old ?? {});
    value = withServerMembers(collection, who, key, { op, old, new: { ...kept, ...sent } });
    if (toldBytes(value) > limits.rowBytes) {
      // Not how many: its hidden members are among them.
      const detail = `A row has at most ${limits.rowBytes} bytes, with all digits of its numbers.`;
      return { outcome: 'rejected', problem: problem('payload-too-large', detail) };
    }
    const errors = rowFaults(collection, key, value, who.workspace);
    if (errors.length) {
      const { pointer, detail } = errors[0]!;
      const where = `${pointer || 'The row'}: ${detail ?? 'does not fit'}.`;
      return { outcome: 'rejected', problem: problem('invalid', where, { errors }) };
    }
  }
  if (!allows(collection, who, changeOf(key, { op, old, new: value }))) {
    return { outcome: 'rejected', problem: forbidden(mutation) };
  }
  const told =
    value && hasServerMembers(collection) ? seenBy(collection, who, key, value) : undefined;
  return { outcome: 'applied', version, write: { version, value }, ...(told ? { told } : {}) };
}

function forbidden({ collection, op, key }: WireMutation): Problem {
  const verb = { create: 'Making', update: 'Changing', replace: 'Changing', delete: 'Deleting' }[
    op
  ];
  return problem('forbidden', `${verb} “${key}” of “${collection}” is not yours to do.`);
}
