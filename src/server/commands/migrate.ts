import { openDatabase } from '../config/open.js';
import { databaseOptions, readDatabaseSettings, readFlags } from '../config/settings.js';
import type { Command } from './index.js';

export const migrate: Command = {
  summary: 'bring the database’s schema up to date (serve does so too)',
  help: `bytelyst migrate [--data ./data]

Runs the migrations that the database has not seen, forward only, safe on several nodes at once.

  --data <folder>   the embedded database (default ./data)
  DATABASE_URL      PostgreSQL instead`,
  async run(args) {
    const flags = readFlags(args, databaseOptions);
    const database = await openDatabase(readDatabaseSettings(flags, process.env));
    const applied = await database.query<{ name: string }>(
      'select name from migrations order by name',
    );
    await database.close();
    process.stdout.write(`Up to date: ${applied.map(({ name }) => name).join(', ')}\n`);
  },
};
