/** The project's own files, by folder. */
import { existsSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';

/** Every file below `folder` whose path matches, sorted; built and installed ones left out. */
export function filesIn(folder: string, matching: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.replaceAll('\\', '/'), entry.name))
    .filter((path) => matching.test(path) && !/(^|\/)(dist|node_modules)\//.test(path))
    .sort();
}
