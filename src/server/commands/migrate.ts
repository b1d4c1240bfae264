import { openDatabase } from '../config/open.js';
import {
  databaseSettings,
  helpOf,
  readDatabaseSettings,
  readSettings,
} from '../config/settings.js';
import type { Command } from './index.js';

export const migrate: Command = {
  summary: 'bring the database’s schema up to date (serve does so too)',
  help: `bytelyst migrate [--data ./data]

Runs the migrations that the database has not seen, forward only, safe on several nodes at once.

${helpOf(databaseSettings)}`,
  async run(args) {
    const given = readSettings(databaseSettings, args, process.env);
    const database = await openDatabase(readDatabaseSettings(given));
    const applied = await database.query<{ name: string }>(
      'select name from migrations order by name',
    );
    await database.close();
    process.stdout.write(`Up to date: ${applied.map(({ name }) => name).join(', ')}\n`);
  },
};
