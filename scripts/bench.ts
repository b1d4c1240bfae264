/** `npm run bench -- <name> [options]` runs bench/<name>/run.ts. */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [name = ''] = process.argv.splice(2, 1);
const names = readdirSync('bench').filter((entry) => existsSync(`bench/${entry}/run.ts`));
if (!names.includes(name)) {
  console.error(`npm run bench -- <name>, where <name> is one of: ${names.join(', ')}.`);
  process.exit(2);
}
// It reads its options from what is left of the arguments.
await import(pathToFileURL(resolve('bench', name, 'run.ts')).href);
