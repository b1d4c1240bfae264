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
  /**
   * Names, newest first: when each was made, ISO 8601 with dashes for colons and dots. Where the
   * clock has gone back since the last dump, a millisecond after that one.
   */
  list(): Promise<string[]>;
  /** Copies a dump to `database.restoring`, beside the files, and answers with that folder. */
  unpack(name: string): Promise<string>;
  /**
   * Puts what was unpacked in the files' place. These are moved to `database.damaged`, for whoever
   * wants to look into them; where there are none, what is there stays.
   */
  swapIn(): Promise<void>;
  /** Removes what was unpacked. */
  discard(): Promise<void>;
}

const NAME = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)$/;

/** Names are in the order in which dumps are made, whatever the clock does. */
function nameAfter(newest = ''): string {
  const last = NAME.test(newest) ? Date.parse(newest.replace(NAME, '$1:$2:$3.$4')) : 0;
  return new Date(Math.max(Date.now(), last + 1)).toISOString().replace(/[:.]/g, '-');
}

/** The dumps of `data/database`, in `data/dumps`. */
export function dumpsOf(data: string): Dumps {
  const files = join(data, 'database');
  const dumps = join(data, 'dumps');
  const damaged = join(data, 'database.damaged');
  const unpacked = join(data, 'database.restoring');

  const list = async () => {
    const names = await readdir(dumps).catch(() => []);
    return names
      .filter((name) => NAME.test(name))
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
          await rename(partial, join(dumps, nameAfter((await list())[0])));
          await syncEntry(dumps);
          for (const name of (await list()).slice(KEPT)) {
            await rm(join(dumps, name), { recursive: true, force: true });
          }
        },
      };
    },
    async unpack(name) {
      await rm(unpacked, { recursive: true, force: true });
      await copyFolder(join(dumps, name), unpacked);
      return unpacked;
    },
    async swapIn() {
      await syncFolder(unpacked);
      if (existsSync(files)) {
        await rm(damaged, { recursive: true, force: true });
        await rename(files, damaged);
      }
      await rename(unpacked, files);
      await syncEntry(data);
    },
    discard: () => rm(unpacked, { recursive: true, force: true }),
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
