/** Sticky experiments that were there before their workspace demanded assignment tokens. */
import { OPEN, UNPROVABLE } from '../collections/provable.js';
import { SettingsError } from '../config/setting.js';
import type { Database } from '../database/database.js';
import { settingsOf, type Workspaces } from './settings.js';

/** Throws a `SettingsError` that names the experiment, and what to do. */
export async function refuseUnprovable(database: Database, workspaces: Workspaces): Promise<void> {
  for (const workspace of workspaces.keys()) {
    if (!settingsOf(workspaces, workspace).assignmentTokens) continue;
    const [found] = await database.forWorkspace(workspace).query<{ key: string }>(
      `select key from rows
        where workspace = $1 and collection = 'experiments' and value ->> 'status' = any($2::text[])
          and jsonb_typeof(value -> 'sticky') = 'object'
        order by key limit 1`,
      [workspace, OPEN],
    );
    if (found)
      throw new SettingsError(
        `workspaces.${workspace}.assignmentTokens: the experiment “${found.key}” is sticky, which ${UNPROVABLE}. ` +
          'Stop it or take “sticky” out of it first, or leave assignmentTokens out.',
      );
  }
}
