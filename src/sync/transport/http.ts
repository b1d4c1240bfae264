/** What every HTTP transport does the same way: errors with their class, and bounded waiting. */
import { isObject, clientProblem, type Problem } from '../../protocol/index.js';
import { SyncError } from '../errors.js';
import type { Clock } from '../ports.js';
import type { Call } from './transport.js';

/** Nobody may tell us to stay away longer than this. */
const LONGEST_WAIT = 3_600_000;

/** Fetches; anything but a success becomes a typed error. */
export async function request(url: string, init: RequestInit, call: Call): Promise<Response> {
  const response = await attempt(url, init, call);
  if (response.ok) return response;
  throw await failure(response, call);
}

/** Fetches, whatever the status; rejects only when there is no answer at all. */
export async function attempt(url: string, init: RequestInit, call: Call): Promise<Response> {
  try {
    return await call.fetch(url, { ...init, signal: call.signal });
  } catch (cause) {
    throw interrupted(cause, call);
  }
}

/** The body as JSON. Cut off on its way it is the network's fault, anything else the server's. */
export async function readJson(response: Response, call: Call): Promise<unknown> {
  const text = await response.text().catch((cause: unknown) => {
    throw interrupted(cause, call);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badAnswer(cause);
  }
}

export function badAnswer(cause?: unknown): SyncError {
  const message = 'The server’s answer does not follow the protocol.';
  return new SyncError('bad-answer', message, { cause });
}

/** Why reading from the network stopped. */
export function interrupted(cause: unknown, call: Call): SyncError {
  if (call.signal.reason instanceof SyncError) return call.signal.reason;
  return new SyncError('offline', 'The server can’t be reached.', { cause });
}

export async function failure(response: Response, call: Call): Promise<SyncError> {
  const { status } = response;
  const body: unknown = await response.json().catch(() => undefined);
  const said = isProblem(body);
  const passing = [408, 425, 429].includes(status) || status >= 500;
  const problem = said
    ? body
    : {
        ...clientProblem(passing ? 'unavailable' : 'invalid', `The server answered ${status}.`),
        status,
      };
  const wait = retryAfter(response.headers.get('retry-after'), call.clock);
  const message = problem.detail ?? problem.title;
  // Either way somebody has to sign in, and nothing is wrong with what was to be sent.
  if (status === 401 || problem.code === 'other-user')
    return new SyncError('auth', message, { problem });
  if (problem.retryable || passing)
    return new SyncError('busy', message, { problem, retryAfter: wait });
  // Only the server itself may refuse a write for good; a proxy's page of HTML may not.
  if (!said && status !== 413) return new SyncError('bad-answer', message, { problem });
  return new SyncError('rejected', message, { problem });
}

function isProblem(body: unknown): body is Problem {
  return isObject(body) && typeof body.code === 'string' && typeof body.title === 'string';
}

/** Seconds or a date (RFC 9110 §10.2.3), as ms from now. */
export function retryAfter(header: string | null, clock: Clock): number | undefined {
  if (!header) return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - clock.now();
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), LONGEST_WAIT) : undefined;
}

/**
 * The lines of a text stream, as they arrive; all at the end where answers come as a whole. A line
 * of more than `longest` characters is none: waiting for its end would take all memory.
 */
export async function* lines(
  response: Response,
  call: Call,
  longest: number,
): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const text of texts(response)) {
      call.progress();
      const parts = text.split('\n');
      parts[0] = rest + parts[0]!;
      rest = parts.pop()!;
      if (rest.length > longest) throw badAnswer();
      yield* parts;
    }
    if (rest) yield rest;
  } catch (cause) {
    throw cause instanceof SyncError ? cause : interrupted(cause, call);
  }
}

async function* texts(response: Response): AsyncGenerator<string> {
  const { body } = response;
  if (!body || !globalThis.TextDecoder) return yield await response.text();
  const [reader, decoder] = [body.getReader(), new TextDecoder()];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      yield decoder.decode(value, { stream: !done });
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** `?a=1&b=2`; without `URLSearchParams`, of which React Native has only half. */
export function queryString(members: Record<string, string | number | null | undefined>): string {
  const pairs = Object.entries(members).filter(([, value]) => value != null);
  const encoded = pairs.map((pair) => pair.map((part) => encodeURIComponent(part!)).join('='));
  return encoded.length ? `?${encoded.join('&')}` : '';
}
