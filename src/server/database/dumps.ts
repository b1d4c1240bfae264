/**
 * Copies of the embedded database's files that have reached the disk. PGlite runs without fsync, so
 * a power cut may leave its own files unreadable; a dump is written aside, fsynced and renamed, so
 * it is there whole or not at all. A dump is a plain copy of the folder: putting it back is a copy.
 */
import { constants, existsSync } from 'node:fs';
import { cp, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Dumps that are kept; the oldest goes first. */
const KEPT = 3;

export interface Dumps {
  /** Copies the files, which must stand still meanwhile; `commit` makes it a dump. */
  copy(): Promise<{ commit(): Promise<void> }>;
  /** Names, newest first: when each was made, ISO 8601 with dashes for colons and dots. */
  list(): Promise<string[]>;
  /** Moves the files to `database.damaged`, for whoever wants to look into them. */
  setAside(): Promise<void>;
  /** Puts a dump in the files' place. */
  restore(name: string): Promise<void>;
  /** Puts the files back that were set aside. */
  putBack(): Promise<void>;
}

/** The dumps of `data/database`, in `data/dumps`. */
export function dumpsOf(data: string): Dumps {
  const files = join(data, 'database');
  const dumps = join(data, 'dumps');
  const damaged = join(data, 'database.damaged');

  const list = async () => {
    const names = await readdir(dumps).catch(() => []);
    return names
      .filter((name) => /^\d{4}-/.test(name))
      .sort()
      .reverse();
  };
  return {
    list,
    async copy() {
      const partial = join(dumps, 'partial');
      await rm(partial, { recursive: true, force: true });
      await mkdir(dumps, { recursive: true });
      await copyFolder(files, partial);
      return {
        async commit() {
          await syncFolder(partial);
          await rename(partial, join(dumps, new Date().toISOString().replace(/[:.]/g, '-')));
          await syncEntry(dumps);
          for (const name of (await list()).slice(KEPT)) {
            await rm(join(dumps, name), { recursive: true, force: true });
          }
        },
      };
    },
    async setAside() {
      await rm(damaged, { recursive: true, force: true });
      if (existsSync(files)) await rename(files, damaged);
    },
    async putBack() {
      await rm(files, { recursive: true, force: true });
      if (existsSync(damaged)) await rename(damaged, files);
    },
    async restore(name) {
      const restoring = join(data, 'database.restoring');
      await rm(restoring, { recursive: true, force: true });
      await copyFolder(join(dumps, name), restoring);
      await syncFolder(restoring);
      await rm(files, { recursive: true, force: true });
      await rename(restoring, files);
      await syncEntry(data);
    },
  };
}

/** Blocks are shared until one side changes them, where the file system can. */
function copyFolder(from: string, to: string): Promise<void> {
  return cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** Waits until a folder and all that is in it is on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  // All at once: the file system writes its journal once for many.
  await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await syncFolder(path);
      else if (entry.isFile()) await syncEntry(path);
    }),
  );
  await syncEntry(folder);
}

/** Windows lets nobody open a folder; NTFS keeps its entries by itself. */
export async function syncEntry(path: string): Promise<void> {
  const windows = process.platform === 'win32';
  const handle = await open(path, windows ? 'r+' : 'r').catch((error: NodeJS.ErrnoException) => {
    if (windows && error.code === 'EISDIR') return null;
    throw error;
  });
  try {
    await handle?.sync();
  } finally {
    await handle?.close();
  }
}

/** Writes a small file that is there whole or not at all, and on the disk. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  const handle = await open(partial, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, path);
  await syncEntry(dirname(path));
}
