/**
 * `npm run bench -- server`: every number of the server on PostgreSQL and PGlite, over sockets, with
 * a load generator of our own (`generator.ts`) on the same machine. For development:
 *
 *     npm run bench -- server --quick                          short, nothing is written to the docs
 *     npm run bench -- server --databases PGlite --only pulls  those whose title has the word
 *     npm run bench -- server --quick --profile <folder>       with a CPU profile of each server
 */
import { parseArgs } from 'node:util';
import { parts } from '../../scripts/build/parts.js';
import { buildPart } from '../../scripts/build/fresh.js';
import { machine, writeSection } from '../report.js';
import { results } from './experiments.js';
import { following, herd } from './streams.js';
import { type DatabaseName, databases, startTarget } from './target.js';
import { requests, type Result, type Work } from './works.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    databases: { type: 'string' },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
});
const { quick, only, profile } = values;
const chosen = databases.filter((name) => values.databases?.split(',').includes(name) ?? true);
const all: readonly Work[] = [...requests, following, herd, results];
const works = all.filter(({ title }) => !only || title.includes(only));

await buildPart(
  parts.find(({ name }) => name === 'server')!,
  false,
);

const found = new Map<Work, Partial<Record<DatabaseName, Result>>>(works.map((work) => [work, {}]));
for (const database of chosen) {
  for (const work of works) {
    // A fresh server and an empty database each, so that no work pays for another.
    const target = await startTarget(database, { profile });
    try {
      const result = await work.run(target, quick);
      found.get(work)![database] = result;
      console.log(`${database}: ${work.title}: ${result.text}`);
    } finally {
      await target.stop();
    }
  }
}

const text = describe();
console.log(`\n${text}`);
if (!quick && !only && !profile && !values.databases) await writeSection('server', text);
process.exit(0);

function describe(): string {
  const goals = works.flatMap((work) =>
    chosen.flatMap((database) => {
      const [goal, result] = [work.goal[database], found.get(work)![database]];
      if (!goal || !result) return [];
      return [`- ${result.reached ? '✓' : '✗'} ${database}: ${work.title}: goal ${goal}`];
    }),
  );
  return [
    `The built server as one process, and beside it on the same processors the database and the ` +
      `load generator: our own, HTTP/1.1 with keep-alive on bare sockets (\`bench/server/generator.ts\`), ` +
      `closed loop, so a connection asks again when it was answered. Rows of about 100 bytes. ` +
      `Each line has a fresh server and an empty database; PostgreSQL with its standard settings, ` +
      `so that a commit waits for the disk. The server’s limits by address are off, since all load comes from one.`,
    `Machine: ${machine()}.`,
    [
      `| work | ${chosen.join(' | ')} |`,
      `| --- | ${chosen.map(() => '---').join(' | ')} |`,
      ...works.map(
        (work) =>
          `| ${work.title} | ${chosen.map((name) => found.get(work)![name]?.text ?? '').join(' | ')} |`,
      ),
    ].join('\n'),
    `### The server’s goals\n\n${goals.join('\n')}`,
  ].join('\n\n');
}
