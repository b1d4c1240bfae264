/**
 * What one mutation does to one row: pure. A stale base is a conflict, which tells the row as it
 * stands, so that the client's strategy decides; so is a create where a row is. A deleted row never
 * comes back but by a replace or create that knows it was deleted.
 */
import {
  limits,
  problem,
  type JsonObject,
  type Problem,
  type WireMutation,
} from '../../protocol/index.js';
import { includesRole, type Role } from '../access/identity.js';
import { type Collection, rowFaults } from '../collections/index.js';
import type { RowState } from './rows.js';

export type Effect =
  | { outcome: 'applied'; row: RowState }
  | { outcome: 'conflict' }
  | { outcome: 'rejected'; problem: Problem };

/** Why a mutation can't be applied whatever the row is; null when it may. */
export function refusal(
  mutation: WireMutation,
  collection: Collection | undefined,
  role: Role,
): Problem | null {
  if (!collection) {
    return problem('unknown-collection', `There is no collection “${mutation.collection}”.`);
  }
  if (!collection.write) {
    return problem('read-only', `The server makes the rows of “${mutation.collection}” itself.`);
  }
  if (!includesRole(role, collection.write)) {
    return problem(
      'forbidden',
      `Writing to “${mutation.collection}” takes an ${collection.write}.`,
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(mutation));
  if (bytes > limits.mutationBytes) {
    const most = limits.mutationBytes;
    return problem('payload-too-large', `A mutation has at most ${most} bytes; this has ${bytes}.`);
  }
  return null;
}

/** What becomes of `row`. Applied with the same version means that nothing had to change. */
export function applyMutation(
  mutation: WireMutation,
  collection: Collection,
  row: RowState,
): Effect {
  const { op, base, key } = mutation;
  const gone = row.value === null;
  if (base !== row.version || (op === 'create' && !gone)) return { outcome: 'conflict' };
  if (op === 'update' && gone) {
    const detail = `“${mutation.collection}” has no row “${key}” (any more); replace it instead.`;
    return { outcome: 'rejected', problem: problem('not-found', detail) };
  }
  const version = row.version + 1;
  if (op === 'delete') {
    // Both sides agree that it is gone. A conflict would tell the client nothing that it does not
    // know, and it would have nothing better to send: this way it is done at once.
    return { outcome: 'applied', row: gone ? row : { version, value: null } };
  }

  const value = merged(mutation, row);
  const errors = rowFaults(collection, key, value);
  if (errors.length) {
    const { pointer, detail } = errors[0]!;
    const where = `${pointer || 'The row'}: ${detail ?? 'does not fit'}.`;
    return { outcome: 'rejected', problem: problem('invalid', where, { errors }) };
  }
  return { outcome: 'applied', row: { version, value } };
}

function merged({ op, value, patch }: WireMutation, row: RowState): JsonObject {
  return op === 'update' ? { ...row.value, ...patch } : { ...value };
}
