/** How a workspace's experiments are run, where `bytelyst.config.ts` does not say otherwise. */
import type { WorkspaceConfig } from '../config/config.js';

export interface ExperimentSettings {
  /** See `WorkspaceConfig`. */
  dimensions: readonly string[];
  groups: NonNullable<WorkspaceConfig['groups']>;
  assignmentTokens: boolean;
  /** Null: events are kept. */
  retentionDays: number | null;
}

export type Workspaces = ReadonlyMap<string, WorkspaceConfig>;

export function settingsOf(workspaces: Workspaces, workspace: string): ExperimentSettings {
  const {
    dimensions = [],
    groups = {},
    assignmentTokens = false,
    retentionDays = null,
  } = workspaces.get(workspace) ?? {};
  return { dimensions, groups, assignmentTokens, retentionDays };
}
