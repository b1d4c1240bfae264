/** A server under test and what tests ask it, over HTTP. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { LightMyRequestResponse } from 'fastify';
import type {
  PullEnd,
  PullPage,
  PullReset,
  PushResult,
  Scopes,
  WireEvent,
  WireMutation,
} from '../../src/protocol/index.js';
import { signToken } from '../../src/server/access/bearer.js';
import type { UserRole } from '../../src/server/access/identity.js';
import type { Database } from '../../src/server/database/database.js';
import { createServer, type Server, type ServerOptions } from '../../src/server/server.js';
import { newWorkspace } from './engines.js';

export const SECRET = 'a-secret-for-tests-of-thirty-two-characters';

export function startServer(
  database: Database,
  options: Partial<ServerOptions> = {},
): Promise<Server> {
  return createServer({ database, secret: SECRET, ...options });
}

/** Longer than any clock that a test sets. */
const TOKEN_SECONDS = 100 * 365 * 86_400;

export function tokenFor(workspace: string, role: UserRole = 'editor'): Promise<string> {
  return signToken(SECRET, { subject: `${role}-of-${workspace}`, workspace, role }, TOKEN_SECONDS);
}

export interface Pulled {
  pages: PullPage[];
  end: PullEnd;
  reset?: PullReset;
}

/** One installation in one workspace. */
export class Client {
  readonly id = `c-${randomBytes(6).toString('hex')}`;
  #count = 0;

  private constructor(
    readonly server: Server,
    readonly workspace: string,
    readonly authorization: string,
  ) {}

  static async in(server: Server, workspace = newWorkspace(), role: UserRole = 'editor') {
    return Client.signedIn(server, workspace, await tokenFor(workspace, role));
  }

  static signedIn(server: Server, workspace: string, token: string) {
    return new Client(server, workspace, `Bearer ${token}`);
  }

  /** A mutation of `tasks` with a new id. */
  mutation(key: string, change: Partial<WireMutation> = {}): WireMutation {
    this.#count += 1;
    return {
      id: `m-${this.id}-${this.#count}`,
      seq: this.#count,
      collection: 'tasks',
      key,
      op: 'create',
      base: 0,
      at: '2026-11-22T16:00:00.000Z-0000',
      ...change,
    };
  }

  create(key: string, title = key): WireMutation {
    return this.mutation(key, { value: { title } });
  }

  request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload?: unknown,
  ): Promise<LightMyRequestResponse> {
    return this.server.app.inject({
      method,
      url,
      headers: {
        authorization: this.authorization,
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
    });
  }

  async push(...mutations: WireMutation[]): Promise<PushResult[]> {
    const response = await this.request('POST', '/v1/sync/push', { client: this.id, mutations });
    if (response.statusCode !== 200) throw new Error(response.body);
    return response.json<{ results: PushResult[] }>().results;
  }

  async pull(cursor = '', collections = 'tasks', limit = '', scopes?: Scopes): Promise<Pulled> {
    const query = new URLSearchParams({
      collections,
      ...(cursor ? { cursor } : {}),
      ...(limit ? { limit } : {}),
      ...(scopes ? { scopes: JSON.stringify(scopes) } : {}),
    });
    const response = await this.request('GET', `/v1/sync/pull?${query}`);
    if (response.statusCode !== 200) throw new Error(response.body);
    const lines = response.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PullPage | PullEnd | PullReset);
    const last = lines.at(-1)!;
    if ('reset' in last) return { pages: [], end: {} as PullEnd, reset: last };
    return { pages: lines.filter((line) => 'keys' in line), end: last as PullEnd };
  }

  async send(events: WireEvent[], sentAt = Date.now()) {
    return this.request('POST', '/v1/events', { sentAt, events });
  }
}

/** All keys told, in order. */
export function keysOf({ pages }: Pulled): string[] {
  return pages.flatMap(({ keys }) => keys);
}

/** Fails on a hole; returns where the last range ends. */
export function checkRanges(pages: readonly PullPage[], start: number): number {
  let [from, to] = [start, start];
  for (const page of pages) {
    if (page.from !== from || page.to !== to) {
      expect(page.from).to.equal(to);
      expect(page.to).to.be.above(to);
      [from, to] = [page.from, page.to];
    }
  }
  return to;
}
