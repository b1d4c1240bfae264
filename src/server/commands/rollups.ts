import { loadConfig } from '../config/load.js';
import { openExisting, refuseUnknownWorkspace } from '../config/open.js';
import {
  databaseSettings,
  helpOf,
  readDatabaseSettings,
  readSettings,
  readWorkspace,
  settings,
  SettingsError,
} from '../config/settings.js';
import { rebuildRollups } from '../experiments/rebuild.js';
import { settingsOf } from '../experiments/settings.js';
import type { Command } from './index.js';

const { workspace, config } = settings;
const rollupsSettings = { workspace, config, ...databaseSettings };

export const rollups: Command = {
  summary: 'rollups rebuild: count a workspace’s events anew',
  help: `bytelyst rollups rebuild --workspace <name> [--data ./data]

Makes the sums that results are read from anew from the raw events, which is needed after
"dimensions" has changed in the config. Events that arrive meanwhile wait. Phases whose events
retention has deleted keep their sums.

${helpOf(rollupsSettings)}`,
  async run([what, ...args]) {
    if (what !== 'rebuild') throw new SettingsError('bytelyst rollups takes: rebuild.');
    const given = readSettings(rollupsSettings, args, process.env);
    const name = readWorkspace(given.workspace);
    const { workspaces } = await loadConfig(given.config ?? null);
    const database = await openExisting(readDatabaseSettings(given));
    try {
      await refuseUnknownWorkspace(database, name);
      const { dimensions } = settingsOf(workspaces, name);
      const units = await rebuildRollups(database, name, dimensions);
      process.stdout.write(`Counted ${units} units of “${name}” anew.\n`);
    } finally {
      await database.close();
    }
  },
};
