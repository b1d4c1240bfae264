import { existsSync } from 'node:fs';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { signCode } from '../access/sign-in-link.js';
import { isUntouched, issueToken } from '../access/tokens.js';
import { openDatabase } from '../config/open.js';
import { loadConfig } from '../config/load.js';
import {
  helpOf,
  hostNamesOf,
  readServeSettings,
  serveSettings,
  type ServeSettings,
} from '../config/settings.js';
import type { Context } from '../context.js';
import type { Database } from '../database/database.js';
import { DEMO_WORKSPACE, isEmpty, seedWorkspace } from '../demo/seed.js';
import { createServer, type Server } from '../server.js';
import type { Command } from './index.js';

/** The workspace that the admin link of a server without --demo opens. */
const MAIN_WORKSPACE = 'main';
/** The demo's public key, well-known so that its pages can be plain files. */
const DEMO_WRITE_KEY = 'bl_write_demo';
/** Requests under way get this long to finish at shutdown. */
const DRAIN_MS = 10_000;
const SIGN_IN_SECONDS = 24 * 3_600;

/** Beside the bundle in `dist/`; seen from the source, in its `dist/`. */
const SITE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../dist/site' : './site', import.meta.url),
);

export const serve: Command = {
  summary: 'start the server',
  help: `bytelyst serve [--port 4100] [--host 127.0.0.1] [--data ./data | --memory] [--demo]

${helpOf(serveSettings)}`,
  async run(args) {
    const settings = readServeSettings(args, process.env, SITE);
    const config = await loadConfig(settings.config);
    await checkPort(settings);
    const database = await openDatabase(settings.database);
    let server: Server;
    try {
      server = await createServer({
        database,
        config,
        secret: settings.secret,
        hostNames: hostNamesOf(settings) ?? undefined,
        secure: settings.publicUrl?.protocol === 'https:',
        site: existsSync(settings.site) ? settings.site : undefined,
        demoWorkspace: settings.demo ? DEMO_WORKSPACE : undefined,
        logLevel: settings.logLevel,
        retention: { tombstoneDays: settings.tombstoneDays },
        maxStreams: settings.maxStreams,
        metricsToken: settings.metricsToken,
      });
      if (settings.demo) await prepareDemo(server.context);
      // A herd comes back all at once; what the kernel allows is less where it wants less.
      await server.app.listen({ port: settings.port, host: settings.host, backlog: 4_096 });
    } catch (error) {
      await database.close();
      throw error;
    }
    stopOnSignal(server, database, settings.drainSeconds);
    print(await banner(settings, server, database));
  },
};

/** Before minutes of seeding rather than after. */
function checkPort({ port, host }: ServeSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} on ${host} is taken. Stop its owner, or take another --port.`)
          : new Error(`Can’t listen on ${host}:${port}: ${error.message}`, { cause: error }),
      ),
    );
    probe.listen({ port, host }, () => probe.close(() => resolve()));
  });
}

async function prepareDemo(context: Context): Promise<void> {
  const workspace = DEMO_WORKSPACE;
  const grant = { subject: 'demo', workspace, role: 'writer' } as const;
  await issueToken(context.database, 'write-key', grant, DEMO_WRITE_KEY);
  if (await isEmpty(context, workspace)) await seedWorkspace(context, workspace, print);
}

async function banner(settings: ServeSettings, server: Server, database: Database) {
  const origin = settings.publicUrl?.origin ?? originOf(settings, server);
  const durability = DURABILITY[await database.durability()];
  const where = {
    folder: 'PGlite in ' + (settings.database.kind === 'folder' ? settings.database.folder : ''),
    memory: 'PGlite in memory',
    postgresql: 'PostgreSQL',
  }[settings.database.kind];
  const lines = [`Database  ${where} (${durability})`];
  if (!existsSync(settings.site)) lines.push('Site      not built: only the API is served');
  if (settings.demo) {
    return [...lines, `Demo  ${origin}/`, `Admin ${origin}/ops/ab-testing`].join('\n');
  }
  if (!(await isUntouched(database)))
    return [...lines, `Admin ${origin}/ops/ab-testing`].join('\n');
  const grant = { subject: 'admin', workspace: MAIN_WORKSPACE, role: 'admin' } as const;
  const code = await signCode(server.context.secret, grant, SIGN_IN_SECONDS);
  lines.push(
    `Admin ${origin}/ops/sign-in?code=${code}`,
    '      (works once, within a day; later: bytelyst token --sign-in-link)',
  );
  return lines.join('\n');
}

const DURABILITY = {
  disk: 'durability: disk',
  'process-crash': 'durability: process-crash, a power cut may lose the last writes',
  memory: 'durability: memory, gone when the process ends',
};

function originOf({ host }: ServeSettings, { app }: Server): string {
  const { port } = app.server.address() as net.AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Says that it is not ready, ends streams, lets requests finish, closes the database; a second
 * signal does not wait.
 */
function stopOnSignal(server: Server, database: Database, drainSeconds: number): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(1);
    stopping = true;
    server.drain();
    await new Promise((resolve) => setTimeout(resolve, drainSeconds * 1_000));
    const impatience = setTimeout(() => server.app.server.closeAllConnections(), DRAIN_MS);
    impatience.unref();
    await server.close();
    await database.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
