/**
 * `npm test`: everything that gates, every failure told at the end.
 * `npm test -- <step> [arguments]` runs one step alone.
 *
 * A step is the program scripts/test/<step>.ts; its last line says `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { FAILURE_MARK, parseSummary, summary } from './test/tally.js';

/** One after the other: quick, and `build` makes what the rest tests. */
const first = [
  'types',
  'lint',
  'format',
  'arrows',
  'manifest',
  'build',
  'exports',
  'sizes',
  'docs',
];

/** Beside each other, each lane in its order: they wait more than they compute. */
const lanes = [['server'], ['node', 'browser', 'e2e']];

const steps = [...first, ...lanes.flat()];

interface Result {
  step: string;
  seconds: number;
  passed: number;
  failures: string[];
}

const [asked, ...args] = process.argv.slice(2);
if (asked !== undefined && !steps.includes(asked)) {
  console.error(`There is no step "${asked}". Steps: ${steps.join(', ')}.`);
  process.exit(2);
}

const results: Result[] = [];
for (const step of asked === undefined ? first : [asked]) results.push(await run(step));
if (asked === undefined) {
  const ran = await Promise.all(
    lanes.map(async (lane) => {
      const own: Result[] = [];
      for (const step of lane) own.push(await run(step, `${step.padEnd(8)}│ `));
      return own;
    }),
  );
  results.push(...ran.flat());
}

console.log(`\n── results ${'─'.repeat(69)}`);
for (const { step, seconds, passed, failures } of results) {
  const row = [
    step.padEnd(10),
    `${seconds.toFixed(1)} s`.padStart(9),
    `${passed} passed`.padStart(14),
  ];
  console.log(row.join('') + `${failures.length} failed`.padStart(12));
}
for (const { step, failures } of results) {
  for (const failure of failures) console.log(`${FAILURE_MARK}${step}: ${failure}`);
}
const failed = results.reduce((sum, { failures }) => sum + failures.length, 0);
console.log(
  summary(
    results.reduce((sum, { passed }) => sum + passed, 0),
    failed,
  ),
);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * A step that ends without a tally, or whose exit code contradicts it, is one failure more. `mark`
 * goes before its lines where another step speaks at the same time.
 */
async function run(step: string, mark = ''): Promise<Result> {
  console.log(`\n── ${step} ${'─'.repeat(76 - step.length)}`);
  const start = performance.now();
  const program = spawn(process.execPath, ['--import', 'tsx', `scripts/test/${step}.ts`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = new Promise<number | null>((resolve) => program.once('close', resolve));
  const failures: string[] = [];
  let last = '';
  for await (const line of createInterface({ input: program.stdout })) {
    console.log(mark + line);
    if (line.startsWith(FAILURE_MARK)) failures.push(line.slice(FAILURE_MARK.length));
    if (line.trim() !== '') last = line;
  }
  const code = await exit;
  const tally = parseSummary(last);
  if (tally === undefined || (code === 0) !== (failures.length === 0)) {
    failures.push(`ended with exit code ${code} and "${last}"`);
  }
  return {
    step,
    seconds: (performance.now() - start) / 1000,
    passed: tally?.passed ?? 0,
    failures,
  };
}
