/**
 * A REST backend as they are found: JSON over `node:http`, one dialect or another, and everything
 * that goes wrong on the way. Nothing of ours is used: it holds the transport to plain HTTP.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Value = Record<string, unknown>;

export interface Dialect {
  /** How it tells versions, and what a change must name. */
  versions?: 'etag' | 'weak-etag' | 'member' | 'updatedAt' | 'none';
  /** Whose ids new rows get. */
  ids?: 'client' | 'server' | 'numbers';
  /** What a listing can be asked for. */
  listing?: 'cursor' | 'updatedAt' | 'all';
  /** Rows deleted stay in listings, marked `deleted: true`; or their ids under `removed`. */
  tombstones?: 'rows' | 'removed' | 'none';
  /** How it writes times: without a zone they are those of UTC. */
  times?: 'iso' | 'zoneless';
  /** How a listing tells its next page. */
  pages?: 'body' | 'link' | 'none';
  /** The first answer to an `Idempotency-Key` is given again. */
  idempotency?: boolean;
  /** Refused for a stale version: by 409 or 412, with the row or without. */
  stale?: 409 | 412;
  staleRow?: boolean;
  /** Answers to changes have a body. */
  bodies?: boolean;
  /** Changes must name a version (428). */
  required?: boolean;
}

interface Stored {
  id: string;
  value: Value;
  version: number;
  seq: number;
  updatedAt: number;
  deleted: boolean;
}

export type Fault =
  | 'drop-request'
  | 'drop-response'
  | 'truncate'
  | 'html'
  | 'wrong-type'
  | { status: number; headers?: Record<string, string>; body?: unknown; after?: boolean }
  | { delay: number };

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Value | undefined;
  status?: number;
}

export class RestServer {
  readonly dialect: Required<Dialect>;
  readonly tables = new Map<string, Map<string, Stored>>();
  readonly requests: Seen[] = [];
  /** What happens to the next requests; those that match, where a fault has a filter. */
  readonly faults: Fault[] = [];
  /** Changes that took effect, in order: `POST tasks/7`. */
  readonly effects: string[] = [];
  refuse: (value: Value) => string | undefined = () => undefined;
  now: () => number = Date.now;
  url = '';
  #seq = 0;
  #ids = 0;
  /** Requests under way at once, at most. */
  widest = 0;
  #open = 0;
  readonly #answers = new Map<
    string,
    { status: number; headers: Record<string, string>; text: string }
  >();
  readonly #server: Server = createServer((request, response) => {
    void this.#serve(request, response);
  });

  constructor(dialect: Dialect = {}) {
    this.dialect = {
      versions: 'etag',
      ids: 'client',
      listing: 'cursor',
      tombstones: 'removed',
      times: 'iso',
      pages: 'body',
      idempotency: true,
      stale: 412,
      staleRow: true,
      bodies: true,
      required: false,
      ...dialect,
    };
  }

  async start(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  rows(table: string): Value[] {
    return [...(this.tables.get(table)?.values() ?? [])]
      .filter((row) => !row.deleted)
      .map((row) => this.#shown(row));
  }

  row(table: string, id: string): Value | undefined {
    return this.rows(table).find((row) => row.id === id);
  }

  /** A change by somebody else. */
  write(table: string, id: string, value: Value | null, updatedAt = this.now()): void {
    const known = this.#table(table).get(id);
    this.#store(table, id, value ?? known?.value ?? {}, value === null, updatedAt);
  }

  /** Requests of one method, as `METHOD path`. */
  count(method: string): number {
    return this.requests.filter((request) => request.method === method).length;
  }

  #table(name: string): Map<string, Stored> {
    let table = this.tables.get(name);
    if (!table) this.tables.set(name, (table = new Map()));
    return table;
  }

  #store(
    table: string,
    id: string,
    value: Value,
    deleted: boolean,
    updatedAt = this.now(),
  ): Stored {
    const version = (this.#table(table).get(id)?.version ?? 0) + 1;
    const stored = { id, value, version, seq: ++this.#seq, updatedAt, deleted };
    this.#table(table).set(id, stored);
    return stored;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.widest = Math.max(this.widest, ++this.#open);
    response.on('close', () => this.#open--);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method = 'GET', url = '', headers } = request;
    const body = text ? (JSON.parse(text) as Value) : undefined;
    const seen: Seen = { method, path: url.replace('/api', ''), headers, body };
    this.requests.push(seen);
    const fault = this.faults.shift();
    if (fault === 'drop-request') return void request.socket.destroy();
    if (typeof fault === 'object' && 'delay' in fault)
      await new Promise((done) => setTimeout(done, fault.delay));
    if (typeof fault === 'object' && 'status' in fault && !fault.after)
      return this.#send(response, fault.status, fault.headers ?? {}, fault.body);
    if (fault === 'html') {
      response.writeHead(200, { 'content-type': 'text/html' });
      return void response.end('<!doctype html><title>Sign in to the hotel’s network</title>');
    }
    const answer = this.#once(seen);
    seen.status = answer.status;
    if (fault === 'drop-response') return void request.socket.destroy();
    if (typeof fault === 'object' && 'status' in fault)
      return this.#send(response, fault.status, fault.headers ?? {}, fault.body);
    const type = fault === 'wrong-type' ? 'text/plain' : 'application/json; charset=utf-8';
    const sent = fault === 'truncate' ? answer.text.slice(0, -3) : answer.text;
    response.writeHead(answer.status, { ...answer.headers, ...(sent && { 'content-type': type }) });
    response.end(sent);
  }

  #send(response: ServerResponse, status: number, headers: Record<string, string>, body: unknown) {
    const type = typeof body === 'string' ? 'text/html' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? { error: 'A fault' }));
  }

  #once(seen: Seen): { status: number; headers: Record<string, string>; text: string } {
    const key = seen.headers['idempotency-key'];
    const named = this.dialect.idempotency && typeof key === 'string' ? key : undefined;
    const first = named === undefined ? undefined : this.#answers.get(named);
    if (first) return first;
    const [status, value, headers = {}] = this.#answer(seen);
    const answer = { status, headers, text: value === undefined ? '' : JSON.stringify(value) };
    // Only what took effect is remembered.
    if (named !== undefined && status < 300) this.#answers.set(named, answer);
    return answer;
  }

  #answer(seen: Seen): [status: number, value?: unknown, headers?: Record<string, string>] {
    const url = new URL(seen.path, 'http://rest');
    const [table = '', id] = url.pathname.split('/').slice(1).map(decodeURIComponent);
    if (id === undefined) {
      if (seen.method === 'GET') return this.#list(table, url.searchParams);
      return seen.method === 'POST' ? this.#create(table, seen.body ?? {}) : [405];
    }
    const stored = this.#table(table).get(id);
    if (!stored || stored.deleted) return [404, { error: 'There is no such row.' }];
    if (seen.method === 'GET') return [200, this.#shown(stored), this.#etag(stored)];
    const { stale, staleRow, required, bodies } = this.dialect;
    const named = this.#named(seen);
    if (named === undefined && required) return [428, { error: 'Name the version.' }];
    if (named !== undefined && !this.#matches(named, stored))
      return [stale, ...(staleRow ? [this.#shown(stored), this.#etag(stored)] : [])] as [number];
    if (seen.method === 'DELETE') {
      this.#store(table, id, stored.value, true);
      this.effects.push(`DELETE ${table}/${id}`);
      return [204];
    }
    const members = this.#members(seen.body ?? {});
    const value = seen.method === 'PUT' ? members : { ...stored.value, ...members };
    const said = this.refuse(value);
    if (said) return [422, { message: said }];
    const next = this.#store(table, id, value, false);
    this.effects.push(`${seen.method} ${table}/${id}`);
    return bodies ? [200, this.#shown(next), this.#etag(next)] : [204];
  }

  #create(table: string, body: Value): [number, unknown?, Record<string, string>?] {
    const { ids } = this.dialect;
    this.#ids++;
    const given = {
      client: `${body.id as string}`,
      server: `s${this.#ids}`,
      numbers: `${this.#ids}`,
    };
    const id = given[ids];
    const known = this.#table(table).get(id);
    if (known && !known.deleted) return [409, this.dialect.staleRow ? this.#shown(known) : {}];
    const value = this.#members(body);
    const said = this.refuse(value);
    if (said) return [422, { message: said }];
    const stored = this.#store(table, id, value, false);
    this.effects.push(`POST ${table}/${id}`);
    const location = { location: `/api/${table}/${encodeURIComponent(id)}` };
    return this.dialect.bodies
      ? [201, this.#shown(stored), { ...location, ...this.#etag(stored) }]
      : [201, undefined, location];
  }

  #list(table: string, query: URLSearchParams): [number, unknown, Record<string, string>?] {
    const { listing, tombstones, pages } = this.dialect;
    const limit = Number(query.get('limit') ?? 100);
    const since = query.get('since');
    const after = Number(query.get('after') ?? 0);
    const sorted = [...this.#table(table).values()].sort(
      listing === 'updatedAt'
        ? (a, b) => a.updatedAt - b.updatedAt || a.seq - b.seq
        : (a, b) => a.seq - b.seq,
    );
    const told = sorted.filter(
      (row) =>
        (!row.deleted || (tombstones !== 'none' && since !== null)) &&
        (since === null ||
          (listing === 'cursor' ? row.seq > Number(since) : row.updatedAt > this.#read(since))),
    );
    const page = told.slice(after, after + limit);
    const more = after + limit < told.length;
    const asRows = page.filter((row) => !row.deleted || tombstones === 'rows');
    const rows = asRows.map((row) => this.#shown(row));
    const removed = page.filter((row) => row.deleted).map((row) => row.id);
    if (listing === 'cursor') {
      const cursor = `${page.at(-1)?.seq ?? Math.max(Number(since ?? 0), this.#seq)}`;
      return [200, { items: rows, cursor, more, ...(tombstones === 'removed' && { removed }) }];
    }
    if (!more || pages === 'none') return [200, rows];
    query.set('after', `${after + limit}`);
    const next = `/api/${table}?${query}`;
    return pages === 'link'
      ? [200, rows, { link: `<${next}>; rel="next"` }]
      : [200, { items: rows, next }];
  }

  /** The version that a change names. */
  #named({ headers, body }: Seen): string | undefined {
    const header = headers['if-match'];
    if (header !== undefined) return header;
    const member = this.dialect.versions === 'member' ? body?.version : undefined;
    return member === undefined ? undefined : `"${member as number}"`;
  }

  #matches(named: string, { version, updatedAt }: Stored): boolean {
    switch (this.dialect.versions) {
      case 'etag':
        return named === `"v${version}"`;
      case 'member':
        return named === `"${version}"`;
      case 'updatedAt':
        return named === `"${new Date(updatedAt).toISOString()}"`;
      default:
        // Weak ones never match (RFC 9110 §13.1.1).
        return false;
    }
  }

  #etag({ version }: Stored): Record<string, string> {
    const { versions } = this.dialect;
    if (versions === 'etag') return { etag: `"v${version}"` };
    return versions === 'weak-etag' ? { etag: `W/"v${version}"` } : {};
  }

  #shown({ id, value, version, updatedAt, deleted }: Stored): Value {
    const { versions, listing, tombstones } = this.dialect;
    const timed = versions === 'updatedAt' || listing === 'updatedAt';
    return {
      id: this.dialect.ids === 'numbers' ? Number(id) : id,
      ...value,
      ...(versions === 'member' && { version }),
      ...(timed && { updatedAt: this.#written(updatedAt) }),
      ...(tombstones === 'rows' && { deleted }),
    };
  }

  #written(time: number): string {
    const iso = new Date(time).toISOString();
    return this.dialect.times === 'iso' ? iso : iso.slice(0, 19).replace('T', ' ');
  }

  #read(time: string): number {
    return Date.parse(this.dialect.times === 'iso' ? time : `${time.replace(' ', 'T')}Z`);
  }

  #members(body: Value): Value {
    const { id: _, version: _version, updatedAt: _at, deleted: _deleted, ...members } = body;
    return members;
  }
}
