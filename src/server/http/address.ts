/**
 * Is the request meant for us, and does its address say the same to everybody who reads it: us, a
 * proxy before us, a file system? Whatever could be read in two ways is refused.
 */
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../problem-error.js';

/** Headers that two readers might take from different places when they come twice. */
const ONCE: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-type',
  'host',
  'origin',
  'sec-fetch-site',
]);
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i;
/** Headers of one request; browsers behind proxies send some forty. */
const HEADERS = 200;
/** Parameters of one query. */
const PARAMETERS = 20;
const PARAMETER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;

/** Refuses what no honest client sends (RFC 9112 §3). */
export function checkAddress({ raw }: FastifyRequest): void {
  const { httpVersion, rawHeaders, headers, url } = raw;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') malformed('Speak HTTP/1.1.');
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  if (names.length > HEADERS) {
    throw new ProblemError('headers-too-large', `The request has more than ${HEADERS} headers.`);
  }
  const once = names.filter((name) => ONCE.has(name));
  if (!once.includes('host')) malformed('Send a Host header.');
  const twice = once.find((name, i) => once.includes(name, i + 1));
  if (twice) malformed(`Send one ${twice} header only.`);
  const [, port = '1'] = HOST.exec(headers.host ?? '') ?? malformed('That is no Host.');
  if (Number(port) < 1 || Number(port) > 65_535) malformed('The Host has no such port.');
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    throw new ProblemError('expectation-failed', 'Only “Expect: 100-continue” can be met.');
  }

  if (!url?.startsWith('/')) malformed('Send the path only, not a whole address.');
  const [path = '', query] = url.split('?', 2);
  checkPath(path);
  if (query !== undefined && isApi(path)) checkQuery(query);
}

/**
 * A server on loopback answers to loopback's names only: a page whose own name was re-pointed
 * there (DNS rebinding) would otherwise be same-origin with it.
 */
export function checkHost(request: FastifyRequest, allowed: ReadonlySet<string>): void {
  if (allowed.has(request.hostname.toLowerCase())) return;
  throw new ProblemError(
    'forbidden',
    'This server does not go by that name. Set --public-url to the address it is reached at.',
  );
}

/** Whether programs call it; pages leave their queries to scripts and whoever measures visits. */
function isApi(path: string): boolean {
  return /^\/v\d+\//.test(path) || path === '/ops/sign-in';
}

/** No way up, no second spelling of a separator, nothing that an encoding hides. */
function checkPath(path: string): void {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return malformed('The path is not encoded as UTF-8.');
  }
  // Characters that look like dots and slashes become them where somebody normalises.
  const segments = decodeURIComponent(withoutUnit(path)).normalize('NFKC').split(/[/\\]/);
  const bad =
    /[^\x21-\x7e]|[\\;]|\/\//.test(path) ||
    // Only the ids that the API takes have a use for one.
    (/%2f|%5c/i.test(path) && !isApi(path)) ||
    // oxlint-disable-next-line no-control-regex
    /[\0-\x1f\x7f]/.test(decoded) ||
    segments.some((segment) => segment === '.' || segment === '..');
  if (bad) malformed('The path is not one that this server gives out.');
}

/** Events call a unit what they like; its routes take that from one segment as it stands. */
function withoutUnit(path: string): string {
  return path.replace(/^(\/v1\/units\/)([^/]+)/, (whole, start: string, id: string) =>
    ['.', '..'].includes(decodeURIComponent(id)) ? whole : `${start}-`,
  );
}

function checkQuery(query: string): void {
  const names = query.split('&', PARAMETERS + 2).map((pair) => pair.split('=', 1)[0]!);
  if (names.length > PARAMETERS) malformed(`The query has more than ${PARAMETERS} parameters.`);
  const bad = names.find((name, i) => !PARAMETER_NAME.test(name) || names.includes(name, i + 1));
  if (bad === undefined) return;
  malformed(
    PARAMETER_NAME.test(bad)
      ? `The query has “${bad}” twice.`
      : `The query has a parameter that is no name: “${bad.slice(0, 64)}”.`,
  );
}

function malformed(detail: string): never {
  throw new ProblemError('malformed', detail);
}
