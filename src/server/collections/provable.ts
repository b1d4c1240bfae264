/**
 * What assignment tokens can't vouch for. A sticky variant is what a device remembers, and the server
 * has only the device's word for it: whoever may say “I have met that one” chooses a variant. So a
 * workspace has sticky experiments or assignment tokens, never both.
 */
import type { Collection } from './collection.js';

/** Statuses in which units are assigned, or will be. */
export const OPEN: readonly string[] = ['draft', 'running', 'paused'];

export const UNPROVABLE =
  'can’t be had with assignment tokens: what a device has met can’t be proven';

/** The collection of experiments, where sticky ones are refused in workspaces with tokens. */
export function provable(
  experiments: Collection,
  hasTokens: (workspace: string) => boolean,
): Collection {
  return {
    ...experiments,
    check(key, value, workspace) {
      const faults = experiments.check?.(key, value, workspace) ?? [];
      if (OPEN.includes(value.status as string) && value.sticky && hasTokens(workspace))
        faults.push({ pointer: '/sticky', code: 'unprovable', detail: UNPROVABLE });
      return faults;
    },
  };
}
