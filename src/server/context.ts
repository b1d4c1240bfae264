/** What the handlers share. They know nothing of HTTP; `http/` calls them. */
import { createVerifier, type VerifyToken } from './access/bearer.js';
import { createRevocations, type Revocations } from './access/revocations.js';
import type { ServerConfig } from './config/check.js';
import type { Database } from './database/database.js';
import { type DatabaseIdentity, readIdentity } from './database/identity.js';
import { createIntake, type Intake } from './experiments/intake.js';
import { createPublisher, type Publisher } from './experiments/publisher.js';
import { rebuildStaleRollups } from './experiments/rebuild.js';
import { createRetention } from './experiments/retention.js';
import { createHints, type Hints } from './sync/hints.js';
import { startPruning, type Retention } from './sync/pruning.js';
import { createPush, type Push } from './sync/push.js';

export interface Context {
  database: Database;
  config: ServerConfig;
  identity: DatabaseIdentity;
  /** Signs bearer tokens and sign-in links. */
  secret: string;
  verifyToken: VerifyToken;
  revocations: Revocations;
  /** ms since 1970. */
  now: () => number;
  hints: Hints;
  publisher: Publisher;
  push: Push;
  intake: Intake;
  /** Finishes what is under way; the database stays open. */
  close(): Promise<void>;
}

export interface ContextOptions {
  database: Database;
  config: ServerConfig;
  /** Absent: the database's own. */
  secret?: string | undefined;
  now?: (() => number) | undefined;
  /** How long tombstones and outcomes are kept. */
  retention?: Retention | undefined;
  onError?: ((error: unknown) => void) | undefined;
}

/** Wires the parts on a database whose schema is up to date. */
export async function createContext(options: ContextOptions): Promise<Context> {
  const { database, config, now = Date.now, onError = () => {} } = options;
  const identity = await readIdentity(database);
  const secret = options.secret ?? identity.secret;
  const revocations = await createRevocations(database, now);
  const { workspaces } = config;
  await rebuildStaleRollups(database, workspaces);
  const hints = await createHints(database, identity);
  const { changed: rowsChanged } = hints;
  const publisher = createPublisher({ database, now, rowsChanged, onError });
  const { resultsStale } = publisher;
  const pruning = startPruning(database, options.retention ?? {}, onError);
  const eventRetention = createRetention({ database, workspaces, now, onError });
  return {
    database,
    config,
    identity,
    secret,
    verifyToken: createVerifier(secret, config.auth, now),
    revocations,
    now,
    hints,
    publisher,
    intake: createIntake(database, workspaces),
    push: createPush(database, identity, config.collections, { rowsChanged, resultsStale }),
    async close() {
      await pruning.close();
      await eventRetention.close();
      await publisher.close();
      await hints.close();
      await revocations.close();
    },
  };
}
