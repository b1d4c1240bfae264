/**
 * The server under attack, in a process of its own: what hostile input does to it shows in its
 * event loop, its log and its database, and in nobody else's.
 */
import { createHash, randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { issueToken, type TokenGrant, type TokenKind } from '../../../src/server/access/tokens.js';
import type { Config } from '../../../src/server/config/config.js';
import type { Database } from '../../../src/server/database/database.js';
import { migrate } from '../../../src/server/database/migrate.js';
import { openPglite } from '../../../src/server/database/pglite.js';
import { openPostgres } from '../../../src/server/database/postgres.js';
import { configOf } from './config.js';
import { createServer, type ServerOptions } from '../../../src/server/server.js';

/** What the tests ask, and what they are told. */
export interface Questions {
  /** A hash of every table's content, by table. */
  state: { asked: undefined; told: Record<string, string> };
  /** The longest that the event loop was held up since the last time, in ms. */
  lag: { asked: undefined; told: number };
  issue: { asked: { kind: TokenKind; grant: TokenGrant }; told: string };
  /** Rows of a statement; as row-level security lets a workspace see them, where one is named. */
  query: { asked: { sql: string; workspace?: string }; told: Record<string, unknown>[] };
}

export interface Start {
  /** PostgreSQL's; a schema of its own is made there. Absent: PGlite in memory. */
  url?: string | undefined;
  options: Omit<ServerOptions, 'database' | 'now' | 'config'>;
  /** Beside the collections, which are always the same. */
  config?: Omit<Config, 'collections'> | undefined;
}

const { url, options, config } = JSON.parse(process.argv[2]!) as Start;
const database = url ? await openPostgres(await ownSchema(url)) : await openPglite(null);
await migrate(database);
const server = await createServer({
  ...options,
  config: configOf(config),
  database,
  logLevel: 'info',
});
await server.app.listen({ port: 0, host: '127.0.0.1' });

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();

const answers: { [Q in keyof Questions]: (asked: Questions[Q]['asked']) => Promise<unknown> } = {
  state: () => stateOf(database),
  async lag() {
    const longest = delay.max / 1e6;
    delay.reset();
    return longest;
  },
  issue: ({ kind, grant }) => issueToken(database, kind, grant),
  query: ({ sql, workspace }) =>
    (workspace ? database.forWorkspace(workspace) : database).query(sql),
};

process.on(
  'message',
  ({ id, name, asked }: { id: number; name: keyof Questions; asked: never }) => {
    answers[name](asked).then(
      (told) => process.send!({ id, told }),
      (error: unknown) => process.send!({ id, error: String(error) }),
    );
  },
);
process.on('disconnect', () => process.exit());
const address = server.app.server.address();
process.send!({ port: typeof address === 'object' ? address?.port : undefined });

async function ownSchema(of: string): Promise<string> {
  const schema = `hostile_${randomBytes(6).toString('hex')}`;
  const admin = await openPostgres(of);
  await admin.query(`create schema ${schema}`);
  await admin.close();
  const address = new URL(of);
  address.searchParams.set('options', `-c search_path=${schema}`);
  return address.href;
}

async function stateOf(from: Database): Promise<Record<string, string>> {
  const tables = await from.query<{ name: string }>(
    `select table_name as name from information_schema.tables
      where table_schema = current_schema() and table_type = 'BASE TABLE' order by 1`,
  );
  const state: Record<string, string> = {};
  for (const { name } of tables) {
    const rows = await from.query<{ row: string }>(
      `select t::text as row from "${name}" t order by 1`,
    );
    state[name] = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
  }
  return state;
}
