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
import {
  exportLines,
  type Exported,
  type ExportFormat,
} from '../../../src/server/experiments/export.js';
import { createServer, type ServerOptions } from '../../../src/server/server.js';
import { switchRowSecurity, withoutFilters } from '../walls.js';
import { watched } from '../watched.js';
import { configOf, withoutPolicies } from './config.js';

/** What the tests ask, and what they are told. */
export interface Questions {
  /** A hash of every table's content, by table. */
  state: { asked: undefined; told: Record<string, string> };
  /** The longest that the event loop was held up since the last time, in ms. */
  lag: { asked: undefined; told: number };
  issue: { asked: { kind: TokenKind; grant: TokenGrant }; told: string };
  /** Rows of a statement; as row-level security lets a workspace see them, where one is named. */
  query: { asked: { sql: string; workspace?: string }; told: Record<string, unknown>[] };
  /** A hash of what each table has of one workspace, by table. */
  workspace: { asked: string; told: Record<string, string> };
  /** Which of the walls between workspaces stand from now on. All do at first. */
  walls: { asked: Walls; told: void };
  /** The statements that ran since the last time. */
  statements: { asked: undefined; told: string[] };
  /** `bytelyst export`, as text. */
  export: { asked: { workspace: string; what: Exported; format: ExportFormat }; told: string };
}

/** Each is there unless it is false. */
export interface Walls {
  /** What collections say of who may read and write what. */
  policies?: boolean;
  /** The database shows a workspace its own rows only. */
  rowSecurity?: boolean;
  /** Statements ask for their workspace. */
  filters?: boolean;
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

let walls: Walls = {};
const statements: string[] = [];
const seen = watched(
  withoutFilters(database, () => walls.filters === false),
  (sql) => void (statements.push(sql) > 1_000 && statements.shift()),
);
const checked = configOf(config);
const collections = new Map(checked.collections);
const server = await createServer({
  ...options,
  config: { ...checked, collections },
  database: seen,
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
  workspace: (name) => stateOf(database, name),
  async walls(asked) {
    walls = asked;
    await switchRowSecurity(database, walls.rowSecurity === false ? 'disable' : 'enable');
    for (const [name, collection] of checked.collections) {
      collections.set(name, walls.policies === false ? withoutPolicies(collection) : collection);
    }
  },
  statements: async () => statements.splice(0),
  async export({ workspace, what, format }) {
    const store = database.forWorkspace(workspace);
    let text = '';
    for await (const lines of exportLines(store, workspace, what, format)) text += lines;
    return text;
  },
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

async function stateOf(from: Database, workspace?: string): Promise<Record<string, string>> {
  const tables = await from.query<{ name: string }>(
    workspace === undefined
      ? `select table_name as name from information_schema.tables
          where table_schema = current_schema() and table_type = 'BASE TABLE' order by 1`
      : `select table_name as name from information_schema.columns
          where table_schema = current_schema() and column_name = 'workspace' order by 1`,
  );
  const where = workspace === undefined ? 'true' : `workspace = '${workspace}'`;
  const state: Record<string, string> = {};
  for (const { name } of tables) {
    const rows = await from.query<{ row: string }>(
      `select t::text as row from "${name}" t where ${where} order by 1`,
    );
    state[name] = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
  }
  return state;
}
