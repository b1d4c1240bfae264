import { checkConfig } from '../config/check.js';
import { openDatabase } from '../config/open.js';
import {
  databaseSettings,
  helpOf,
  readDatabaseSettings,
  readSettings,
  readWorkspace,
  settings,
} from '../config/settings.js';
import { createContext } from '../context.js';
import { DEMO_WORKSPACE, isEmpty, seedWorkspace } from '../demo/seed.js';
import type { Command } from './index.js';

const seedSettings = {
  workspace: { ...settings.workspace, standard: DEMO_WORKSPACE },
  ...databaseSettings,
};

export const seed: Command = {
  summary: 'fill a workspace with six experiments that look real',
  help: `bytelyst seed [--workspace demo] [--data ./data]

Writes six experiments with about 250,000 exposures of the last four weeks, the same every time
but for the dates, through the same code as real events. A workspace that has experiments already
is left alone.

${helpOf(seedSettings)}`,
  async run(args) {
    const given = readSettings(seedSettings, args, process.env);
    const workspace = readWorkspace(given.workspace ?? DEMO_WORKSPACE);
    const database = await openDatabase(readDatabaseSettings(given));
    const context = await createContext({ database, config: checkConfig({}) });
    try {
      if (await isEmpty(context, workspace)) {
        await seedWorkspace(context, workspace, (line) => process.stdout.write(`${line}\n`));
      } else {
        process.stdout.write(`The workspace “${workspace}” has experiments already: left alone.\n`);
      }
    } finally {
      await context.close();
      await database.close();
    }
  },
};
