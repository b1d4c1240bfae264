/**
 * Deletes what this device has of entities that are only ever appended: what waits, what was sent
 * and not answered, and the rows themselves. The server keeps what it has.
 */
import type { LogRecord } from '../log/record.js';
import type { State } from '../log/state.js';

export function forgotten(state: State, entities: readonly string[]): Omit<LogRecord, 'by'> {
  const drop = [...state.mutations.values(), ...state.kept.list()]
    .filter(({ collection }) => entities.includes(collection))
    .map(({ id }) => id);
  const rows = entities.flatMap((entity) =>
    [...state.rows(entity)].flatMap(([key, { base, version }]) =>
      base ? [[entity, key, version, null] as [string, string, number, null]] : [],
    ),
  );
  return { drop, discarded: drop, rows };
}
