/** How a workspace's experiments are run; `bytelyst.config.ts` says it, these are the defaults. */

export interface ExperimentSettings {
  /**
   * Names of the dimensions that results are told by, at most 5. A change counts from then on; for
   * what came before, `bytelyst rollups rebuild`.
   */
  dimensions: readonly string[];
  /** Whether exposures need an assignment token that this server signed. */
  assignmentTokens: boolean;
  /** Days after a phase's last event until its raw events are deleted; null: they are kept. */
  retentionDays: number | null;
}

export const defaultExperimentSettings: ExperimentSettings = {
  dimensions: [],
  assignmentTokens: false,
  retentionDays: null,
};

export type SettingsByWorkspace = Readonly<Record<string, Partial<ExperimentSettings>>>;

export function settingsOf(settings: SettingsByWorkspace, workspace: string): ExperimentSettings {
  const own = Object.hasOwn(settings, workspace) ? settings[workspace] : undefined;
  return { ...defaultExperimentSettings, ...own };
}
