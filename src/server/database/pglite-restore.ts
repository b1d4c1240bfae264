/** Opens the files of an embedded database, or puts the newest dump that opens in their place. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkPermissions, makeFolder, permissionError } from './data-folder.js';
import { DatabaseError } from './database.js';
import { type Dumps, dumpsOf } from './dumps.js';
import type { Thread } from './pglite-thread.js';

/**
 * The files in `folder` stay where they are until a dump is beside them that opens: no failure on the
 * way, of a full disk for example, leaves less than there was. `start` opens the database itself, or
 * the files it is given. Files or dumps that this process may not read and write are not damaged:
 * rejects with a `DataFolderError`, and moves nothing.
 */
export async function openOrRestore(
  folder: string,
  start: (files?: string) => Promise<Thread>,
  tell: (sentence: string) => void,
): Promise<Thread> {
  const files = join(folder, 'database');
  await checkPermissions(folder);
  const dumps = dumpsOf(folder);
  const names = await dumps.list();
  // An empty folder opens, as a new database: not where there was another.
  const lost = names.length > 0 && !existsSync(join(files, 'PG_VERSION'));
  let failure = new Error('its files are gone');
  if (!lost) {
    await makeFolder(files, folder);
    try {
      return await start();
    } catch (error) {
      refuseUnread(folder, error);
      failure = error as Error;
    }
  }
  const { good, faults } = await unpackGood(folder, dumps, names, start);
  if (good === null) {
    await dumps.discard();
    const message =
      `The embedded database in ${files} can’t be opened: it is damaged, or made by another ` +
      `version or another PostgreSQL, or the disk is full.${faults} Nothing was moved. Make room ` +
      'and start again, restore a copy of that folder, or take another --data.';
    throw new DatabaseError('58030', message, failure);
  }
  try {
    await dumps.swapIn();
  } catch (error) {
    refuseUnread(folder, error);
    throw error;
  }
  const thread = await start();
  tell(
    `The embedded database in ${files} could not be opened and was restored from the dump ` +
      `${good}. Reason: ${reasonOf(failure)}.${faults} What was written since, clients ` +
      `that have it bring back. The damaged files are in ${files}.damaged.`,
  );
  return thread;
}

/** Unpacks the newest dump that opens; null when none does, and why each did not. */
async function unpackGood(
  folder: string,
  dumps: Dumps,
  names: readonly string[],
  start: (files: string) => Promise<Thread>,
): Promise<{ good: string | null; faults: string }> {
  let faults = '';
  for (const good of names) {
    try {
      const thread = await start(await dumps.unpack(good));
      try {
        await thread.send({ close: true }, null);
      } finally {
        await thread.terminate();
      }
      return { good, faults };
    } catch (error) {
      // It may be a good one, and the only one with what was told to be durable.
      refuseUnread(folder, error);
      faults += ` Its dump ${good} can’t take its place: ${reasonOf(error as Error)}.`;
    }
  }
  return { good: null, faults };
}

/** Throws when `error` is about permissions: that tells nothing of how good the files are. */
function refuseUnread(folder: string, error: unknown): void {
  const refused = permissionError(folder, error);
  if (refused) throw refused;
}

/** As part of a sentence, without what Emscripten advises its own developers. */
function reasonOf({ message }: Error): string {
  return message.replace(/\. Build with -sASSERTIONS.*|\.$/, '');
}
