/** What is generated and committed must say what the sources say. */
import { existsSync, readFileSync } from 'node:fs';
import { createInline, inlineFile } from '../build/inline.js';
import { createManifest, manifestFile } from '../build/manifest.js';
import { finish, type Tally } from './tally.js';

const total: Tally = { passed: 0, failures: [] };
check(manifestFile, await createManifest(), 'manifest');
check(inlineFile, await createInline(), 'inline');
finish(total);

function check(file: string, expected: string, command: string): void {
  const committed = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (committed === expected) total.passed += 1;
  else total.failures.push(`${file} is not up to date; run npm run ${command}`);
}
