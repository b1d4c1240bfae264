import type { SyncEngineConfig } from './config.js';
import { createSyncEngine, type SyncEngine } from './engine.js';
import type { ApiClient } from './transport/rest-client.js';
import { restTransport, type RestTransportOptions } from './transport/rest.js';

/** The names of an earlier engine: `apiClient` in the place of a transport. */
export interface RestSyncEngineConfig extends Omit<SyncEngineConfig, 'transport'> {
  /** Each entity's rows are at its `endpoint`, by default its name. */
  apiClient: ApiClient;
  /** How entities differ at the backend, see `restTransport`. */
  rest?: RestTransportOptions['entities'];
}

/**
 * The runtime on a REST backend that the app has a client for. A function of its own, so that only
 * those who use it carry the REST transport.
 */
export function createRestSyncEngine({
  apiClient,
  rest = {},
  ...config
}: RestSyncEngineConfig): SyncEngine {
  return createSyncEngine({ ...config, transport: restTransport(apiClient, { entities: rest }) });
}
