/**
 * What assignment tokens can't vouch for. A sticky variant is what a device remembers, and the server
 * has only the device's word for it: whoever may say “I have met that one” chooses a variant. So a
 * workspace has sticky experiments or assignment tokens, never both.
 */
import type { Collection } from '../collections/collection.js';
import { SettingsError } from '../config/setting.js';
import type { Database } from '../database/database.js';
import { settingsOf, type Workspaces } from './settings.js';

/** Statuses in which units are assigned, or will be. */
const OPEN = ['draft', 'running', 'paused'];

/** The collection of experiments, where sticky ones are refused in workspaces with tokens. */
export function provable(experiments: Collection, workspaces: Workspaces): Collection {
  return {
    ...experiments,
    check(key, value, workspace) {
      const faults = experiments.check?.(key, value, workspace) ?? [];
      const isOpen = OPEN.includes(value.status as string);
      if (isOpen && value.sticky && settingsOf(workspaces, workspace).assignmentTokens)
        faults.push({ pointer: '/sticky', code: 'unprovable', detail: WHY });
      return faults;
    },
  };
}

const WHY = 'can’t be had with assignment tokens: what a device has met can’t be proven';

/** Throws a `SettingsError` that names the experiment, where a config asks for tokens too late. */
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
        `workspaces.${workspace}.assignmentTokens: the experiment “${found.key}” is sticky, which ${WHY}. ` +
          'Stop it or take “sticky” out of it first, or leave assignmentTokens out.',
      );
  }
}
