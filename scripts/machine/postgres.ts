/** A PostgreSQL cluster of the tests' own, in a temporary folder, for as long as they run. */
import { spawn, spawnSync, type StdioOptions } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { atExit } from './at-exit.js';
import { findProgram } from './browsers.js';
import { freePort } from './free-port.js';

/** The folder with `initdb` and `postgres`, the newest if there are several. */
export function findPostgres(): string | undefined {
  const onPath = findProgram('initdb');
  if (onPath !== undefined) return dirname(onPath);
  const debian = '/usr/lib/postgresql';
  if (!existsSync(debian)) return undefined;
  return readdirSync(debian)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debian, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')));
}

/** Starts a cluster and resolves with its address; it ends and is removed with this process. */
export async function startPostgres(programs: string): Promise<string> {
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
  const options = ['-D', data, '-k', data, '-h', '127.0.0.1', '-p', String(port)];
  const [program, args] = command('postgres', options);
  const server = spawn(program, args, { stdio: 'ignore', cwd: data });

  atExit(() => {
    const [stop, stopArgs] = command('pg_ctl', ['stop', '-D', data, '-m', 'immediate']);
    spawnSync(stop, stopArgs, { stdio: 'ignore', cwd: '/' });
    rmSync(data, { recursive: true, force: true });
  });
  const deadline = Date.now() + 30_000;
  while (!(await accepts(port))) {
    if (server.exitCode !== null || Date.now() > deadline)
      throw new Error('PostgreSQL did not start.');
    await delay(50);
  }
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}

function run(program: string, args: string[]): void {
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit'];
  const { status } = spawnSync(program, args, { stdio, cwd: '/' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed (${status ?? 'killed'}).`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
