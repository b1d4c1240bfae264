/** `bytelyst rollups rebuild`, and after an upgrade that counts otherwise. */
import type { Database, Queryable } from '../database/database.js';
import { lockIngest, recount } from './recount.js';
import { NOT_SEALED } from './sealed.js';
import type { ExposedUnit } from './rollups.js';
import { NOTABLE } from './store.js';
import { settingsOf, type Workspaces } from './settings.js';

/** So many units are counted at a time: no statement runs long. */
const UNITS_AT_A_TIME = 2_000;

/**
 * Makes a workspace's totals and rollups anew from its raw events, but for phases whose events
 * retention has deleted; equal to what ingestion had made of them. Returns how many units there are.
 */
export async function rebuildRollups(
  database: Database,
  workspace: string,
  dimensions: readonly string[],
): Promise<number> {
  const store = database.forWorkspace(workspace);
  const rebuild = async (tx: Queryable) => {
    await lockIngest(tx, workspace);
    for (const table of ['unit_rollups', 'metric_rollups', ...Object.keys(NOTABLE)]) {
      await tx.query(`delete from ${table} e where workspace = $1 and ${NOT_SEALED}`, [workspace]);
    }
    await tx.query('delete from unit_totals where workspace = $1', [workspace]);
    await tx.query('delete from exposed_units where workspace = $1', [workspace]);
    await tx.query(
      `update counted_metrics e set counted_to = '', whole = true
        where workspace = $1 and ${NOT_SEALED}`,
      [workspace],
    );
    for (const [table, which] of Object.entries(NOTABLE)) {
      await tx.query(
        `insert into ${table} (workspace, experiment, phase, exposures)
         select workspace, experiment, phase, count(*) from exposures e
          where workspace = $1 and ${which} and ${NOT_SEALED}
          group by workspace, experiment, phase`,
        [workspace],
      );
    }
    let count = 0;
    for (let last = ''; ;) {
      const units = await tx.query<ExposedUnit & Record<string, unknown>>(
        `select distinct experiment, phase, unit from exposures e
          where workspace = $1 and ${NOT_SEALED} and unit in (
                select distinct unit from exposures e
                 where workspace = $1 and unit > $2 and ${NOT_SEALED} order by unit limit ${UNITS_AT_A_TIME})
          order by unit`,
        [workspace, last],
      );
      if (!units.length) break;
      await recount(tx, workspace, units, dimensions);
      last = units.at(-1)!.unit;
      count += units.length;
    }
    return count;
  };
  return store.transaction(rebuild, { unhurried: true });
}

/** Rebuilds the workspaces that a migration has marked; once, whichever node comes first. */
export async function rebuildStaleRollups(
  database: Database,
  workspaces: Workspaces,
): Promise<void> {
  const stale = await database.query<{ workspace: string }>('select workspace from stale_rollups');
  for (const { workspace } of stale) {
    await rebuildRollups(database, workspace, settingsOf(workspaces, workspace).dimensions);
    await database.query('delete from stale_rollups where workspace = $1', [workspace]);
  }
}
