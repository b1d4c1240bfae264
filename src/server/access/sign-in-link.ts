/**
 * Links that sign a browser in: a code, signed with the server's secret, that holds for a while and
 * works once. Any command that knows the secret can make one; only the server can use one up.
 */
import { randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { isId } from '../../protocol/index.js';
import type { Queryable } from '../database/database.js';
import { type Identity, isUserRole, type UserRole } from './identity.js';
import { useUp } from './revocations.js';

/** No bearer token says this of itself, and so none is a code, nor a code a bearer token. */
const TYPE = 'sign-in+jwt';

export type Grant = Pick<Identity, 'subject' | 'workspace'> & { role: UserRole };

/** A code that signs `subject` in, once, within `seconds`. */
export function signCode(
  secret: string,
  { subject, workspace, role }: Grant,
  seconds: number,
  now = Date.now(),
): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  return new SignJWT({ workspace, role })
    .setProtectedHeader({ alg: 'HS256', typ: TYPE })
    .setJti(randomUUID())
    .setSubject(subject)
    .setExpirationTime(issuedAt + seconds)
    .sign(new TextEncoder().encode(secret));
}

/** What a code grants; null when it is not ours, too old, or was used. */
export async function takeCode(
  database: Queryable,
  secret: string,
  code: string,
  now: number,
): Promise<Grant | null> {
  if (code.length > 1_000) return null;
  try {
    const { payload } = await jwtVerify(code, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      typ: TYPE,
      requiredClaims: ['sub', 'exp', 'jti'],
      currentDate: new Date(now),
    });
    const { sub, jti, exp, workspace, role } = payload;
    if (!sub || !jti || !exp || !isId(workspace) || !isUserRole(role)) return null;
    const first = await useUp(database, { workspace, name: jti, expiresAt: exp * 1000 }, now);
    return first ? { subject: sub, workspace, role } : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
