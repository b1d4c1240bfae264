/** Bearer tokens: JWT, HS256 and nothing else, with an end. The app's own backend may sign them. */
import { errors, jwtVerify, SignJWT } from 'jose';
import { isId } from '../../protocol/index.js';
import { type Identity, isUserRole, type UserRole } from './identity.js';

/** Any longer one is not read at all. */
const MAX_TOKEN_LENGTH = 4_096;

/** A token that lets `subject` act in `workspace` for `seconds`. */
export function signToken(
  secret: string,
  { subject, workspace, role }: { subject: string; workspace: string; role: UserRole },
  seconds: number,
  now = Date.now(),
): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  return new SignJWT({ workspace, role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + seconds)
    .sign(new TextEncoder().encode(secret));
}

/** The identity a token proves; null when it is not ours, over, or says nothing we know. */
export async function verifyToken(
  secret: string,
  token: string,
  now = Date.now(),
): Promise<Identity | null> {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      requiredClaims: ['sub', 'exp'],
      currentDate: new Date(now),
    });
    const { sub, workspace, role } = payload;
    if (!sub || sub.length > 128 || !isId(workspace) || !isUserRole(role)) return null;
    return { subject: sub, workspace, role, via: 'token' };
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
