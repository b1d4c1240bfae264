/**
 * `npm run simulate -- stats`: whether the statistics keep their promises, by simulation with fixed
 * seeds (test/stats/simulation).
 *
 *   --runs N   share of the full numbers of runs (1)      --seed S   (20261123)
 *   --write    into docs/reliability.md
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { describeStudies, isKept, table } from '../../test/stats/simulation/report.js';
import { studies, type Result } from '../../test/stats/simulation/studies.js';
import { writeReliability } from '../reliability.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1' },
    seed: { type: 'string', default: '20261123' },
    write: { type: 'boolean', default: false },
  },
});
const [share, seed] = [Number(values.runs), Number(values.seed)];
if (!(share > 0) || !Number.isSafeInteger(seed)) {
  console.error('--runs takes a number above 0, --seed a whole one.');
  process.exit(2);
}

const start = performance.now();
const results: Result[] = [];
for (const study of studies) {
  const result = study(share, seed);
  results.push(result);
  console.log(table(result));
}
const minutes = (performance.now() - start) / 60_000;
if (!results.every(isKept)) {
  console.error('A promise is not kept.');
  process.exitCode = 1;
}
if (values.write) {
  const where = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}`;
  await writeReliability('stats', describeStudies(results, { share, seed, minutes, where }));
}
