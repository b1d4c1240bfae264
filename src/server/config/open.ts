/** Opens the database that the settings name, its schema up to date. */
import { existsSync } from 'node:fs';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFolderError, permissionError } from '../database/data-folder.js';
import { type Database, DatabaseError } from '../database/database.js';
import { readIdentity } from '../database/identity.js';
import { migrate } from '../database/migrate.js';
import { refusePrivilegedRole } from '../database/row-security.js';
import { openPglite } from '../database/pglite.js';
import { openPostgres } from '../database/postgres.js';
import { type DatabaseSettings, SettingsError } from './settings.js';

/** `production`: refuses to connect as a superuser. Default: what `NODE_ENV` says. */
export async function openDatabase(
  settings: DatabaseSettings,
  { production = process.env.NODE_ENV === 'production' } = {},
): Promise<Database> {
  const database =
    settings.kind === 'postgresql'
      ? await openNamed(settings)
      : settings.kind === 'folder'
        ? await openFolder(settings.folder)
        : await openPglite(null);
  try {
    if (production) await refusePrivilegedRole(database);
    await migrate(database);
    if (settings.kind === 'folder') await leaveSecret(database, settings.folder);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

async function openFolder(folder: string): Promise<Database> {
  await checkFolder(folder);
  try {
    return await openPglite(folder);
  } catch (error) {
    throw asSettingsError(error);
  }
}

/** A folder that can't be used is a `--data` that does not fit. */
function asSettingsError(error: unknown): unknown {
  if (!(error instanceof DataFolderError)) return error;
  return new SettingsError(error.message, { cause: error });
}

/** Says what an operator can do about a PostgreSQL that does not let us in. */
async function openNamed(settings: DatabaseSettings & { kind: 'postgresql' }): Promise<Database> {
  try {
    return await openPostgres(settings.url, settings);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const [, advice] = REMEDIES.find(([code]) => code.test(error.code)) ?? [];
    if (advice === undefined) throw error;
    const message = `PostgreSQL can’t be used: ${error.message}. ${advice}`;
    throw new DatabaseError(error.code, message, error);
  }
}

/** By SQLSTATE. */
const REMEDIES: readonly [code: RegExp, advice: string][] = [
  [/^(08|57P)/, 'Start it, or say in DATABASE_URL where it is.'],
  [/^53300$/, 'Give it more connections (max_connections), or each node fewer.'],
  [/^3D000$/, 'Make that database with createdb, or name another in DATABASE_URL.'],
  [/^28/, 'Name a role that may log in, and its password, in DATABASE_URL.'],
];

/** The same, but makes no new database: a mistyped `--data` would look like an empty one. */
export async function openExisting(settings: DatabaseSettings): Promise<Database> {
  if (settings.kind === 'memory') throw new SettingsError('--memory is a new database, and empty.');
  if (settings.kind === 'folder' && !holdsDatabase(settings.folder)) {
    throw noDatabase(settings.folder);
  }
  return openDatabase(settings);
}

function holdsDatabase(folder: string): boolean {
  return existsSync(join(folder, 'database')) || existsSync(join(folder, 'dumps'));
}

/** Nothing was ever written to the workspace that a command names. */
export class UnknownWorkspaceError extends Error {
  override readonly name = 'UnknownWorkspaceError';
  readonly code = 'unknown-workspace';

  constructor(workspace: string) {
    super(`This database has nothing of a workspace “${workspace}”. Is it the right --workspace?`);
  }
}

/** Rejects with `UnknownWorkspaceError`: a mistyped name would look like an empty workspace. */
export async function refuseUnknownWorkspace(database: Database, workspace: string): Promise<void> {
  const [found] = await database.forWorkspace(workspace).query<{ known: boolean }>(
    `select exists (select from rows where workspace = $1)
         or exists (select from exposures where workspace = $1)
         or exists (select from conversions where workspace = $1)
         or exists (select from identifies where workspace = $1)
         or exists (select from audit where workspace = $1) as known`,
    [workspace],
  );
  if (!found?.known) throw new UnknownWorkspaceError(workspace);
}

/** Before anything is written into what is not ours. */
async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    const cause = error.code === 'ENOTDIR' ? 'a part of that path is a file' : error.message;
    throw new SettingsError(`--data can’t be ${folder}: ${cause}.`, { cause: error });
  });
  if (found && !found.isDirectory()) {
    throw new SettingsError(`--data takes a folder, and ${folder} is a file.`);
  }
  if (existsSync(join(folder, 'PG_VERSION'))) {
    throw new SettingsError(
      `--data takes a folder of its own, and ${folder} holds the files of another PostgreSQL. ` +
        'Take another folder, or connect to that server with DATABASE_URL.',
    );
  }
}

/** The embedded database has one user at a time; `bytelyst token` reads the secret beside it. */
async function leaveSecret(database: Database, folder: string): Promise<void> {
  const { secret } = await readIdentity(database);
  const file = secretFile(folder);
  await writeFile(file, secret, { mode: 0o600 });
  await chmod(file, 0o600);
}

/** The secret that a server on this database signs bearer tokens with, when no other is set. */
export async function readDatabaseSecret(settings: DatabaseSettings): Promise<string> {
  if (settings.kind === 'memory') {
    throw new SettingsError(
      'A server with --memory has a new secret each time: set BYTELYST_SECRET.',
    );
  }
  if (settings.kind === 'postgresql') {
    const database = await openDatabase(settings);
    try {
      return (await readIdentity(database)).secret;
    } finally {
      await database.close();
    }
  }
  try {
    return await readFile(secretFile(settings.folder), 'utf8');
  } catch (cause) {
    const refused = permissionError(settings.folder, cause);
    throw refused ? asSettingsError(refused) : noDatabase(settings.folder, cause);
  }
}

function noDatabase(folder: string, cause?: unknown): SettingsError {
  const message = `There is no database in ${folder} yet: start the server once, or give --data.`;
  return new SettingsError(message, { cause });
}

function secretFile(folder: string): string {
  return join(folder, 'secret');
}
