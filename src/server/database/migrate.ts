/** Brings the schema up to date: the files of `migrations/`, in order, forward only. */
import { readdir, readFile } from 'node:fs/promises';
import type { Database } from './database.js';
import { ensureTenantRole, secureTenantTables } from './row-security.js';

/** Beside this file as source, beside the bundle when built. */
const folder = new URL('./migrations/', import.meta.url);

/** Any number: the one that all nodes agree on. */
const MIGRATION_LOCK = 4_100_000_001;

/** The database has been migrated by a newer program, whose tables this one does not know. */
export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError';
  readonly code = 'newer-database';

  constructor(unknown: readonly string[]) {
    super(
      `This database has been migrated by a newer version (${unknown.join(', ')}). ` +
        'Start that version, or restore a backup from before the upgrade.',
    );
  }
}

/**
 * Runs the migrations that this database has not seen, all in one transaction, so that it is
 * safe on several nodes that start together; returns their names. Rejects with
 * `NewerDatabaseError` when the database has seen some that are not here.
 */
export async function migrate(database: Database): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const scripts = await Promise.all(
    files.map(async (name) => ({ name, sql: await readFile(new URL(name, folder), 'utf8') })),
  );
  await ensureTenantRole(database);
  return database.transaction(
    async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK]);
      await tx.query(
        `create table if not exists migrations (
           name text primary key,
           applied_at timestamptz not null default now())`,
      );
      const applied = await tx.query<{ name: string }>('select name from migrations order by name');
      const seen = new Set(applied.map(({ name }) => name));
      const unknown = [...seen].filter((name) => !files.includes(name));
      if (unknown.length) throw new NewerDatabaseError(unknown);
      const missing = scripts.filter(({ name }) => !seen.has(name));
      for (const { name, sql } of missing) {
        await tx.query(sql);
        await tx.query('insert into migrations (name) values ($1)', [name]);
      }
      await secureTenantTables(tx);
      return missing.map(({ name }) => name);
    },
    { unhurried: true },
  );
}
