/**
 * `npm run simulate -- stats`: whether the statistics keep their promises, by simulation with fixed
 * seeds (test/stats/simulation).
 *
 *   --runs N   share of the full numbers of runs (1)      --seed S   (20261123)
 *   --write    into docs/statistics.md, after its mark
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { describeStudies, isKept, table } from '../../test/stats/simulation/report.js';
import { studies, type Result } from '../../test/stats/simulation/studies.js';

const page = 'docs/statistics.md';
const mark = '<!-- written by npm run simulate -- stats -->';

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
  const [byHand = ''] = readFileSync(page, 'utf8').split(mark);
  const text = `${byHand.trimEnd()}\n\n${mark}\n\n${describeStudies(results, { share, seed, minutes, where })}`;
  writeFileSync(page, await format(text, { ...(await resolveConfig(page)), parser: 'markdown' }));
}
