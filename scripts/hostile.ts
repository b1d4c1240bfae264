/**
 * `npm run hostile`: every category of hostile input, with more generated inputs, longer floods and
 * real delays than CI has time for; see test/server/hostile.
 *
 *   --seed N       what is generated (random)     --variants N   generated inputs of a kind (200)
 *   --write        the counts into docs/reliability.md
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Counts } from '../test/server/hostile/counts.js';
import { filesIn } from './files.js';
import { writeReliability } from './reliability.js';
import { parseSummary } from './test/tally.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    variants: { type: 'string', default: '200' },
    write: { type: 'boolean', default: false },
  },
});
for (const name of ['seed', 'variants'] as const) {
  if (/^\d{1,10}$/.test(values[name])) continue;
  console.error(`--${name} takes a whole number.`);
  process.exit(2);
}

const file = join(mkdtempSync(join(tmpdir(), 'bytelyst-hostile-')), 'counts.json');
const start = performance.now();
const server = await run('scripts/test/server.ts', filesIn('test/server/hostile', /\.test\.ts$/));
const client = await run('scripts/test/node.ts', ['test/sync/hostile-server.node.test.ts']);
const state = await run('scripts/test/browser.ts', [
  'test/sync/hostile-state.test.ts',
  'test/elements/hostile-names.test.ts',
]);
const counts = JSON.parse(readFileSync(file, 'utf8')) as Counts;
const failed = server.failed + client.failed + state.failed;
// The last two are not the server’s: a test each is a case.
const categories = counts.categories + 2;
const cases = counts.cases + client.passed + state.passed;
console.log(`${categories} categories, ${cases} cases, ${failed} failed; seed ${counts.seed}`);
if (values.write) await writeReliability('hostile', describe());
process.exit(failed ? 1 : 0);

/** A step of `npm test`, and how it ended. */
function run(program: string, files: string[]): Promise<{ passed: number; failed: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      HOSTILE_THOROUGH: '1',
      HOSTILE_SEED: values.seed,
      HOSTILE_VARIANTS: values.variants,
      HOSTILE_COUNTS: file,
    },
  });
  let text = '';
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
    process.stdout.write(data);
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const told = parseSummary(text.trimEnd().split('\n').at(-1) ?? '');
      const { passed = 0, failed: wrong = 1 } = told ?? {};
      resolve({ passed, failed: code === 0 ? wrong : Math.max(wrong, 1) });
    });
  });
}

function describe(): string {
  const n = (value: number) => value.toLocaleString('en');
  const minutes = Math.ceil((performance.now() - start) / 60_000);
  const rows: [string, number][] = [
    ['categories', categories],
    ['cases', cases],
    ['of them against the server, on PGlite and PostgreSQL', counts.cases],
    ['of a hostile server against the client', client.passed],
    ['of hostile stored state, in three browsers', state.passed],
    ['longest that the server’s event loop was held up, in ms', counts.longestLag],
    ['**wrong answers, changed state, crashes, telling log lines**', failed],
  ];
  return `## Hostile inputs

Written by \`npm run hostile -- --seed ${values.seed} --variants ${values.variants} --write\` in ${minutes} minutes. A category is one kind of attack, a case one attempt with the answer it must get: its status, as problem+json, nothing stored, the process alive, a line in the log without what was sent. Generated inputs follow from the seed; how it works: \`test/server/hostile\`.

| | |
| --- | ---: |
${rows.map(([title, value]) => `| ${title} | ${n(value)} |`).join('\n')}
`;
}
