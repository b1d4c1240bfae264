import { memberIndexesOf } from '../collections/index.js';
import { loadConfig } from '../config/load.js';
import { openDatabase } from '../config/open.js';
import {
  databaseSettings,
  helpOf,
  readDatabaseSettings,
  readSettings,
  settings,
} from '../config/settings.js';
import { keepMemberIndexes } from '../database/member-indexes.js';
import type { Command } from './index.js';

const { config } = settings;
const migrateSettings = { config, ...databaseSettings };

export const migrate: Command = {
  summary: 'bring the database’s schema up to date (serve does so too)',
  help: `bytelyst migrate [--data ./data] [--config bytelyst.config.ts]

Runs the migrations that the database has not seen, forward only, and makes the indexes that the
config declares, while other nodes read and write; those that it no longer declares are dropped.
Safe on several nodes at once.

${helpOf(migrateSettings)}`,
  async run(args) {
    const given = readSettings(migrateSettings, args, process.env);
    const { collections } = await loadConfig(given.config ?? null);
    const database = await openDatabase(readDatabaseSettings(given));
    try {
      await keepMemberIndexes(database, memberIndexesOf(collections));
      const applied = await database.query<{ name: string }>(
        'select name from migrations order by name',
      );
      process.stdout.write(`Up to date: ${applied.map(({ name }) => name).join(', ')}\n`);
    } finally {
      await database.close();
    }
  },
};
