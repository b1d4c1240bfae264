/**
 * The server on both databases: `npm test -- server [file]…`. PGlite always; PostgreSQL from
 * `DATABASE_URL`, or a cluster of our own. The tests read its address from `TEST_DATABASE_URL`.
 */
import { findPostgres, startPostgres } from '../machine/postgres.js';
import { install, mayInstall } from '../machine/debian.js';
import { memoryDisk } from '../machine/memory-disk.js';
import { testsOf } from '../folders.js';
import { runMocha } from './mocha.js';
import { finish } from './tally.js';

// Databases are made and thrown away by the dozen.
const disk = memoryDisk();
if (disk !== undefined) process.env['TMPDIR'] ??= disk;

const url = process.env['DATABASE_URL'] ?? (await startOwn());
if (url !== undefined) process.env['TEST_DATABASE_URL'] = url;
// The server's own variable would turn the PGlite tests into PostgreSQL tests.
delete process.env['DATABASE_URL'];

const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : testsOf('server');
finish(await runMocha(files, { timeout: 120_000 }));

async function startOwn(): Promise<string | undefined> {
  if (findPostgres() === undefined && mayInstall()) install(['postgresql']);
  const folder = findPostgres();
  if (folder !== undefined) return startPostgres(folder);
  const advice = 'PostgreSQL not found: set DATABASE_URL, or apt-get install postgresql';
  if (process.env['CI'] !== undefined) throw new Error(advice);
  console.warn(`! ${advice}; running on PGlite only`);
  return undefined;
}
