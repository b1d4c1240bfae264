/**
 * Deletes raw events a while after their experiment's phase was over: in the background, in bounded
 * batches. The rollups stay, results with them; the phase is sealed, so that what arrives for it
 * later is refused, and a rebuild leaves its rollups alone.
 */
import type { Database, Queryable } from '../database/database.js';
import { lockIngest } from './recount.js';
import { NOT_SEALED } from './sealed.js';
import { settingsOf, type Workspaces } from './settings.js';
import { CONVERSION_GRACE, COVARIATE_DAYS } from './counting.js';

const DAY = 24 * 3_600_000;
const EVERY = 3_600_000;
/** Rows of one statement: no request waits long behind it. */
const BATCH = 5_000;

export interface Retention {
  /** Deletes all that is due now; how many events that was. */
  run(): Promise<number>;
  close(): Promise<void>;
}

export function createRetention(options: {
  database: Database;
  workspaces: Workspaces;
  now: () => number;
  onError(error: unknown): void;
}): Retention {
  const { database, workspaces, now, onError } = options;
  let closed = false;
  let running: Promise<unknown> = Promise.resolve();

  const runAll = async () => {
    let deleted = 0;
    for (const workspace of workspaces.keys()) {
      const { retentionDays } = settingsOf(workspaces, workspace);
      if (retentionDays === null) continue;
      const before = now() - retentionDays * DAY;
      await sealPhases(database, workspace, before);
      deleted += await deleteEvents(database, workspace, before, () => closed);
    }
    return deleted;
  };
  const run = () => {
    const next = running.then(runAll);
    running = next.catch(() => {});
    return next;
  };
  const timer = setInterval(() => void run().catch(onError), EVERY);
  timer.unref();
  return {
    run,
    async close() {
      closed = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** Seals phases that are over and whose last exposure came in before then. */
async function sealPhases(database: Database, workspace: string, before: number): Promise<void> {
  await database.forWorkspace(workspace).transaction(async (tx) => {
    await lockIngest(tx, workspace);
    await tx.query(
      `insert into sealed_phases (workspace, experiment, phase)
       select $1, e.experiment, e.phase from exposures e
         left join rows r on r.workspace = $1 and r.collection = 'experiments'
                         and r.key = e.experiment
        where e.workspace = $1
        group by e.experiment, e.phase, r.value
       having max(e.received_at) < $2::bigint
          and not coalesce((r.value ->> 'phase')::int = e.phase
                           and r.value ->> 'status' in ('draft', 'running', 'paused'), false)
       on conflict do nothing`,
      [workspace, before],
    );
  });
}

async function deleteEvents(
  database: Database,
  workspace: string,
  before: number,
  stopped: () => boolean,
): Promise<number> {
  const inSealed = `not ${NOT_SEALED}`;
  // Conversions belong to no phase: those go that no unit of a phase that goes on may need.
  const unneeded = `e.at < least($2::bigint, coalesce((
    select min(u.at) from exposed_units u where u.workspace = $1)
    - ${CONVERSION_GRACE} - greatest(${COVARIATE_DAYS * DAY}, (
      select max((m.definition ->> 'before')::bigint) from counted_metrics m
       where m.workspace = $1)), $2::bigint))`;
  const steps: [table: string, condition: string][] = [
    ['unit_totals', inSealed],
    ['exposed_units', inSealed],
    ['exposures', inSealed],
    ['conversions', unneeded],
    [
      'identifies',
      `e.received_at < $2::bigint and not exists (
       select from exposures x where x.workspace = $1 and x.unit = e.unit) and not exists (
       select from conversions c where c.workspace = $1 and c.unit = e.unit)`,
    ],
  ];
  let deleted = 0;
  for (const [table, condition] of steps) {
    for (let count = BATCH; count === BATCH && !stopped();) {
      count = await database
        .forWorkspace(workspace)
        .transaction((tx) => deleteBatch(tx, table, condition, workspace, before));
      if (table === 'exposures' || table === 'conversions') deleted += count;
    }
  }
  return deleted;
}

async function deleteBatch(
  tx: Queryable,
  table: string,
  condition: string,
  workspace: string,
  before: number,
): Promise<number> {
  await lockIngest(tx, workspace);
  const [row] = await tx.query<{ count: number }>(
    `with gone as (
       delete from ${table} where ctid = any(array(
         select e.ctid from ${table} e
          where e.workspace = $1 and $2::bigint is not null and ${condition} limit ${BATCH}))
       returning 1)
     select count(*) as count from gone`,
    [workspace, before],
  );
  return row!.count;
}
