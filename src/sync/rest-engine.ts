import type { Entities, SyncEngineConfig } from './config.js';
import { createSyncEngine, type SyncEngine } from './engine.js';
import type { ApiClient } from './transport/rest-client.js';
import { restTransport, type RestTransportOptions } from './transport/rest.js';

/** The names of an earlier engine: `apiClient` in the place of a transport. */
export interface RestSyncEngineConfig<E extends Entities = Entities> extends Omit<
  SyncEngineConfig<E>,
  'transport'
> {
  /** Each entity's rows are at its `endpoint`, by default its name. */
  apiClient: ApiClient;
  /** How entities differ at the backend, see `restTransport`. */
  rest?: RestTransportOptions['entities'];
}

/**
 * The runtime on a REST backend that the app has a client for. A function of its own, so that only
 * those who use it carry the REST transport.
 */
export function createRestSyncEngine<E extends Entities>({
  apiClient,
  rest = {},
  ...config
}: RestSyncEngineConfig<E>): SyncEngine<E> {
  return createSyncEngine({ ...config, transport: restTransport(apiClient, { entities: rest }) });
}
