/** Opens the files of an embedded database, or puts the newest dump that opens in their place. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseError } from './database.js';
import { type Dumps, dumpsOf } from './dumps.js';
import type { Thread } from './pglite-thread.js';

/**
 * The files in `folder` stay where they are until a dump is beside them that opens: no failure on the
 * way, of a full disk for example, leaves less than there was. `start` opens the database itself, or
 * the files it is given.
 */
export async function openOrRestore(
  folder: string,
  start: (files?: string) => Promise<Thread>,
  tell: (sentence: string) => void,
): Promise<Thread> {
  const files = join(folder, 'database');
  const dumps = dumpsOf(folder);
  const names = await dumps.list();
  // An empty folder opens, as a new database: not where there was another.
  const lost = names.length > 0 && !existsSync(join(files, 'PG_VERSION'));
  let failure: unknown = new Error('its files are gone');
  if (!lost) {
    try {
      return await start();
    } catch (error) {
      failure = error;
    }
  }
  const { good, faults } = await unpackGood(dumps, names, start);
  if (good === null) {
    await dumps.discard();
    const message =
      `The embedded database in ${files} can’t be opened: it is damaged, or made by another ` +
      `version or another PostgreSQL, or the disk is full.${faults} Nothing was moved. Make room ` +
      'and start again, restore a copy of that folder, or take another --data.';
    throw new DatabaseError('58030', message, failure);
  }
  await dumps.swapIn();
  const thread = await start();
  tell(
    `The embedded database in ${files} could not be opened and was restored from the dump ` +
      `${good}. What was written since, clients that have it bring back. ` +
      `The damaged files are in ${files}.damaged.`,
  );
  return thread;
}

/** Unpacks the newest dump that opens; null when none does, and why each did not. */
async function unpackGood(
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
      faults += ` Its dump ${good} can’t take its place: ${(error as Error).message}.`;
    }
  }
  return { good: null, faults };
}
