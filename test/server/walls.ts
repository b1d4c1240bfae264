/** Takes down one of the walls between workspaces, to see that the others hold by themselves. */
import type { Database } from '../../src/server/database/database.js';
import { watched } from './watched.js';

/** Whether the database itself shows each workspace its own rows only. */
export async function switchRowSecurity(
  database: Database,
  to: 'enable' | 'disable',
): Promise<void> {
  const tables = await database.query<{ name: string }>(
    'select tablename as name from pg_policies where schemaname = current_schema()',
  );
  for (const { name } of tables)
    await database.query(`alter table ${name} ${to} row level security`);
}

/** No statement asks for its workspace any more, while `off` says so. */
export function withoutFilters(database: Database, off = () => true): Database {
  return watched(database, (sql) =>
    off() ? sql.replace(/\b(?:\w+\.)?workspace = \$1/g, () => '$1::text is not null') : sql,
  );
}
