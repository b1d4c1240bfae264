/** Runs a suite on every engine there is: PGlite always, PostgreSQL where TEST_DATABASE_URL says. */
import { randomBytes } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import type { Database } from '../../src/server/database/database.js';
import { migrate } from '../../src/server/database/migrate.js';
import { openPglite } from '../../src/server/database/pglite.js';
import { openPostgres } from '../../src/server/database/postgres.js';

export interface Engine {
  name: 'PGlite' | 'PostgreSQL';
  /** The suite's database: its schema is up to date, and it is gone after the suite. */
  database(): Database;
  /** Another connection to the same database, as a second node has; PostgreSQL only. */
  openAnother(): Promise<Database>;
}

let template: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** A new database in memory, without its schema; its files are made once and copied. */
export async function openMemory(): Promise<Database> {
  template ??= (async () => {
    const first = await PGlite.create('memory://');
    const files = await first.dumpDataDir('none');
    await first.close();
    return new Uint8Array(await files.arrayBuffer());
  })();
  return openPglite(null, { template: await template });
}

/** Declares `suite` once for each engine, named after `title`. */
export function onEachEngine(title: string, suite: (engine: Engine) => void): void {
  describe(`${title} (PGlite)`, () => {
    let database: Database;
    before(async function () {
      this.timeout(60_000);
      database = await openMemory();
      await migrate(database);
    });
    suite({
      name: 'PGlite',
      database: () => database,
      openAnother: () => Promise.reject(new Error('PGlite has one connection')),
    });
    // After the suite's own: its servers may still be at work.
    after(() => database.close());
  });

  const url = process.env.TEST_DATABASE_URL;
  if (!url) {
    describe(`${title} (POSTGRESQL NOT TESTED: SET TEST_DATABASE_URL)`, () => {
      it('runs on PostgreSQL too where CI=true', () => {
        if (process.env.CI === 'true') throw new Error('TEST_DATABASE_URL is not set');
      });
    });
    return;
  }
  describe(`${title} (PostgreSQL)`, () => {
    const schema = `test_${randomBytes(6).toString('hex')}`;
    const inSchema = withSearchPath(url, schema);
    let database: Database;
    before(async function () {
      this.timeout(60_000);
      const admin = await openPostgres(url);
      await admin.query(`create schema ${schema}`);
      await admin.close();
      database = await openPostgres(inSchema, { connections: 30 });
      await migrate(database);
    });
    suite({
      name: 'PostgreSQL',
      database: () => database,
      openAnother: () => openPostgres(inSchema, { connections: 30 }),
    });
    after(async () => {
      await database.query(`drop schema ${schema} cascade`);
      await database.close();
    });
  });
}

function withSearchPath(url: string, schema: string): string {
  const address = new URL(url);
  address.searchParams.set('options', `-c search_path=${schema}`);
  return address.href;
}

/** A workspace that no other test has. */
export function newWorkspace(): string {
  return `w-${randomBytes(8).toString('hex')}`;
}
