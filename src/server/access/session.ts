/** The admin page's session: a cookie that scripts can't read and other sites can't send. */
import type { Database } from '../database/database.js';
import { issueToken, renewSession, type TokenGrant } from './tokens.js';

/** Two weeks, in seconds. */
const SESSION_SECONDS = 14 * 24 * 3_600;

/**
 * Where the browser reaches us over TLS the cookie is bound to this very host (`__Host-`); plain
 * http on loopback can't have that.
 */
export function sessionCookieName(secure: boolean): string {
  return secure ? '__Host-bytelyst-session' : 'bytelyst-session';
}

/** Starts a session; the value of the `Set-Cookie` header that carries it. */
export async function startSession(
  database: Database,
  grant: TokenGrant,
  secure: boolean,
): Promise<string> {
  const token = await issueToken(database, 'session', { ...grant, seconds: SESSION_SECONDS });
  return cookie(secure, token, SESSION_SECONDS);
}

/**
 * The `Set-Cookie` value that carries the session on where it has been in use for a day; null where
 * it goes on as it is.
 */
export async function renewedCookie(
  database: Database,
  token: string,
  secure: boolean,
): Promise<string | null> {
  const next = await renewSession(database, token, SESSION_SECONDS);
  return next === null ? null : cookie(secure, next, SESSION_SECONDS);
}

/** The `Set-Cookie` value that makes the browser forget. */
export function endedSessionCookie(secure: boolean): string {
  return cookie(secure, '', 0);
}

function cookie(secure: boolean, value: string, maxAge: number): string {
  const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}`;
  return `${sessionCookieName(secure)}=${value}; ${attributes}${secure ? '; Secure' : ''}`;
}

/** The session's token in a `Cookie` header; null when absent, or there twice (a tossed cookie). */
export function sessionToken(header: string | undefined, secure: boolean): string | null {
  const prefix = `${sessionCookieName(secure)}=`;
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix));
  return found.length === 1 ? found[0]!.slice(prefix.length) || null : null;
}
