/**
 * Any REST backend: `POST`, `PATCH`, `PUT` and `DELETE` a row, `GET` a listing. docs/rest.md says
 * what a backend should offer, and what happens without it.
 */
import type { PushResult, WireMutation } from '../../protocol/index.js';
import { SyncError } from '../errors.js';
import { Aliases } from '../log/aliases.js';
import { sender, type ApiClient, type Headers } from './rest-client.js';
import { Endpoint, type RestEntity } from './rest-entity.js';
import { pullEntity } from './rest-pull.js';
import { RestPush } from './rest-push.js';
import type { Call, Transport } from './transport.js';

export interface RestTransportOptions {
  /** Where the API is: `/api` or `https://api.example/v2`. Nothing outside of it is asked for. */
  baseUrl: string;
  /** Sent with every request; a function is asked every time. */
  headers?: Headers;
  /** In the place of the platform's `fetch`. */
  fetch?: (input: string, init: RequestInit) => Promise<Response>;
  /** How entities differ from the defaults. */
  entities?: Record<string, RestEntity>;
}

/** Requests under way at once: rows don't wait for each other, and no backend is flooded. */
const PARALLEL = 4;
/** Changes that are marked as sent at once. */
const BATCH = 20;

/**
 * Synchronises with a REST backend, by its address or by the client that the app has already
 * (anything with `fetch(path, init)` or `safeFetch(path, init)`).
 */
export function restTransport(
  backend: RestTransportOptions | ApiClient,
  options: Pick<RestTransportOptions, 'entities'> = {},
): Transport {
  const { entities = {} } = 'baseUrl' in backend ? backend : options;
  const endpoints = new Map<string, Endpoint>();
  const endpointOf = (collection: string, call: Call): Endpoint => {
    let known = endpoints.get(collection);
    if (!known) {
      const { endpoint, dependsOn = {} } = call.entities[collection] ?? {};
      const references = Object.entries(dependsOn).map(([member, entity]) => [
        member,
        entities[entity]?.numericIds ?? false,
      ]);
      known = new Endpoint(
        collection,
        { ...(endpoint !== undefined && { endpoint }), ...entities[collection] },
        Object.fromEntries(references) as Record<string, boolean>,
      );
      endpoints.set(collection, known);
    }
    return known;
  };
  const send =
    'baseUrl' in backend ? sender(direct(backend), backend.headers) : sender(() => backend);
  const push = new RestPush(send);

  return {
    separate: true,
    whole: true,
    exclusive: true,
    batch: BATCH,
    aliases: (...how) => new Aliases(...how),
    push: (mutations, call) =>
      eachInOrder(mutations, (mutation) =>
        push.one(mutation, endpointOf(mutation.collection, call), call),
      ),
    async *pull(cursor, collections, call) {
      for (const collection of collections)
        yield* pullEntity(endpointOf(collection, call), cursor, send, call);
    },
  };
}

function direct({ baseUrl, fetch }: RestTransportOptions): (call: Call) => ApiClient {
  if (/[?#]/.test(baseUrl)) throw new SyncError('invalid', `“${baseUrl}” can’t be a base URL.`);
  const base = baseUrl.replace(/\/$/, '');
  return (call) => ({ fetch: (path, init) => (fetch ?? call.fetch)(base + path, init) });
}

/**
 * A few at once, begun in order. A failure that concerns all of them ends it: what was answered is
 * kept, what was not has no result and is sent again.
 */
async function eachInOrder(
  mutations: readonly WireMutation[],
  one: (mutation: WireMutation) => Promise<PushResult>,
): Promise<PushResult[]> {
  const results: (PushResult | undefined)[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const work = async () => {
    while (!failures.length && next < mutations.length) {
      const at = next++;
      try {
        results[at] = await one(mutations[at]!);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const answered = results.filter((result) => result !== undefined);
  if (failures.length && !answered.length) throw failures[0];
  return answered;
}
