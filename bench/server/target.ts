/** The server under load: the built command as a process of its own, on a database of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from '../../scripts/machine/at-exit.js';
import { freePort } from '../../scripts/machine/free-port.js';
import { findPostgres, startPostgres } from '../../scripts/machine/postgres.js';
import { signToken } from '../../src/server/access/bearer.js';
import type { UserRole } from '../../src/server/access/identity.js';

export const databases = ['PostgreSQL', 'PGlite'] as const;
export type DatabaseName = (typeof databases)[number];

const SECRET = 'the-secret-of-a-server-that-is-only-measured';

export interface Target {
  readonly port: number;
  /** PostgreSQL's address. */
  readonly databaseUrl: string | null;
  /** MB of memory that the process holds now. */
  memory(): number;
  /** SIGTERM, and the same again on the same port and database. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `profile`: a folder for the CPU profile that the process writes when it ends. */
export async function startTarget(
  database: DatabaseName,
  { profile }: { profile?: string | undefined } = {},
): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'bytelyst-bench-'));
  atExit(() => rmSync(folder, { recursive: true, force: true }));
  const databaseUrl = database === 'PostgreSQL' ? await startPostgres(programs()) : null;
  // All load comes from one address, which the server would take for one client.
  const config = join(folder, 'bytelyst.config.mjs');
  writeFileSync(config, 'export default { rateLimits: false };\n');
  const port = await freePort();
  const start = async () => {
    const { NODE_ENV: _, ...inherited } = process.env;
    const child = spawn(
      process.execPath,
      [
        ...(profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]),
        'src/server/dist/cli.js',
        'serve',
        '--port',
        String(port),
        '--config',
        config,
      ],
      {
        env: {
          ...inherited,
          BYTELYST_SECRET: SECRET,
          ...(databaseUrl
            ? { DATABASE_URL: databaseUrl }
            : { BYTELYST_DATA: join(folder, 'data') }),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const forget = atExit(() => child.kill('SIGKILL'));
    child.once('close', forget);
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    while (!output.includes('Admin ')) {
      if (child.exitCode !== null) throw new Error('The server did not start.');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return child;
  };
  let child = await start();
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'close');
  };
  return {
    port,
    databaseUrl,
    memory() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
    },
    async restart() {
      await stop();
      child = await start();
    },
    stop,
  };
}

function programs(): string {
  const found = findPostgres();
  if (!found) throw new Error('PostgreSQL is measured too: install it.');
  return found;
}

/** A token for a workspace, of a user of its own. */
export function tokenFor(workspace: string, role: UserRole = 'editor', subject = 'bench') {
  return signToken(SECRET, { subject, workspace, role }, 86_400);
}
