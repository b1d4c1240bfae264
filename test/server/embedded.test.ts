/** PGlite in a folder: its watchdog, its dumps, and what becomes of a folder that does not open. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventsResponse, WireEvent } from '../../src/protocol/index.js';
import { type Database, DatabaseError } from '../../src/server/database/database.js';
import { dumpsOf } from '../../src/server/database/dumps.js';
import { migrate } from '../../src/server/database/migrate.js';
import { openPglite, type PgliteOptions } from '../../src/server/database/pglite.js';
import type { Server } from '../../src/server/server.js';
import { Client, keysOf, startServer } from './client.js';

const reason = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('PGlite in a folder', function () {
  this.timeout(300_000);
  let folder: string;
  let told: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bytelyst-embedded-'));
    told = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = async (options: PgliteOptions = {}): Promise<Database> => {
    const database = await openPglite(folder, { tell: (line) => told.push(line), ...options });
    await migrate(database);
    return database;
  };
  const files = () => join(folder, 'database');
  const dumps = () => dumpsOf(folder).list();

  it('ends a stuck statement and goes on with what was committed, notifications too', async () => {
    const database = await open({ statementTimeout: 3_000 });
    await database.query('create table t as select 1 as n');
    const heard: string[] = [];
    await database.listen('news', (payload) => heard.push(payload));
    const [stuck, next] = await Promise.all([
      reason(database.query('select count(*) from generate_series(1, 1000000000000)')),
      database.query('select n from t'),
    ]);
    expect(stuck).to.be.instanceOf(DatabaseError).with.property('code', '57014');
    expect(next).to.deep.equal([{ n: 1 }]);
    await database.query(`select pg_notify('news', 'after')`);
    await until(() => heard.length > 0);
    expect(told).to.deep.equal([
      'The embedded database was restarted: The statement took more than 3000 ms.',
    ]);
    await database.close();
  });

  it('undoes a transaction whose statement is stuck, and runs none of the rest', async () => {
    const database = await open({ statementTimeout: 3_000 });
    await database.query('create table t (n int)');
    const errors: unknown[] = [];
    const failed = await reason(
      database.transaction(async (tx) => {
        await tx.query('insert into t values (1)');
        errors.push(
          await reason(tx.query('select count(*) from generate_series(1, 1e12::bigint)')),
        );
        errors.push(await reason(tx.query('insert into t values (2)')));
      }),
    );
    expect(errors.map((error) => (error as DatabaseError).code)).to.deep.equal(['57014', '57014']);
    expect(failed).to.be.instanceOf(DatabaseError);
    expect(await database.query('select n from t')).to.deep.equal([]);
    await database.transaction((tx) => tx.query('select pg_sleep(3.5)'), { unhurried: true });
    await database.close();
  });

  it('writes a dump when it changed, keeps three, and one when it closes', async () => {
    const database = await open({ firstDump: 1, dumpInterval: 150 });
    const seen = new Set<string>();
    for (let n = 0; seen.size < 5; n++) {
      await database.query(`insert into sync_scopes (workspace, seq) values ('w${n}', 1)`);
      for (const name of await dumps()) seen.add(name);
    }
    // At rest there is nothing to dump.
    let last = '';
    await until(async () => {
      const before = last;
      [last = ''] = await dumps();
      await new Promise((resolve) => setTimeout(resolve, 700));
      return before === last;
    });
    await database.query(`insert into sync_scopes (workspace, seq) values ('last', 1)`);
    await database.close();
    const closed = await dumps();
    expect(closed).to.have.length(3);
    expect(closed[0]! > last).to.equal(true);
    expect(await readdir(join(folder, 'dumps'))).to.have.length(3);
  });

  it('keeps the dump it has just written, also after a clock that was once ahead', async () => {
    const ahead = ['2090-01-01', '2091-01-01', '2092-01-01'].map((day) => `${day}T00-00-00-000Z`);
    for (const name of ahead) {
      await mkdir(join(folder, 'dumps', name), { recursive: true });
      await writeFile(join(folder, 'dumps', name, 'old'), '');
    }
    await mkdir(files());
    await writeFile(join(files(), 'new'), '');
    await (await dumpsOf(folder).copy()).commit();
    const [newest, ...older] = await dumps();
    expect(await readdir(join(folder, 'dumps', newest!))).to.deep.equal(['new']);
    expect(older).to.deep.equal([ahead[2], ahead[1]]);
  });

  it('warns whoever runs it while its disk has little room left', async () => {
    const database = await openPglite(folder, { leastRoom: Number.MAX_SAFE_INTEGER });
    expect(await database.warnings()).to.have.length(1);
    expect((await database.warnings())[0]).to.match(/^The disk of .* has \d+ MB left.*Make room/);
    await database.close();
  });

  it('is sure of what a dump holds, and of nothing else', async () => {
    const database = await open({ firstDump: 60_000, dumpInterval: 500 });
    const server = await startServer(database);
    const client = await Client.in(server);
    await client.push(client.create('a'), client.create('b'));
    expect((await client.pull()).end).to.include({ to: 2, durable: 0 });
    await until(async () => (await client.pull()).end.durable === 2);
    await client.push(client.create('c'));
    expect((await client.pull()).end.durable).to.be.oneOf([2, 3]);
    await server.close();
    await database.close();
  });

  it('is sure of events once a dump holds them, though no push comes behind them', async () => {
    const database = await open({ firstDump: 60_000, dumpInterval: 500 });
    const server = await startServer(database);
    const client = await Client.in(server);
    const send = async (...events: WireEvent[]) =>
      (await client.send(events)).json<EventsResponse>();
    const event = { type: 'conversion', id: 'c', name: 'n', unit: 'u', at: Date.now() } as const;
    const { seq, durable } = await send(event);
    expect(durable).to.be.below(seq);
    await until(async () => (await send()).durable >= seq);
    // Later ones are not safe with these.
    expect((await send({ ...event, id: 'd' })).seq).to.be.above(seq);
    await server.close();
    await database.close();
  });

  describe('that does not open', () => {
    /** One folder, with `kept` in its dump and `lost` written after it. */
    let prepared: string;
    let workspace: string;
    let epoch: string;

    before(async () => {
      prepared = folder = await mkdtemp(join(tmpdir(), 'bytelyst-prepared-'));
      let [server, client] = await begin();
      workspace = client.workspace;
      epoch = server.context.identity.epoch;
      await client.push(client.create('kept'));
      await end(server);
      const [dump] = await dumps();
      await cp(join(folder, 'dumps', dump!), join(folder, 'saved'), { recursive: true });
      [server, client] = await begin();
      expect(server.context.identity.epoch).to.equal(epoch);
      await client.push(client.create('lost'));
      await end(server);
      // A power cut leaves no dump of the end.
      await rm(join(folder, 'dumps'), { recursive: true });
      await mkdir(join(folder, 'dumps'));
      await rename(join(folder, 'saved'), join(folder, 'dumps', dump!));
    });
    after(() => rm(prepared, { recursive: true, force: true }));

    const begin = async (): Promise<[Server, Client]> => {
      const server = await startServer(await open({ firstDump: 600_000 }));
      return [server, await Client.in(server, workspace)];
    };
    const end = async (server: Server) => {
      await server.close();
      await server.context.database.close();
    };
    beforeEach(async () => {
      await cp(prepared, folder, { recursive: true });
    });

    const damages: Record<string, () => Promise<unknown>> = {
      'its control file is cut': () => truncate(join(files(), 'global', 'pg_control'), 100),
      'its log is gone': () => rm(join(files(), 'pg_wal'), { recursive: true }),
      'its catalog is gone': () => rm(join(files(), 'base'), { recursive: true }),
      'it says no version': () => rm(join(files(), 'PG_VERSION')),
      'it is gone': () => rm(files(), { recursive: true }),
    };
    for (const [title, damage] of Object.entries(damages)) {
      it(`is restored from its newest dump, in a new epoch: ${title}`, async () => {
        await damage();
        const [server, client] = await begin();
        expect(keysOf(await client.pull())).to.deep.equal(['kept']);
        expect(server.context.identity.epoch).to.not.equal(epoch);
        expect(told.at(-1)).to.match(/could not be opened and was restored from the dump \d{4}-/);
        await end(server);
      });
    }

    it('is restored from an older dump when the newest is damaged too', async () => {
      const [newest] = await dumps();
      const newer = join(folder, 'dumps', '9999-01-01T00-00-00-000Z');
      await cp(join(folder, 'dumps', newest!), newer, { recursive: true });
      for (const broken of [newer, files()]) {
        await truncate(join(broken, 'global', 'pg_control'), 100);
      }
      const [server, client] = await begin();
      expect(keysOf(await client.pull())).to.deep.equal(['kept']);
      // What was wrong with either.
      expect(told.at(-1)).to.match(
        /the dump \d{4}-\S+Z\. Reason: [\w(][^.]+\. Its dump 9999-\S+Z can’t take its place: [\w(][^.]+\. What/,
      );
      expect(existsSync(`${files()}.damaged`)).to.equal(true);
      await end(server);
    });

    it('is left as it is when no dump can be copied, at every start', async () => {
      const control = join(files(), 'global', 'pg_control');
      const whole = await readFile(control);
      await truncate(control, 100);
      await mkdir(`${files()}.damaged`);
      await writeFile(join(`${files()}.damaged`, 'precious'), '');
      const [dump] = await dumps();
      // No copy takes it, as none takes anything once the disk is full.
      const pipe = join(folder, 'dumps', dump!, 'pipe');
      execFileSync('mkfifo', [pipe]);
      for (let starts = 0; starts < 2; starts++) {
        const error = await reason(open());
        expect(error).to.be.instanceOf(DatabaseError).with.property('code', '58030');
        expect((error as Error).message)
          .to.include('Nothing was moved')
          .and.include(dump);
        expect(existsSync(join(`${files()}.damaged`, 'precious'))).to.equal(true);
        expect(existsSync(join(folder, 'database.restoring'))).to.equal(false);
      }
      await writeFile(control, whole);
      const [server, client] = await begin();
      expect(keysOf(await client.pull())).to.deep.equal(['kept', 'lost']);
      await end(server);
      await rm(pipe);
    });

    it('keeps what it has set aside when it was killed before a dump was in its place', async () => {
      await rename(files(), `${files()}.damaged`);
      await writeFile(join(`${files()}.damaged`, 'precious'), '');
      const [server, client] = await begin();
      expect(keysOf(await client.pull())).to.deep.equal(['kept']);
      expect(existsSync(join(`${files()}.damaged`, 'precious'))).to.equal(true);
      await end(server);
    });

    it('is left as it is when no dump opens either', async () => {
      const control = join(files(), 'global', 'pg_control');
      const whole = await readFile(control);
      await truncate(control, 100);
      for (const name of await dumps()) {
        await truncate(join(folder, 'dumps', name, 'global', 'pg_control'), 100);
      }
      const error = await reason(open());
      expect(error).to.be.instanceOf(DatabaseError).with.property('code', '58030');
      expect(existsSync(`${files()}.damaged`)).to.equal(false);
      await writeFile(control, whole);
      const [server, client] = await begin();
      expect(keysOf(await client.pull())).to.deep.equal(['kept', 'lost']);
      await end(server);
    });
  });

  it('starts a new epoch after the machine went down with it open, and on a copy', async () => {
    const epochNow = async () => {
      const database = await open({ firstDump: 60_000 });
      const server = await startServer(database);
      const { epoch } = server.context.identity;
      await server.close();
      await database.close();
      return epoch;
    };
    const first = await epochNow();
    expect(await epochNow()).to.equal(first);
    const mark = join(folder, 'life.json');
    const life = JSON.parse(await readFile(mark, 'utf8')) as object;
    // A process that was killed: the machine still had all it wrote.
    await writeFile(mark, JSON.stringify({ ...life, closed: false }));
    expect(await epochNow()).to.equal(first);
    await writeFile(mark, JSON.stringify({ ...life, closed: false, boot: 'before the power cut' }));
    const second = await epochNow();
    expect(second).to.not.equal(first);
    expect(await epochNow()).to.equal(second);
    // The whole folder put back from elsewhere.
    await cp(files(), join(folder, 'copy'), { recursive: true });
    await rm(files(), { recursive: true });
    await cp(join(folder, 'copy'), files(), { recursive: true });
    expect(await epochNow()).to.not.equal(second);
  });
});
