/**
 * `npm run simulate`: histories of the sync runtime in virtual worlds, see test/simulation.
 *
 *   --histories N   how many (500)            --workers N   processes (1)
 *   --seed S        the first one (1)         --server pglite   the server itself, not its model
 *   --trace         what happened, in lines   --keep WHY    a failing history goes to the corpus
 *   --bugs          whether every seeded bug is found
 *   --write         all of it at once, or the bugs alone, into docs/reliability.md
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { BUGS } from '../../test/simulation/bugs.js';
import { keep } from '../../test/simulation/corpus.js';
import { generate } from '../../test/simulation/generate.js';
import { runHistory } from '../../test/simulation/history.js';
import { hunt, type Hunt } from '../../test/simulation/hunt.js';
import { load } from '../../test/simulation/load.js';
import { runOnWorkers } from '../../test/simulation/pool.js';
import { openRealServer, REAL_LIMITS } from '../../test/simulation/real-server.js';
import { summary, writeHunts, writeReport } from '../../test/simulation/report.js';
import { runSeeds, type Totals } from '../../test/simulation/run.js';
import { shrink } from '../../test/simulation/shrink.js';

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    server: { type: 'string', default: 'model' },
    trace: { type: 'boolean', default: false },
    keep: { type: 'string' },
    bugs: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const number = (name: 'histories' | 'seed' | 'workers') => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`--${name} takes a whole number above 0.`);
  process.exit(2);
};
const [histories, seed, workers] = [number('histories'), number('seed'), number('workers')];

if (values.trace || values.keep !== undefined) await one();
else if (values.bugs) await hunts();
else if (values.write) await everything();
else if (values.server === 'pglite') tell(await onRealServer(histories), 'the real server');
else tell(await onModel(), 'its model');

/** One history in the open. */
async function one(): Promise<void> {
  const subject = await load();
  let plan = generate(seed);
  let outcome = await runHistory(subject, plan, { readable: true });
  const [violation] = outcome.violations;
  if (violation && values.keep !== undefined) {
    plan = await shrink(subject, plan, violation.kind);
    outcome = await runHistory(subject, plan, { readable: true });
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
    }).trim();
    const name = `${violation.kind.replaceAll(' ', '-')}-${seed}`;
    console.log(`kept as ${keep({ name, why: values.keep, commit, plan })}`);
  }
  console.log(outcome.lines.join('\n'));
  process.exitCode = outcome.violations.length ? 1 : 0;
}

async function onModel(): Promise<Totals> {
  const started = performance.now();
  return runOnWorkers({ from: seed, count: histories }, workers, (done) => {
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(
      `\r${done.histories} histories in ${seconds.toFixed(0)} s, ${done.failures.length} went wrong`,
    );
  }).finally(() => process.stdout.write('\n'));
}

async function onRealServer(count: number): Promise<Totals> {
  const [subject, server] = [await load(), await openRealServer()];
  try {
    return await runSeeds(
      subject,
      seed,
      count,
      async () => ({ backend: await server.backend(), collections: REAL_LIMITS.collections! }),
      (n) => generate(n, REAL_LIMITS),
      { compare: false },
    );
  } finally {
    await server.close();
  }
}

async function hunts(): Promise<void> {
  const found: Hunt[] = [];
  for (const bug of BUGS) {
    const result = await hunt(bug, 1, 2_000);
    found.push(result);
    const took = result.histories === null ? 'NOT FOUND' : `${result.histories}`;
    console.log(`${took.padStart(9)}  ${result.bug}`);
  }
  if (found.some((result) => result.histories === null)) process.exitCode = 1;
  if (values.write) await writeHunts(found);
}

async function everything(): Promise<void> {
  const started = performance.now();
  const model = await onModel();
  tell(model, 'its model');
  const real = await onRealServer(Math.max(1, Math.round(histories / 200)));
  tell(real, 'the real server');
  const minutes = (performance.now() - started) / 60_000;
  await writeReport({ model, real, minutes, command: { histories, seed, workers } });
  await hunts();
}

function tell(totals: Totals, server: string): void {
  console.log(summary(totals, server));
  for (const { seed: failed, kind, detail } of totals.failures) {
    console.log(`\nseed ${failed}: ${kind}: ${detail.slice(0, 1_000)}`);
    console.log(`  npm run simulate -- --seed ${failed} --trace`);
  }
  if (totals.failures.length) process.exitCode = 1;
}
