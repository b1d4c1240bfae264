/** How one entity looks at a REST backend, and how its answers are read. */
import { isObject, type Etag, type Json, type JsonObject } from '../../protocol/index.js';
import type { Row } from '../types.js';
import { SyncError } from '../errors.js';
import { badAnswer } from './http.js';
import { endpointPath, type Answer } from './rest-client.js';

/** A page of a listing. */
export interface RestPage {
  /** As the backend has them. */
  rows: unknown[];
  /** Where the next pull goes on; the backend's own, never looked into. */
  cursor?: string | undefined;
  /** A link to the next page of this listing, `?page=2` for example. Only its query counts. */
  next?: string | undefined;
  /**
   * There is more right now: with a cursor, a link or times to go on by. Default: a full page means
   * that there may be; `false` that this one is the last, with a cursor or without.
   */
  more?: boolean | undefined;
  /** Ids of rows deleted since. */
  removed?: unknown[] | undefined;
}

export interface RestEntity {
  /** Path below the base URL. Default: the engine's `entities[name].endpoint`, else the name. */
  endpoint?: string;
  /** Member that tells a row's version: a number, a text, a time. Default: the `ETag` header. */
  version?: string;
  /**
   * How a change says what it was made on: `if-match` (default) by that header, `body` by the
   * version member in the body, `none` not at all: the last to arrive wins, member by member.
   */
  precondition?: 'if-match' | 'body' | 'none';
  /** Who names new rows. `server`: they are posted without an id. Default `client`. */
  ids?: 'client' | 'server';
  /**
   * The backend's ids are numbers. Here they are text, with or without this; so are the members that
   * name such rows (`dependsOn`). With it both are sent as numbers.
   */
  numericIds?: boolean;
  /** `PATCH` sends the changed members (default), `PUT` the whole row. */
  update?: 'PATCH' | 'PUT';
  /** Makes a row, with its `id`, of what the backend sends. Default: as it is. */
  toRow?(value: JsonObject): JsonObject;
  /** Makes what the backend takes of a row, or of the changed members of one. Default: as it is. */
  fromRow?(row: JsonObject): JsonObject;
  /** Member (or test) that marks a row as deleted. */
  deleted?: string | ((value: JsonObject) => boolean);
  /**
   * Member with the time of a row's last change, for backends without a cursor: pulls then ask for
   * what changed since the newest time seen, less `overlapMs`.
   */
  updatedAt?: string;
  /** Default 2 minutes. A row whose transaction takes longer to be seen is missed until a relisting. */
  overlapMs?: number;
  /**
   * How often everything is listed anew, to find what was deleted (or missed): ms, `Infinity` for
   * never. Default: an hour where the backend does not tell of deletions, else never.
   */
  relistMs?: number;
  /** Rows to a page. Default 500. */
  limit?: number;
  /** The listing's query. Default `?since=…&limit=…`, without `since` the first time. */
  query?(page: { since: string | null; limit: number }): Record<string, string>;
  /** Reads a listing. Default: a list, or one under `items`, `data`, `results` or `rows`. */
  page?(body: unknown, header: (name: string) => string | null): RestPage;
}

/** A row of the backend's, with what it calls this version. */
export interface RemoteRow {
  row: Row & JsonObject;
  etag: Etag | undefined;
  deleted: boolean;
}

/** An entity's options, complete. */
export class Endpoint {
  readonly path: string;
  readonly limit: number;

  constructor(
    readonly collection: string,
    readonly options: RestEntity,
    /** Members that name rows of others (`dependsOn`), and whether the ids of those are numbers. */
    private readonly references: Readonly<Record<string, boolean>> = {},
  ) {
    this.path = endpointPath(options.endpoint ?? collection);
    this.limit = options.limit ?? 500;
  }

  /**
   * Reads a row; `undefined` where the value is none. Members that it does not name stay as `sent`:
   * answers to changes often tell no more than what the server has added.
   */
  row(
    value: unknown,
    header: Answer['header'] = () => null,
    sent: JsonObject = {},
  ): RemoteRow | undefined {
    const { version, deleted, toRow } = this.options;
    if (!isObject(value)) return undefined;
    const raw = value as JsonObject;
    const { id, ...members } = toRow
      ? mapped(toRow, { ...this.body(sent), ...raw }, 'bad-answer')
      : raw;
    if (typeof id !== 'number' && (typeof id !== 'string' || !id)) return undefined;
    for (const member of Object.keys(this.references))
      if (Object.hasOwn(members, member)) members[member] = eachId(members[member]!, asText);
    const told = version === undefined ? header('etag') : raw[version];
    return {
      row: { ...sent, ...members, id: String(id) },
      etag: typeof told === 'string' || typeof told === 'number' ? told : undefined,
      deleted: typeof deleted === 'function' ? deleted(raw) : !!deleted && !!raw[deleted],
    };
  }

  /** The row in an answer about one, over what was sent of it: bare, under `data`, alone in a list. */
  answered({ body, header }: Answer, sent: JsonObject = {}): RemoteRow | undefined {
    if (Array.isArray(body)) return body.length === 1 ? this.row(body[0], header, sent) : undefined;
    const inside = () => (isObject(body) ? this.row(body.data, header, sent) : undefined);
    return this.row(body, header, sent) ?? inside();
  }

  /** Whether an answer about one row names all of these members, as the backend calls them. */
  names({ body }: Answer, members: JsonObject): boolean {
    const all = Object.keys(this.options.toRow ? this.body(members) : members);
    const hold = (value: unknown) =>
      isObject(value) && all.every((name) => Object.hasOwn(value, name));
    return hold(body) || (isObject(body) && hold(body.data));
  }

  /** What the backend is sent of a row or of some members of it. */
  body(members: JsonObject): JsonObject {
    const { fromRow, numericIds = false } = this.options;
    const sent = { ...members };
    for (const [member, numeric] of Object.entries({ ...this.references, id: numericIds }))
      if (numeric && Object.hasOwn(sent, member)) sent[member] = eachId(sent[member]!, asNumber);
    return fromRow ? mapped(fromRow, sent, 'invalid') : sent;
  }

  page({ body, header }: Answer): RestPage {
    if (this.options.page) return this.options.page(body, header);
    const next = /<([^>]*)>\s*;[^,]*\brel="?next\b/.exec(header('link') ?? '')?.[1];
    if (Array.isArray(body)) return { rows: body, next };
    if (!isObject(body)) throw badAnswer();
    const rows = ['items', 'data', 'results', 'rows'].map((name) => body[name]).find(Array.isArray);
    if (!rows) throw badAnswer();
    return {
      rows,
      // A page's number is no link: it does not say how to ask for it.
      next: typeof body.next === 'string' ? body.next || next : body.next ? '' : next,
      cursor:
        typeof body.cursor === 'string' || typeof body.cursor === 'number'
          ? `${body.cursor}`
          : undefined,
      more: [body.more, body.hasMore, body.has_more].find((more) => typeof more === 'boolean'),
      removed: Array.isArray(body.removed) ? body.removed : undefined,
    };
  }
}

/** A member names one row, or a list of them. */
function eachId(named: Json, change: (id: Json) => Json): Json {
  return Array.isArray(named) ? named.map(change) : change(named);
}

function asText(id: Json): Json {
  return typeof id === 'number' ? String(id) : id;
}

/** The number that an id was; an id that was made here stays as it is. */
function asNumber(id: Json): Json {
  const number = Number(id);
  return typeof id === 'string' && String(number) === id ? number : id;
}

/** The app's own function: where it throws, the error says whose fault that is. */
function mapped(
  map: (members: JsonObject) => JsonObject,
  members: JsonObject,
  code: 'bad-answer' | 'invalid',
): JsonObject {
  try {
    return map(members);
  } catch (cause) {
    throw new SyncError(code, 'A row can’t be mapped: `toRow` or `fromRow` threw.', { cause });
  }
}
