/** A database whose every statement is seen, and may be changed, before it runs. */
import type { Database, Queryable, Store } from '../../src/server/database/database.js';

/** `see` is given the SQL; what it returns runs in its place. */
export function watched(database: Database, see: (sql: string) => string | void): Database {
  const queryable = <Q extends Queryable>(on: Q): Pick<Q, 'query'> => ({
    query: (sql, parameters) => on.query(see(sql) ?? sql, parameters),
  });
  const store = (on: Store): Store => ({
    ...queryable(on),
    transaction: (work, options) => on.transaction((tx) => work(queryable(tx)), options),
  });
  return {
    ...database,
    ...store(database),
    forWorkspace: (workspace) => store(database.forWorkspace(workspace)),
  };
}
