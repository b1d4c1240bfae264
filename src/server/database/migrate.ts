/** Brings the schema up to date: the files of `migrations/`, in order, forward only. */
import { readdir, readFile } from 'node:fs/promises';
import type { Database } from './database.js';

/** Beside this file as source, beside the bundle when built. */
const folder = new URL('./migrations/', import.meta.url);

/** Any number: the one that all nodes agree on. */
const MIGRATION_LOCK = 4_100_000_001;

/**
 * Runs the migrations that this database has not seen, all in one transaction, so that it is
 * safe on several nodes that start together; returns their names.
 */
export async function migrate(database: Database): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const scripts = await Promise.all(
    files.map(async (name) => ({ name, sql: await readFile(new URL(name, folder), 'utf8') })),
  );
  return database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK]);
    await tx.query(
      `create table if not exists migrations (
         name text primary key,
         applied_at timestamptz not null default now())`,
    );
    const seen = new Set(
      (await tx.query<{ name: string }>('select name from migrations')).map(({ name }) => name),
    );
    const missing = scripts.filter(({ name }) => !seen.has(name));
    for (const { name, sql } of missing) {
      await tx.query(sql);
      await tx.query('insert into migrations (name) values ($1)', [name]);
    }
    return missing.map(({ name }) => name);
  });
}
