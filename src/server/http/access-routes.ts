/** Signing in and out, write keys, and taking back what was given out. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { revocationRequestSchema } from '../../protocol/schemas.js';
import { endedSessionCookie, sessionToken, startSession } from '../access/session.js';
import { takeCode } from '../access/sign-in-link.js';
import { endSession, endSessionsOf, endWriteKey, issueToken } from '../access/tokens.js';
import type { Context } from '../context.js';
import { invalid, ProblemError } from '../problem-error.js';
import { validator } from '../validate.js';
import { whoOf } from './guard.js';
import type { RateLimit } from './rate-limits.js';

export interface AccessRoutesOptions {
  context: Context;
  /** Whether browsers reach us over TLS. */
  secure: boolean;
  rateLimit: RateLimit;
}

/** What `POST /v1/revocations` takes: one of these. */
interface RevocationRequest {
  subject?: string;
  token?: string;
  writeKey?: string;
}

const validateRevocation = validator(revocationRequestSchema);

export function addAccessRoutes(app: FastifyInstance, options: AccessRoutesOptions): void {
  const { context, secure, rateLimit } = options;
  const { database, revocations } = context;

  // HEAD, as link checkers and mail filters send it, would use the link up.
  app.get('/ops/sign-in', { exposeHeadRoute: false }, async (request, reply) => {
    await rateLimit('signIn', request);
    return signIn(context, secure, request, reply);
  });

  app.get('/v1/session', { config: { access: 'viewer' } }, async (request, reply) => {
    const { subject, workspace, role } = whoOf(request);
    reply.header('cache-control', 'no-store');
    return { subject, workspace, role };
  });

  app.delete('/v1/session', { config: { access: 'viewer' } }, async (request, reply) => {
    const { via, workspace, credential, expiresAt = null } = whoOf(request);
    const session = sessionToken(request.headers.cookie, secure);
    if (session) await endSession(database, session);
    if (via === 'token' && credential !== undefined) {
      await revocations.revoke({ workspace, kind: 'token', name: credential, expiresAt });
    }
    return reply.code(204).header('set-cookie', endedSessionCookie(secure)).send();
  });

  app.post('/v1/write-keys', { config: { access: 'admin' } }, async (request, reply) => {
    const { subject, workspace } = whoOf(request);
    const key = await issueToken(database, 'write-key', { subject, workspace, role: 'writer' });
    return reply.code(201).header('cache-control', 'no-store').send({ key });
  });

  app.post('/v1/revocations', { config: { access: 'admin' } }, async (request, reply) => {
    const { workspace } = whoOf(request);
    const faults = validateRevocation(request.body);
    if (faults.length) throw invalid(faults);
    const { subject, token, writeKey } = request.body as RevocationRequest;
    const expiresAt = null;
    if (subject !== undefined) {
      await revocations.revoke({ workspace, kind: 'subject', name: subject, expiresAt });
      await endSessionsOf(database, workspace, subject);
    } else if (token !== undefined) {
      await revocations.revoke({ workspace, kind: 'token', name: token, expiresAt });
    } else if (writeKey !== undefined && !(await endWriteKey(database, workspace, writeKey))) {
      throw new ProblemError('not-found', 'This workspace has no such write key.');
    }
    return reply.code(204).send();
  });
}

/** The link that the server or `bytelyst token` printed: a code for a session. */
async function signIn(
  { database, secret, now }: Context,
  secure: boolean,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store');
  const { code } = request.query as { code?: unknown };
  const { cookie, 'sec-fetch-site': site = 'none', 'sec-purpose': purpose } = request.headers;
  // A link on another page would sign its visitors in as somebody they don't know.
  const own = site === 'none' || site === 'same-origin';
  // Nobody has followed the link yet.
  const early = purpose !== undefined;
  const grant =
    own && !early && typeof code === 'string'
      ? await takeCode(database, secret, code, now())
      : null;
  if (!grant) {
    throw new ProblemError(
      'forbidden',
      'This sign-in link has been used, is too old, or was followed from another page. ' +
        'Another one: bytelyst token --sign-in-link --workspace main --role admin',
    );
  }
  // Whoever put a session into this browser before does not share the new one.
  const before = sessionToken(cookie, secure);
  if (before) await endSession(database, before);
  return reply
    .header('set-cookie', await startSession(database, grant, secure))
    .redirect('/ops/ab-testing', 303);
}
