/** What the handlers share. They know nothing of HTTP; `http/` calls them. */
import { checkConfig, type ServerConfig } from './config/check.js';
import type { Database } from './database/database.js';
import { type DatabaseIdentity, readIdentity } from './database/identity.js';
import { createPublisher, type Publisher } from './experiments/publisher.js';
import { rebuildStaleRollups } from './experiments/rebuild.js';
import type { SettingsByWorkspace } from './experiments/settings.js';
import { createHints, type Hints } from './sync/hints.js';
import { createPush, type Push } from './sync/push.js';

export interface Context {
  database: Database;
  config: ServerConfig;
  identity: DatabaseIdentity;
  /** Signs bearer tokens. */
  secret: string;
  /** ms since 1970. */
  now: () => number;
  hints: Hints;
  publisher: Publisher;
  /** How experiments are run, by workspace. */
  experiments: SettingsByWorkspace;
  push: Push;
  /** Finishes what is under way; the database stays open. */
  close(): Promise<void>;
}

export interface ContextOptions {
  database: Database;
  /** Absent: that of a server without a config file. */
  config?: ServerConfig | undefined;
  /** Absent: the database's own. */
  secret?: string | undefined;
  /** How experiments are run, by workspace; absent: as `defaultExperimentSettings` say. */
  experiments?: SettingsByWorkspace | undefined;
  now?: (() => number) | undefined;
  onError?: ((error: unknown) => void) | undefined;
}

/** Wires the parts on a database whose schema is up to date. */
export async function createContext(options: ContextOptions): Promise<Context> {
  const { database, config = checkConfig({}), now = Date.now, onError = () => {} } = options;
  const identity = await readIdentity(database);
  const experiments = options.experiments ?? {};
  await rebuildStaleRollups(database, experiments);
  const hints = await createHints(database);
  const { changed: rowsChanged } = hints;
  const publisher = createPublisher({ database, now, rowsChanged, onError });
  const { resultsStale } = publisher;
  return {
    database,
    config,
    identity,
    secret: options.secret ?? identity.secret,
    now,
    hints,
    publisher,
    experiments,
    push: createPush(database, identity, config.collections, { rowsChanged, resultsStale }),
    async close() {
      await publisher.close();
      await hints.close();
    },
  };
}
