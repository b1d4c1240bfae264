/**
 * Which life the files of an embedded database are in. A copy of them is another one, and so are
 * files that a power cut or a crash of the machine may have taken back in time, even if they open.
 */
import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from './dumps.js';

interface Mark {
  /** The run of the machine in which the files were in use last. */
  boot: string;
  /** They were closed, and are on the disk. */
  closed: boolean;
  /** Another after each run of the machine that ended with the files open. */
  life: string;
}

/** Notes that the files in `data` are in use; its answer names their life. */
export async function beginLife(data: string): Promise<string> {
  const file = join(data, 'life.json');
  const boot = await readBoot();
  const before = await readMark(file);
  const safe = !before || before.closed || before.boot === boot;
  const life = safe ? (before?.life ?? 'first') : randomBytes(9).toString('base64url');
  await writeDurably(file, JSON.stringify({ boot, closed: false, life } satisfies Mark));
  const { ino, birthtimeNs } = await stat(join(data, 'database', 'PG_VERSION'), { bigint: true });
  return `${ino}-${birthtimeNs}-${life}`;
}

/** Notes that they are closed and have reached the disk. */
export async function endLife(data: string): Promise<void> {
  const file = join(data, 'life.json');
  const mark = await readMark(file);
  if (mark) await writeDurably(file, JSON.stringify({ ...mark, closed: true }));
}

async function readMark(file: string): Promise<Mark | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Mark;
  } catch {
    return null;
  }
}

/** Names this run of the machine; where that can't be told, any process may be another run. */
async function readBoot(): Promise<string> {
  return readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    .then((text) => text.trim())
    .catch(() => randomBytes(9).toString('base64url'));
}
