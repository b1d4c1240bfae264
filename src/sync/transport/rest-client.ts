/**
 * One request to a REST backend, by `fetch` or by the app's own client. What comes back is an
 * answer, whatever its status; rejected is what concerns more than this request: no network, no
 * session, a server that asks everybody to wait.
 */
import { isObject, problem, type Problem, type ProblemCode } from '../../protocol/index.js';
import { SyncError } from '../errors.js';
import { interrupted, retryAfter } from './http.js';
import type { Call } from './transport.js';

/** What an app's own client is asked for. */
export interface ApiRequest {
  method: string;
  headers: Record<string, string>;
  /** JSON. */
  body?: string;
  signal: AbortSignal;
}

/** What of a `Response` is used. */
export interface ApiResponse {
  status: number;
  headers?: { get(name: string): string | null };
  text?(): Promise<string>;
  json?(): Promise<unknown>;
}

/**
 * The app's own way to its backend, which adds what it needs: the base URL, the session, headers.
 * With both, `fetch` is used: only it tells the answer's headers (`ETag`, `Retry-After`, `Link`).
 */
export interface ApiClient {
  fetch?(path: string, init: ApiRequest): Promise<ApiResponse>;
  /** Never throws; without a `status` nobody has answered. */
  safeFetch?(
    path: string,
    init: ApiRequest,
  ): Promise<{ ok: boolean; data?: unknown; error?: unknown; status?: number | undefined }>;
}

export interface Answer {
  status: number;
  header(name: string): string | null;
  /** Parsed; `undefined` where there is none. */
  body: unknown;
  /**
   * Not the backend's: a page of HTML, JSON that was cut off, a 200 that the client calls no success.
   * Nothing follows from its status.
   */
  foreign: boolean;
}

export type Send = (
  call: Call,
  method: string,
  path: string,
  more?: { body?: unknown; headers?: Record<string, string> },
) => Promise<Answer>;

/** Sent with every request; a function is asked every time. */
export type Headers = Given | (() => Given | Promise<Given>);
type Given = Record<string, string>;

/** Sends by the client, with the headers that every request gets. */
export function sender(clientOf: (call: Call) => ApiClient, headers: Headers = {}): Send {
  let quietUntil = 0;
  let told: SyncError | undefined;

  return async (call, method, path, { body, headers: more } = {}) => {
    // Others of the same batch may have heard it a moment ago.
    const left = quietUntil - call.clock.now();
    if (told && left > 0)
      throw new SyncError('busy', told.message, { cause: told, retryAfter: left });
    const given = typeof headers === 'function' ? await asked(headers, call) : headers;
    const request: ApiRequest = {
      method,
      headers: { accept: 'application/json', ...given, ...more },
      signal: call.signal,
    };
    if (body !== undefined) {
      request.headers['content-type'] ??= 'application/json';
      request.body = JSON.stringify(body);
    }
    // Whoever signs in next has another session: nothing more goes out for a call that is over.
    if (call.signal.aborted) throw interrupted(undefined, call);
    const answer = await ask(clientOf(call), path, request, call);
    call.progress();
    if (answer.status === 401) throw new SyncError('auth', 'The session has ended.');
    const wait = retryAfter(answer.header('retry-after'), call.clock);
    if (answer.status === 429 || (answer.status === 503 && wait !== undefined)) {
      told = new SyncError('busy', 'The server asks for patience.', { retryAfter: wait });
      quietUntil = call.clock.now() + (wait ?? 0);
      throw told;
    }
    return answer;
  };
}

/** A session that can't be renewed now is no fault of the row that was to be sent. */
async function asked(headers: Exclude<Headers, Given>, call: Call): Promise<Given> {
  try {
    return await headers();
  } catch (cause) {
    throw cause instanceof SyncError ? cause : interrupted(cause, call);
  }
}

async function ask(
  client: ApiClient,
  path: string,
  request: ApiRequest,
  call: Call,
): Promise<Answer> {
  try {
    return client.fetch
      ? await read(await client.fetch(path, request))
      : safe(await client.safeFetch!(path, request));
  } catch (cause) {
    if (cause instanceof SyncError) throw cause;
    // Some clients throw what is not a success.
    if (isObject(cause) && typeof cause.status === 'number' && cause.status >= 300)
      return plain(cause.status, cause.data ?? cause.body);
    throw interrupted(cause, call);
  }
}

function safe(result: Awaited<ReturnType<NonNullable<ApiClient['safeFetch']>>>): Answer {
  const { ok, data, error, status } = result;
  if (!ok && !status)
    throw new SyncError('offline', 'The server can’t be reached.', { cause: error });
  // No success, yet no status of a failure: JSON that could not be read, another's page.
  const foreign = !ok && status! < 400;
  return { ...plain(status ?? 200, ok ? data : (data ?? error)), foreign };
}

function plain(status: number, body: unknown): Answer {
  return { status, body, foreign: false, header: () => null };
}

async function read(response: ApiResponse): Promise<Answer> {
  const { status, headers } = response ?? {};
  if (typeof status !== 'number' || (!response.text && 'data' in response))
    throw new SyncError(
      'bad-answer',
      '`fetch` of the apiClient must answer like the platform’s: a status, and text() or json().',
    );
  const header = (name: string) => headers?.get(name) ?? null;
  if (!response.text) return { ...plain(status, await response.json?.()), header };
  const text = status === 204 || status === 304 ? '' : await response.text();
  let body: unknown;
  let foreign = false;
  try {
    if (text.trim()) body = JSON.parse(text);
  } catch {
    // A word of plain text (“OK”) is no body; a page, or JSON that can’t be read, is foreign.
    foreign = /html|json/i.test(header('content-type') ?? '') || text.trimStart().startsWith('<');
  }
  return { status, header, body, foreign };
}

/** Where an entity's rows are; refuses what could lead out of the base path. */
export function endpointPath(endpoint: string): string {
  const segments = endpoint.replace(/^\/|\/$/g, '').split('/');
  if (segments.every((part) => /^[\w.~:@-]+$/.test(part) && !/^\.+$/.test(part)))
    return `/${segments.join('/')}`;
  throw new SyncError('invalid', `“${endpoint}” is no path below the base URL.`);
}

/** Where one row is. An id is data, never a path: `..` is refused, `/` is encoded. */
export function rowPath(endpoint: string, id: string): string {
  if (id.split(/[\\/]/).some((part) => /^\.{0,2}$/.test(part)))
    throw new SyncError('invalid', `“${id}” can’t be the id of a row in an address.`);
  return `${endpoint}/${encodeURIComponent(id)}`;
}

const CODES: Readonly<Record<number, ProblemCode>> = {
  400: 'malformed',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
};

/** What a 4xx says, in the backend's own words, wherever it puts them. */
export function refusal({ status, body }: Answer): Problem {
  const words = isObject(body) ? [body.detail, body.message, body.error, body.title] : [body];
  const detail = words.find((word) => typeof word === 'string' && word) as string | undefined;
  return {
    ...problem(CODES[status] ?? 'invalid', detail ?? `The server answered ${status}.`),
    status,
  };
}
