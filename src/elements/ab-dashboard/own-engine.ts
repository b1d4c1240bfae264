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
            storage: indexedDBStorage(`bytelyst-ab ${src} ${owner(token)}`),
            transport: bytelystTransport({ url: src, ...(token !== null && { token }) }),
            entities: Object.fromEntries(COLLECTIONS.map((name) => [name, {}])),
          });
  }
}

/**
 * Whose database it is, so that one user's unsent work never waits in another's: what the token
 * says of itself, unchecked, for a name only. A renewed token is still the same user's.
 */
function owner(token: string | null): string {
  if (token === null) return 'session';
  try {
    const [, payload = ''] = token.split('.');
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const { workspace, sub } = claims as Record<string, unknown>;
    return `${String(workspace)} ${String(sub)}`;
  } catch {
    return token;
  }
}
