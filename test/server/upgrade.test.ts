/** What an upgrade makes of sums that an older version has kept. */
import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { Database } from '../../src/server/database/database.js';
import { migrate } from '../../src/server/database/migrate.js';
import { ensureTenantRole } from '../../src/server/database/row-security.js';
import { countMetrics } from '../../src/server/experiments/counted-metrics.js';
import { readResults } from '../../src/server/experiments/results.js';
import { openMemory } from './engines.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const folder = new URL('../../src/server/database/migrations/', import.meta.url);

/** Runs the migrations of before the one that is named, as the version of then did. */
async function migrateBefore(database: Database, name: string): Promise<void> {
  await ensureTenantRole(database);
  await database.query('create table migrations (name text primary key, applied_at timestamptz)');
  for (const file of (await readdir(folder)).sort()) {
    if (file >= name || !file.endsWith('.sql')) continue;
    const sql = await readFile(new URL(file, folder), 'utf8');
    await database.transaction((tx) => tx.query(sql));
    await database.query('insert into migrations values ($1, now())', [file]);
  }
}

describe('an upgrade to sums by metric', function () {
  this.timeout(60_000);
  it('counts what there are events of, and carries over what is left of those that are gone', async () => {
    const database = await openMemory();
    await migrateBefore(database, '024');
    const experiment = (key: string) => ({
      key,
      phase: 1,
      status: 'stopped',
      variants: [{ key: 'a' }, { key: 'b' }],
      metrics: { primary: 'rate', secondary: ['revenue'], guardrails: ['times'] },
    });
    const rows = [
      ...['alive', 'gone'].map((key) => ['experiments', key, experiment(key)] as const),
      ...(['proportion', 'mean', 'count'] as const).map((kind, i) => {
        const key = ['rate', 'revenue', 'times'][i]!;
        return ['metrics', key, { key, name: key, event: 'buy', kind }] as const;
      }),
    ];
    for (const [i, [collection, key, value]] of rows.entries()) {
      await database.query(
        `insert into rows (workspace, collection, key, version, seq, value, updated_by)
         values ('w', $1, $2, 1, $3::int, $4::jsonb, 'test')`,
        [collection, key, i + 1, JSON.stringify(value)],
      );
    }
    await database.query(`
      insert into exposures (workspace, id, experiment, phase, variant, unit, at, received_at)
      values ('w', 'x1', 'alive', 1, 'a', 'u1', ${NOON}, ${NOON}), ('w', 'x2', 'alive', 1, 'b', 'u2', ${NOON}, ${NOON});
      insert into exposed_units (workspace, experiment, phase, unit, variant, at, exposure, day, multiple)
      select workspace, experiment, phase, unit, variant, at, id, '2026-11-20', false from exposures;
      insert into conversions (workspace, id, name, unit, value, at, received_at)
      values ('w', 'c1', 'buy', 'u1', 2.5, ${NOON + 1}, ${NOON}), ('w', 'c2', 'buy', 'u1', 4, ${NOON + 2}, ${NOON});
      insert into unit_rollups
      select 'w', experiment, 1, '', '', variant, '2026-11-20', units, 0
        from (values ('alive', 'a', 1), ('alive', 'b', 1), ('gone', 'a', 10), ('gone', 'b', 12)) as u(experiment, variant, units);
      insert into event_rollups
      values ('w', 'gone', 1, '', '', 'a', '2026-11-20', 'buy', 4, 2, 1, 6, 12, 3, 5, 4, 20, 130, 8, 40, 30),
             ('w', 'gone', 1, '', '', 'a', '2026-11-20', 'other', 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0);
      insert into sealed_phases values ('w', 'gone', 1)`);
    const applied = await migrate(database);
    expect(applied[0]).to.equal('024-metric-rollups.sql');

    const sumsOf = async (key: string) => {
      expect(await countMetrics(database, 'w', key)).to.equal(true);
      const store = database.forWorkspace('w');
      const { metrics } = (await readResults(store, 'w', key, new Date(NOON)))!;
      return metrics;
    };
    const alive = await sumsOf('alive');
    expect(Object.entries(alive).map(([key, { sum }]) => [key, sum])).to.have.deep.members([
      ['rate', [[1], [0]]],
      ['revenue', [[6.5], [0]]],
      ['times', [[2], [0]]],
    ]);
    const gone = await sumsOf('gone');
    expect(gone['rate']).to.deep.equal({
      sum: [[4], [0]],
      m2: [[2.4], [0]],
      covariate: { sum: [[2], [0]], m2: [[1.6], [0]], cross: [[0.2], [0]] },
    });
    expect(gone['revenue']).to.deep.equal({
      sum: [[20], [0]],
      m2: [[90], [0]],
      converted: [[4], [0]],
      covariate: { sum: [[8], [0]], m2: [[33.6], [0]], cross: [[14], [0]] },
    });
    expect(gone['times']!.sum).to.deep.equal([[6], [0]]);
    expect(gone['times']!.covariate!.cross).to.deep.equal([[2.2], [0]]);
    const stale = await database.query(`select experiment from stale_results order by 1`);
    expect(stale).to.deep.equal([{ experiment: 'alive' }, { experiment: 'gone' }]);
    await database.close();
  });
});

describe('an upgrade to buckets beside all units', () => {
  it('makes one of all units, and leaves the buckets', async () => {
    const database = await openMemory();
    await migrateBefore(database, '031');
    await database.query(`
      insert into metric_rollups
      select 'w', 'hero', 1, '', '', variant, '2026-11-20', metric, bucket,
             units, y, y * y, 1, 1, 0, 0, 0, 0, 0
        from (values ('a', 'p90', 0, 1, 0), ('a', 'p90', 7, 2, 3.5), ('a', 'p90', -4, 1, -2),
                     ('b', 'p90', 7, 5, 2), ('a', 'revenue', 0, 6, 4)) as m(variant, metric, bucket, units, y)`);
    await migrate(database);
    const rows = await database.query(
      `select variant, metric, bucket, units, y::float8 as y, x::float8 as x from metric_rollups
        order by metric, variant, bucket`,
    );
    expect(rows.map((row) => Object.values(row).join(' '))).to.deep.equal([
      'a p90 -4 1 -2 1',
      'a p90 0 4 1.5 3',
      'a p90 7 2 3.5 1',
      'b p90 0 5 2 1',
      'b p90 7 5 2 1',
      'a revenue 0 6 4 1',
    ]);
    await database.close();
  }).timeout(60_000);
});
