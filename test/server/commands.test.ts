/** The commands beside `serve`, as processes of their own, on a folder and on PostgreSQL. */
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { countingOf } from '../../src/server/experiments/counting.js';
import type { Database } from '../../src/server/database/database.js';
import { migrate } from '../../src/server/database/migrate.js';
import { openPglite } from '../../src/server/database/pglite.js';
import { openPostgres } from '../../src/server/database/postgres.js';
import { endCommands, runCommand } from './command.js';
import { startServer } from './client.js';

const CONFIG = `export default { collections: { notes: {
  schema: { type: 'object' }, read: 'viewer', write: 'editor', indexes: ['project'] } } };`;

interface Place {
  /** What the commands are told: flags and environment. */
  flags: readonly string[];
  environment: Record<string, string>;
  /** The same database, for the test; no command may run meanwhile. */
  open(): Promise<Database>;
  remove(): Promise<void>;
}

async function inFolder(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'bytelyst-commands-'));
  return {
    flags: ['--data', folder],
    environment: {},
    open: () => openPglite(folder),
    remove: () => rm(folder, { recursive: true }),
  };
}

async function onPostgres(url: string): Promise<Place> {
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const address = new URL(url);
  address.searchParams.set('options', `-c search_path=${schema}`);
  const admin = await openPostgres(url);
  await admin.query(`create schema ${schema}`);
  return {
    flags: [],
    environment: { DATABASE_URL: address.href },
    open: () => openPostgres(address.href),
    async remove() {
      await admin.query(`drop schema ${schema} cascade`);
      await admin.close();
    },
  };
}

const url = process.env.TEST_DATABASE_URL;
const places = { 'in a folder': inFolder, ...(url && { 'on PostgreSQL': () => onPostgres(url) }) };

for (const [where, makePlace] of Object.entries(places)) {
  describe(`the commands ${where}`, function () {
    this.timeout(120_000);
    let place: Place;
    let outside: string;
    before(async () => {
      place = await makePlace();
      outside = await mkdtemp(join(tmpdir(), 'bytelyst-outside-'));
    });
    afterEach(endCommands);
    after(async () => {
      await place.remove();
      await rm(outside, { recursive: true });
    });

    const start = (args: string) =>
      runCommand([...args.split(' '), ...place.flags], place.environment);
    const run = async (args: string, status = 0): Promise<string> => {
      const command = start(args);
      expect(await command.ended, `${args}: ${command.output}`).to.equal(status);
      return status === 0 ? command.said : command.output;
    };
    const withDatabase = async <R>(work: (database: Database) => Promise<R>): Promise<R> => {
      const database = await place.open();
      try {
        return await work(database);
      } finally {
        await database.close();
      }
    };

    it('migrate makes the schema and the indexes of the config, and is told twice', async () => {
      // As people name it: from where they stand.
      const config = relative('.', join(outside, 'config.ts'));
      await writeFile(config, CONFIG);
      expect(await run(`migrate --config ${config}`)).to.match(
        /^Up to date: 001-initial\.sql, .*012-member-indexes/,
      );
      const seen = await withDatabase((database) =>
        database.query<{ of: string }>(
          `select obj_description(indexrelid, 'pg_class') as of from pg_index
            where indrelid = 'rows'::regclass and obj_description(indexrelid, 'pg_class') <> ''`,
        ),
      );
      expect(seen).to.deep.equal([{ of: 'notes.project' }]);
      expect(await run(`migrate --config ${config}`)).to.match(/^Up to date: 001-initial/);
      await writeFile(config, CONFIG.replace("['project']", "['id']"));
      expect(await run(`migrate --config ${config}`, 2)).to.match(/notes\.indexes takes members/);
    });

    it('token prints what a server on this database takes', async () => {
      // So that the database has its secret.
      await withDatabase(async (database) => {
        await migrate(database);
        await (await startServer(database)).close();
      });
      const token = (await run('token --workspace w1 --role viewer --days 1')).trim();
      await withDatabase(async (database) => {
        const server = await startServer(database, { secret: undefined });
        const session = await server.app.inject({
          url: '/v1/session',
          headers: { authorization: `Bearer ${token}` },
        });
        expect(session.json()).to.include({ subject: 'cli', workspace: 'w1', role: 'viewer' });
        await server.close();
      });
      expect(await run('token --workspace w1 --role viewer --days 0', 2)).to.include('--days');
    });

    it('seed fills a workspace, its experiments last, and leaves one that has some alone', async () => {
      const seeding = start('seed --workspace fresh');
      await seeding.until(/ 10 %/);
      seeding.child.kill('SIGKILL');
      expect(await seeding.ended).to.equal(null);
      await withDatabase(async (database) => {
        const [found] = await database.query(
          `select (select count(*) > 5000 from exposures where workspace = 'fresh') as filled,
                  exists (select from rows where workspace = 'fresh') as experiments`,
        );
        // Cut off, it would start over.
        expect(found).to.deep.equal({ filled: true, experiments: false });
        await database.query(
          `insert into rows (workspace, collection, key, version, seq, value, updated_by)
           values ('fresh', 'experiments', 'x', 1, 1, '{}', 'test')`,
        );
      });
      expect(await run('seed --workspace fresh')).to.match(/“fresh” has experiments already/);
    });

    const COUNT = 1_234;
    const counting = countingOf({
      id: 'revenue',
      key: 'revenue',
      name: 'Revenue',
      event: 'paid',
      kind: 'mean',
    });
    /** Values that are hard to write down: nothing of them may be lost. */
    const fill = (database: Database) =>
      database.query(`
        insert into rows (workspace, collection, key, version, seq, value, deleted_at, updated_by)
        select w, c, 'k' || n, n, n + case c when 'notes' then 10000 else 0 end,
               case when n % 7 > 0 then jsonb_build_object('text', E'a,"b"\\n=1 \u00e9', 'n', n / 3.0) end,
               case when n % 7 = 0 then now() end, 'test'
          from generate_series(1, ${COUNT}) as n, unnest(array['w', 'other']) as w,
               unnest(array['tasks', 'notes']) as c;
        insert into exposures (workspace, id, experiment, phase, variant, unit, at, received_at)
        select 'w', 'e' || n, 'x', 1, 'v' || n % 2, 'u' || n % 900, n * 1000, n from generate_series(1, ${COUNT}) as n;
        insert into conversions (workspace, id, name, unit, value, at, received_at)
        select 'w', 'c' || n, 'paid', 'u' || n, 0.1 * n, n * 2000, n from generate_series(1, ${COUNT}) as n;
        insert into identifies (workspace, id, anonymous, unit, at, received_at)
        values ('w', 'i1', 'a1', 'u1', 1, 1);
        insert into counted_metrics (workspace, experiment, phase, metric, definition, whole)
        values ('w', 'x', 1, 'revenue', '${JSON.stringify(counting)}', true)`);

    const linesOf = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);

    it('export writes every row and event of a workspace, each with all its members', async () => {
      await withDatabase(fill);
      const file = join(outside, 'rows.ndjson');
      expect(await run(`export --workspace w --of rows --out ${file}`)).to.equal('');
      const told: Record<string, Record<string, unknown>[]> = {
        rows: linesOf(await readFile(file, 'utf8')),
      };
      for (const of of ['exposures', 'conversions', 'identifies']) {
        told[of] = linesOf(await run(`export --workspace w --of ${of}`));
      }
      await withDatabase(async (database) => {
        for (const [table, lines] of Object.entries(told)) {
          const [key] = table === 'rows' ? ['collection, key'] : ['id'];
          const there = await database.query<{ row: Record<string, unknown> }>(
            `select to_jsonb(t) - 'workspace' - 'bytes' as row from ${table} t where workspace = 'w' order by ${key}`,
          );
          expect(lines, table).to.deep.equal(there.map(({ row }) => row));
        }
      });
      expect(told.rows).to.have.length(2 * COUNT);
      const csv = (await run('export --workspace w --of conversions --format csv')).split('\r\n');
      expect(csv.slice(0, 2)).to.deep.equal([
        'id,name,unit,sent_as,value,at,received_at,bot,props',
        'c1,paid,u1,,0.1,2000,1,false,',
      ]);
      expect(csv).to.have.length(COUNT + 2);
    });

    it('export ends well when its reader has seen enough', async () => {
      const command = start('export --workspace w --of rows');
      await once(command.child.stdout!, 'data');
      command.child.stdout!.destroy();
      expect(await command.ended, command.output).to.equal(0);
    });

    it('rollups rebuild counts anew what is wrong, and says how many', async () => {
      expect(await run('rollups rebuild --workspace w')).to.equal(
        'Counted 900 units of “w” anew.\n',
      );
      const sums = async () => [
        await run('export --workspace w --of unit-rollups'),
        await run('export --workspace w --of metric-rollups'),
      ];
      const right = await sums();
      const units = linesOf(right[0]!).reduce((sum, line) => sum + (line.units as number), 0);
      expect(units).to.equal(900);
      expect(linesOf(right[1]!).length).to.be.above(1);
      await withDatabase((database) =>
        database.query(`update unit_rollups set units = units + 1; delete from metric_rollups`),
      );
      await run('rollups rebuild --workspace w');
      expect(await sums()).to.deep.equal(right);
    });

    it('end with a status and a sentence when something is not there', async () => {
      const cases = [
        ['export --workspace nobody --of rows', /nothing of a workspace “nobody”/],
        ['rollups rebuild --workspace nobody', /nothing of a workspace “nobody”/],
        ['export --workspace w --of rows --out /no/such/file', /no such file or directory/],
      ] as const;
      for (const [args, words] of cases) {
        const output = await run(args, 1);
        expect(output).to.match(words);
        expect(output, 'one sentence, no stack').to.not.match(/\n\s+at /);
      }
    });
  });
}

describe('the commands where there is no database', function () {
  this.timeout(60_000);
  afterEach(endCommands);

  it('make none: a mistyped folder is no empty database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bytelyst-none-'));
    await mkdir(join(folder, 'typo'));
    for (const args of ['export --of rows', 'rollups rebuild', 'token --role viewer']) {
      const data = join(folder, 'typo');
      const command = runCommand([...args.split(' '), '--workspace', 'w', '--data', data]);
      expect(await command.ended, command.output).to.equal(2);
      expect(command.output).to.include(`There is no database in ${data} yet`);
    }
    await rm(folder, { recursive: true });
  });

  it('say which flag is missing or wrong, with status 2', async () => {
    const cases = [
      ['export --workspace w', /--of takes one of rows, exposures/],
      ['export --workspace w --of rows --format xml', /--format takes ndjson or csv/],
      ['export --of rows', /--workspace takes/],
      ['export --workspace w --of rows --memory', /--memory is a new database, and empty/],
      ['rollups --workspace w', /bytelyst rollups takes: rebuild/],
      ['seed --workspace a/b', /--workspace takes/],
      ['migrate --port 1', /--port/],
    ] as const;
    const started = cases.map(([args, words]) => ({ words, command: runCommand(args.split(' ')) }));
    for (const { words, command } of started) {
      expect(await command.ended, command.output).to.equal(2);
      expect(command.output)
        .to.match(words)
        .and.not.match(/\n\s+at /);
    }
  });

  it('say so when PostgreSQL does not answer', async () => {
    const commands = ['migrate', 'export --workspace w --of rows', 'seed'].map((args) =>
      runCommand(args.split(' '), { DATABASE_URL: 'postgres://x@127.0.0.1:9/x' }),
    );
    for (const command of commands) {
      expect(await command.ended, command.output).to.equal(1);
      expect(command.output)
        .to.match(/^bytelyst \w+: .*127\.0\.0\.1:9.*DATABASE_URL/m)
        .and.not.match(/\n\s+at /);
    }
  });

  const address = process.env.TEST_DATABASE_URL;
  if (!address) return;
  it('say which part of DATABASE_URL is wrong', async () => {
    const changed = (change: (url: URL) => void): string => {
      const url = new URL(address);
      change(url);
      return url.href;
    };
    const cases: [url: string, words: RegExp][] = [
      [changed((url) => (url.pathname = '/nowhere')), /"nowhere" does not exist.* createdb/],
      [changed((url) => (url.username = 'nobody')), /"nobody" does not exist.* Name a role/],
      [changed((url) => (url.hostname = 'no-host.invalid')), /no-host\.invalid.* Start it/],
    ];
    for (const [url, words] of cases) {
      const command = runCommand(['migrate'], { DATABASE_URL: url });
      expect(await command.ended, command.output).to.equal(1);
      expect(command.output).to.match(words).and.to.include('DATABASE_URL');
    }
  });
});
