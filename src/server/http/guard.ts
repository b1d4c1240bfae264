/**
 * Before anything of a request's content is looked at: who sends it, may they, and could it have
 * been another site that made the browser send it?
 */
import type { FastifyRequest } from 'fastify';
import { type Identity, includesRole, type Role } from '../access/identity.js';
import { sessionToken } from '../access/session.js';
import { findToken, sessionStands } from '../access/tokens.js';
import type { Context } from '../context.js';
import { ProblemError } from '../problem-error.js';

/** Who may call a route: at least this role, or anybody. */
export type Access = Role | 'public';

/** Who asks; throws `unauthenticated` or `forbidden`. */
export async function authorize(
  context: Context,
  request: FastifyRequest,
  needed: Role,
  secure: boolean,
): Promise<Identity> {
  const who = await identify(context, request, secure);
  if (!who) throw new ProblemError('unauthenticated', 'Send a valid token or session cookie.');
  if (who.via === 'session') checkSameOrigin(request);
  if (!includesRole(who.role, needed)) {
    throw new ProblemError('forbidden', `This takes the role ${needed}; yours is ${who.role}.`);
  }
  return who;
}

/** Who asks, by bearer token, write key or session cookie; a header outranks a cookie. */
export async function identify(
  { database, verifyToken, revocations }: Context,
  request: FastifyRequest,
  secure: boolean,
): Promise<Identity | null> {
  const { authorization, cookie } = request.headers;
  let who: Identity | null = null;
  if (authorization !== undefined) {
    const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
    if (!token) return null;
    who = token.startsWith('bl_write_')
      ? await findToken(database, 'write-key', token)
      : await verifyToken(token);
  } else {
    const session = sessionToken(cookie, secure);
    who = session ? await findToken(database, 'session', session) : null;
  }
  return who && !revocations.covers(who) ? who : null;
}

/** Whether somebody who was let in would be let in now. */
export async function stillStands(
  { database, revocations, now }: Context,
  who: Identity,
): Promise<boolean> {
  if (revocations.covers(who) || (who.expiresAt ?? Infinity) <= now()) return false;
  return who.via !== 'session' || sessionStands(database, who);
}

/**
 * A cookie goes along whoever made the browser send the request; what changes something must come
 * from our own pages. Browsers too old for `Sec-Fetch-Site` say at least `Origin`.
 */
function checkSameOrigin({ method, headers }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  const site = headers['sec-fetch-site'];
  const sameOrigin =
    site === undefined ? hostOf(headers.origin) === headers.host : site === 'same-origin';
  if (!sameOrigin) {
    throw new ProblemError('forbidden', 'This request did not come from a page of this server.');
  }
}

function hostOf(origin: string | undefined): string | null {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null;
}

/** Who asks on a route that is not public. */
export function whoOf(request: FastifyRequest): Identity {
  if (!request.who) throw new ProblemError('unauthenticated');
  return request.who;
}
