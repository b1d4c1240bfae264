/**
 * 24 writers whose transactions commit late and in any order, and a reader that follows: it must
 * see every row. The same reader on a serial column shows that the test can fail.
 */
import { expect } from 'chai';
import type { Database, Queryable } from '../../src/server/database/database.js';
import { writeRows } from '../../src/server/sync/rows.js';
import { newWorkspace, onEachEngine } from './engines.js';

const WRITERS = 24;
const WRITES = 20;
const ROWS = WRITERS * WRITES;

/** A commit that waits: for the disk, for a standby, for a slow client. */
const dawdle = (tx: Queryable) => tx.query('select pg_sleep($1::float8)', [Math.random() * 0.008]);

/** Runs the writers, follows with `next` from cursor to cursor, and returns what it has seen. */
async function race(
  write: (key: string) => Promise<unknown>,
  next: (cursor: number) => Promise<{ key: string; cursor: number }[]>,
): Promise<Set<string>> {
  let writing = true;
  const all = Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let n = 0; n < WRITES; n++) await write(`${writer}-${n}`);
    }),
  ).finally(() => (writing = false));
  const seen = new Set<string>();
  let cursor = 0;
  for (let last = false; ;) {
    const rows = await next(cursor);
    for (const row of rows) seen.add(row.key);
    cursor = rows.at(-1)?.cursor ?? cursor;
    if (last && !rows.length) break;
    last = !writing;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await all;
  return seen;
}

onEachEngine('24 writers with slow commits, and a reader', (engine) => {
  // PGlite has one connection: its transactions come one after another, however slow they are.
  const isConcurrent = engine.name === 'PostgreSQL';
  const read = (database: Database, table: string, workspace: string) => (cursor: number) =>
    database.query<{ key: string; cursor: number }>(
      `select key, seq as cursor from ${table}
        where workspace = $1 and seq > $2::bigint order by seq limit 50`,
      [workspace, cursor],
    );

  it('miss no row by the workspace’s counter, taken last', async function () {
    this.timeout(60_000);
    const database = engine.database();
    const workspace = newWorkspace();
    const store = database.forWorkspace(workspace);
    const seen = await race(
      (key) =>
        store.transaction(async (tx) => {
          await dawdle(tx);
          const row = { collection: 'tasks', key, version: 1, base: 0, value: {}, by: 'w' };
          await writeRows(tx, workspace, [row]);
        }),
      read(database, 'rows', workspace),
    );
    expect(seen.size).to.equal(ROWS);
    console.log(`      ${ROWS} rows of ${WRITERS} writers, ${ROWS - seen.size} missed`);
  });

  it('would miss rows by a serial column, so the test can fail', async function () {
    this.timeout(60_000);
    const database = engine.database();
    const workspace = newWorkspace();
    await database.query(
      'create table if not exists serial_rows (workspace text, key text, seq bigserial)',
    );
    const seen = await race(
      (key) =>
        database.transaction(async (tx) => {
          await tx.query('insert into serial_rows (workspace, key) values ($1, $2)', [
            workspace,
            key,
          ]);
          await dawdle(tx);
        }),
      read(database, 'serial_rows', workspace),
    );
    if (isConcurrent) expect(seen.size).to.be.below(ROWS);
    else expect(seen.size).to.equal(ROWS);
    console.log(`      ${ROWS} rows by bigserial, ${ROWS - seen.size} missed`);
    await database.query('drop table serial_rows');
  });
});
