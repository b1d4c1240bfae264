/** The engine of a dashboard that was only told where its server is. */
import {
  bytelystTransport,
  createSyncEngine,
  indexedDBStorage,
  type SyncEngine,
} from '../../sync/index.js';
import { COLLECTIONS } from './source.js';

/** Makes an engine for an address, and closes it when the address changes or goes. */
export class OwnEngine {
  #address: { src: string; token: string | null } | null = null;
  #engine: SyncEngine | null = null;

  get engine(): SyncEngine | null {
    return this.#engine;
  }

  /** `src` is the API's address, null for no engine; `token` is sent as a bearer token. */
  follow(src: string | null, token: string | null): void {
    if (
      src === (this.#address?.src ?? null) &&
      token === (this.#address ? this.#address.token : token)
    )
      return;
    void this.#engine?.close();
    this.#address = src === null ? null : { src, token };
    this.#engine =
      src === null
        ? null
        : createSyncEngine({
            storage: indexedDBStorage('bytelyst-ab'),
            transport: bytelystTransport({ url: src, ...(token !== null && { token }) }),
            entities: Object.fromEntries(COLLECTIONS.map((name) => [name, {}])),
          });
  }
}
