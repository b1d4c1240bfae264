import { exportCommand } from './export.js';
import { migrate } from './migrate.js';
import { rollups } from './rollups.js';
import { seed } from './seed.js';
import { serve } from './serve.js';
import { token } from './token.js';

export interface Command {
  /** One line for the list of commands. */
  summary: string;
  /** All of what `--help` prints. */
  help: string;
  /** Rejects with a `SettingsError` for a wrong flag, with another error when it fails. */
  run(args: readonly string[]): Promise<void>;
}

export const commands: Readonly<Record<string, Command>> = {
  serve,
  migrate,
  seed,
  token,
  export: exportCommand,
  rollups,
};
