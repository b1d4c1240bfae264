/**
 * A newer app gives its rows another shape. What this device holds passes through the migrations
 * that it has missed: the server's rows, the pending changes and those that are kept for a server
 * that may lose them, in one commit with the version that they are in then. A tab that still runs
 * the older code sees that version and stops writing.
 */
import type { JsonObject } from '../../protocol/index.js';
import { isPromise } from '../conflict/fields.js';
import { difference } from './coalesce.js';
import type { EntityConfig } from '../config.js';
import { isPlain } from '../copy.js';
import { SyncError } from '../errors.js';
import {
  applied,
  rowEntry,
  shows,
  type LogRecord,
  type Mutation,
  type RowState,
} from './record.js';
import { baseOf, type Entry } from './entry.js';
import { type State } from './state.js';
import { outdatedError } from '../storage/refusal.js';
import type { Row } from '../types.js';

type Entities = Record<string, EntityConfig>;
type Migration = (row: Row | null) => Row | null;

/** The commit that brings everything on this device to this code's versions. */
export function migrate(state: State, entities: Entities): Omit<LogRecord, 'by'> {
  const versions = { ...state.meta.versions };
  const rows: NonNullable<LogRecord['rows']> = [];
  const put: Mutation[] = [];
  const kept: Mutation[] = [];
  for (const [name, { version = 1, migrations = {} }] of Object.entries(entities)) {
    const from = versions[name] ?? 1;
    if (version <= from) continue;
    versions[name] = version;
    const all = state.rows(name);
    // What nobody knows the version of is pulled again; migrated twice it would be ruined.
    const mayReturn = state.kept.list().filter(({ collection }) => collection === name);
    if (all.size + mayReturn.length === 0 || state.metaLost) continue;
    const migration = through(name, migrations, from, version);
    for (const [key, entry] of all) {
      const base = baseOf(entry);
      if (base.row) rows.push(rowEntry(name, key, { ...base, row: migration(base.row) }));
      put.push(...migratePending(entry, migration));
    }
    // Each has the row that it was made on.
    kept.push(...migratePending({ base: null, pending: mayReturn }, migration));
  }
  const changed = Object.keys(versions).some(
    (name) => versions[name] !== state.meta.versions[name],
  );
  return changed ? { rows, put, kept, meta: { versions } } : {};
}

/** Whether another tab's newer code has been here; this code would not understand its rows. */
export function outdated(versions: Record<string, number>, entities: Entities): SyncError | null {
  const newer = Object.entries(entities).some(
    ([name, { version = 1 }]) => (versions[name] ?? 1) > version,
  );
  return newer ? outdatedError() : null;
}

function through(
  name: string,
  migrations: NonNullable<EntityConfig['migrations']>,
  from: number,
  to: number,
): Migration {
  return (row) => {
    if (!row) return null;
    let next: JsonObject = row as Row & JsonObject;
    for (let version = from + 1; version <= to; version++) {
      const migration = migrations[version];
      if (!migration) throw failed(name, version, new Error('There is no such migration.'));
      try {
        next = migration({ ...next, id: row.id });
        if (!isPlain(next) || isPromise(next)) throw new TypeError('It answered no row.');
        next = asWritten(next);
      } catch (cause) {
        throw failed(name, version, cause);
      }
    }
    return { ...next, id: row.id };
  };
}

/** The row as the disk will tell it; what can't be written down must not come as far. */
function asWritten(row: JsonObject): JsonObject {
  const text = JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === 'number' ? Number.isFinite(value) : isWritable(value)) return value;
    throw new TypeError(`${String(value)} can’t be stored.`);
  });
  return JSON.parse(text) as JsonObject;
}

/** A date is its text by then. */
function isWritable(value: unknown): boolean {
  return typeof value !== 'object' || !value || Array.isArray(value) || isPlain(value);
}

function failed(name: string, version: number, cause: unknown): SyncError {
  const message = `Rows of “${name}” can’t be brought to version ${version}; mend the migration.`;
  return new SyncError('migration', message, { cause });
}

/**
 * Changes are migrated by what they do: the row before and after each, both in the new shape, and
 * what leads from one to the other. What was offered to the server goes again as it was.
 */
function migratePending(entry: Pick<Entry, 'base' | 'pending'>, migration: Migration): Mutation[] {
  let before = entry.base;
  return entry.pending.map((mutation) => {
    const { op, value, patch, ancestor, conflict, sent, offered } = mutation;
    const start = ancestor ? ancestor.row : before;
    const after = applied(mutation, start);
    if (shows(mutation)) before = after;
    const { value: _value, patch: _patch, ...rest } = mutation;
    const content = { op, ...(value && { value }), ...(patch && { patch }) };
    const state = (known: RowState) => ({ ...known, row: migration(known.row) });
    return {
      ...rest,
      ...(value
        ? { value: migration(value) as Row & JsonObject }
        : op === 'update' && update(migration(start), migration(after), content)),
      ...(ancestor && { ancestor: state(ancestor) }),
      ...(conflict && { conflict: state(conflict) }),
      ...(sent && { offered: offered ?? content }),
    };
  });
}

function update(
  before: Row | null,
  after: Row | null,
  content: Pick<Mutation, 'op' | 'value' | 'patch'>,
): Pick<Mutation, 'op' | 'value' | 'patch'> {
  if (!after) return content;
  return difference(before, after) ?? { op: 'update', patch: {} };
}
