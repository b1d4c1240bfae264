/** Engines that talk to a REST backend over real HTTP. */
import {
  createSyncEngine,
  memoryStorage,
  restTransport,
  type Locks,
  type Row,
  type SyncEngine,
  type SyncEngineConfig,
  type RestTransportOptions,
} from '../../../src/sync/index.js';
import type { RestServer } from './server.js';

export interface Task extends Row {
  title?: string;
  note?: string;
  done?: boolean;
  project?: string | null;
}

/** One tab leads at once. */
const alone: Locks = { request: (_name, _options, hold) => hold() };

type Options = Partial<SyncEngineConfig> & { rest?: Partial<RestTransportOptions> };

/** A device of its own, unless it is given another's storage. */
export function device(server: RestServer, { rest, ...config }: Options = {}): SyncEngine {
  return createSyncEngine({
    storage: memoryStorage(),
    transport: restTransport({ baseUrl: server.url, ...rest }),
    entities: { tasks: {} },
    retryDelayMs: 2,
    ...config,
    ports: { locks: alone, ...config.ports },
  });
}

/** Synchronises until everything has been said. */
export async function settle(...engines: SyncEngine[]): Promise<void> {
  for (const engine of engines)
    for (let round = 0; ; round++) {
      const { success, errors } = await engine.fullSync();
      if (success && !engine.getQueueLength()) break;
      // What the server puts off waits a little, each row for itself.
      await new Promise((done) => setTimeout(done, round));
      if (round === 50) throw new Error(`It does not settle: ${JSON.stringify(errors)}`);
    }
}

export function tasks(engine: SyncEngine) {
  return engine.collection<Task>('tasks');
}

export function all(engine: SyncEngine): readonly Task[] {
  return tasks(engine).query().get();
}
