import { existsSync, statfsSync } from 'node:fs';

/** A folder whose files lie in memory, for what tests make and throw away; where there is room. */
export function memoryDisk(folder = '/dev/shm'): string | undefined {
  if (!existsSync(folder)) return undefined;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > 2_000_000_000 ? folder : undefined;
}
