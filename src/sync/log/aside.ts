import { clientProblem } from '../../protocol/index.js';
import type { Mutation, RowState } from './record.js';

/** A dead letter that lost against somebody else's row, with the row that it was written on. */
export function aside(
  mutation: Mutation,
  outcome: keyof typeof LETTERS,
  ancestor: RowState,
): Mutation {
  const [code, detail] = LETTERS[outcome];
  return { ...mutation, ancestor, problem: clientProblem(code, detail) };
}

const LETTERS = {
  deleted: ['not-found', 'Somebody deleted this row while you changed it.'],
  exists: ['already-exists', 'Somebody made another row with this id first.'],
  changed: ['conflict', 'Somebody changed this row first; look at it, then delete it again.'],
} as const;
