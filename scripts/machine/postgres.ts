/** A PostgreSQL cluster of the tests' own, in a temporary folder, for as long as they run. */
import { spawn, spawnSync, type StdioOptions } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { atExit } from './at-exit.js';
import { findProgram } from './browsers.js';
import { freePort } from './free-port.js';

/** The folder with `initdb`, `postgres`, `pg_dump` and the like, the newest if there are several. */
export function findPostgres(): string | undefined {
  const onPath = findProgram('initdb');
  // Often a link to where all of PostgreSQL's programs are.
  if (onPath !== undefined) return dirname(realpathSync(onPath));
  const debian = '/usr/lib/postgresql';
  if (!existsSync(debian)) return undefined;
  return readdirSync(debian)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debian, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')));
}

/** A PostgreSQL cluster of our own. */
export interface PostgresCluster {
  /** The database `postgres`, as superuser. */
  url: string;
  /** Crashes it, as a power cut of its process would, and starts it again on what is on disk. */
  crash(): Promise<void>;
}

/** Starts a cluster and resolves with its address; it ends and is removed with this process. */
export async function startPostgres(programs: string): Promise<string> {
  return (await startPostgresCluster(programs)).url;
}

/** The same, as a cluster that can be crashed. */
export async function startPostgresCluster(programs: string): Promise<PostgresCluster> {
  const data = mkdtempSync(join(tmpdir(), 'bytelyst-postgres-'));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) run('chown', ['postgres', data]);
  const command = (name: string, args: string[]): [string, string[]] =>
    // PostgreSQL refuses to run as root.
    asRoot
      ? ['runuser', ['-u', 'postgres', '--', join(programs, name), ...args]]
      : [join(programs, name), args];

  run(
    ...command('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']),
  );
  const port = await freePort();
  const stop = () => {
    const [program, args] = command('pg_ctl', ['stop', '-D', data, '-m', 'immediate', '-w']);
    spawnSync(program, args, { stdio: 'ignore', cwd: '/' });
  };
  const start = async () => {
    const options = ['-D', data, '-k', data, '-h', '127.0.0.1', '-p', String(port)];
    const [program, args] = command('postgres', options);
    const server = spawn(program, args, { stdio: 'ignore', cwd: data });
    const deadline = Date.now() + 30_000;
    while (!isReady(programs, port)) {
      if (server.exitCode !== null || Date.now() > deadline)
        throw new Error('PostgreSQL did not start.');
      await delay(50);
    }
  };
  atExit(() => {
    stop();
    rmSync(data, { recursive: true, force: true });
  });
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async crash() {
      stop();
      await start();
    },
  };
}

function run(program: string, args: string[]): void {
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit'];
  const { status } = spawnSync(program, args, { stdio, cwd: '/' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed (${status ?? 'killed'}).`);
}

/** It accepts connections before it has recovered; this waits for what it answers. */
function isReady(programs: string, port: number): boolean {
  const args = ['-q', '-h', '127.0.0.1', '-p', String(port)];
  return spawnSync(join(programs, 'pg_isready'), args, { stdio: 'ignore' }).status === 0;
}
