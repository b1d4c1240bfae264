/** Phases whose raw events retention has deleted: only their rollups are left, and stay. */
import type { Queryable } from '../database/database.js';

/** Of a table `e` with experiments and phases: those that are not sealed. */
export const NOT_SEALED = `not exists (
  select from sealed_phases s where s.workspace = e.workspace
     and s.experiment = e.experiment and s.phase = e.phase)`;

/** The sealed ones among some phases, as `experiment phase`. */
export async function sealedPhases(
  tx: Queryable,
  workspace: string,
  experiments: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.query<{ experiment: string; phase: number }>(
    `select experiment, phase from sealed_phases
      where workspace = $1 and experiment = any($2::text[])`,
    [workspace, experiments],
  );
  return new Set(rows.map(({ experiment, phase }) => `${experiment} ${phase}`));
}
