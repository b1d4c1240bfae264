/** Skips a build whose inputs have not changed since its output was made. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn } from '../files.js';

/** Every build depends on these: what is installed, how it compiles, and the scripts that build. */
const shared = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vite.config.ts',
];

export interface Part {
  name: string;
  /** Folders whose files go in. */
  inputs: readonly string[];
  /** Folder that comes out. It also keeps the hash of what went in. */
  output: string;
  build(): Promise<void> | void;
}

/** Builds the part unless its output is fresh. Says what it did. */
export async function buildPart(
  { name, inputs, output, build }: Part,
  force: boolean,
): Promise<void> {
  const stamp = join(output, '.inputs');
  const hash = hashOf([
    ...shared,
    ...['scripts/build', ...inputs].flatMap((folder) => filesIn(folder, /./)),
  ]);
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
    console.log(`${name}: fresh`);
    return;
  }
  const start = performance.now();
  await build();
  writeFileSync(stamp, hash);
  console.log(`${name}: built in ${((performance.now() - start) / 1000).toFixed(1)} s → ${output}`);
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files.filter((path) => existsSync(path))) {
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}
