/** The folder that `--data` names: made where it is missing, and its own user's to read and write. */
import { existsSync } from 'node:fs';
import { access, constants, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The folder is none that this process can use: `message` says what to do about `--data`. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
  readonly code = 'data-folder';
}

/** What the server reads and writes in there; anything else (`lost+found`) is not its business. */
const OWN = [
  'database',
  'database.restoring',
  'dumps',
  'life.json',
  'life.json.partial',
  'secret',
] as const;

/**
 * Makes `path`, the data folder `data` or one inside of it, and those above it that are missing.
 * Rejects with a `DataFolderError` where that can't be. One by one: Node’s own `recursive` never
 * comes back where the system makes no folders, below `/proc`.
 */
export async function makeFolder(path: string, data = path): Promise<void> {
  try {
    await makeMissing(path);
  } catch (cause) {
    const { message } = cause as Error;
    throw new DataFolderError(
      `--data can’t be ${data}: ${path} is not there and can’t be made (${message}). ` +
        'Take another folder.',
      { cause },
    );
  }
}

async function makeMissing(path: string): Promise<void> {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeMissing(parent);
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    // Somebody else was faster.
    if (error.code !== 'EEXIST' || !existsSync(path)) throw error;
  });
}

/**
 * Rejects with a `DataFolderError` that names the first file in `data` that this process may not read
 * and write: PGlite would only say that it can't open its files, as if they were damaged.
 */
export async function checkPermissions(data: string): Promise<void> {
  try {
    await access(data, MAY_ENTER);
    for (const name of OWN) await checkBelow(join(data, name));
  } catch (error) {
    throw permissionError(data, error) ?? error;
  }
}

const MAY_USE = constants.R_OK | constants.W_OK;
const MAY_ENTER = MAY_USE | constants.X_OK;

/** `path` may be a link, to another disk for example; those further below are not followed. */
async function checkBelow(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!found) return;
  if (!found.isDirectory()) return access(path, MAY_USE);
  await access(path, MAY_ENTER);
  const entries = await readdir(path, { withFileTypes: true });
  const others = entries.filter((entry) => !entry.isDirectory() && !entry.isSymbolicLink());
  await Promise.all(others.map(({ name }) => access(join(path, name), MAY_USE)));
  for (const entry of entries) if (entry.isDirectory()) await checkBelow(join(path, entry.name));
}

/** What an operator can do about a file of `data` that may not be used; null for any other error. */
export function permissionError(data: string, error: unknown): DataFolderError | null {
  const { code, path = data } = error as NodeJS.ErrnoException;
  const refuse = (sentences: string) =>
    new DataFolderError(`--data can’t be ${data}: ${sentences}`, { cause: error });
  if (code === 'EROFS')
    return refuse(`${path} is on a disk that is read-only. Take another folder.`);
  if (code !== 'EACCES' && code !== 'EPERM') return null;
  // By number: in a container it may have no name.
  const id = process.getuid?.();
  const user = id === undefined ? 'this user' : `the user with the id ${id}`;
  const how =
    id === undefined ? '' : ` (as root: chown -R ${id} '${data}' && chmod -R u+rwX '${data}')`;
  return refuse(
    `${user} may not read and write ${path}. Give it to that user${how}, or take another folder.`,
  );
}
