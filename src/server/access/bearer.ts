/**
 * Bearer tokens: JWTs, signed with our secret (HS256) by us or by the app's own backend, or with a
 * key that the configured issuer publishes. Which key is tried follows from the algorithm, and each
 * has its own; nothing else in a token's header has a say.
 */
import { createHash, createSecretKey, randomUUID } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { isId, isText, type JsonObject } from '../../protocol/index.js';
import type { AuthConfig } from './auth-config.js';
import { type Identity, isUserRole, type UserRole } from './identity.js';
import { createKeyFinder } from './jwks.js';

/** Any longer one is not read at all. */
const MAX_TOKEN_LENGTH = 4_096;
/** How far apart two machines' clocks may be, in seconds. */
const CLOCK_TOLERANCE = 5;
/** The last moment that a date can have, in seconds. */
const MAX_TIME = 8_640_000_000_000;
const DEFAULT_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
/** A token that says more of its key than its name wants to choose it. */
const HEADER_MEMBERS: ReadonlySet<string> = new Set(['alg', 'typ', 'kid', 'x5t', 'x5t#S256']);
/** How long a token that was checked is believed without its signature being checked again, in ms. */
const BELIEVED_MS = 60_000;
/** How many such tokens are known; the oldest go first. */
const BELIEVED_TOKENS = 5_000;
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

export interface SignOptions {
  /** What the config says of tokens, so that they are ones that the server takes. */
  auth?: AuthConfig;
  /** ms since 1970. */
  now?: number;
}

/** A token that lets `subject` act in `workspace` for `seconds`. */
export function signToken(
  secret: string,
  { subject, workspace, role }: { subject: string; workspace: string; role: UserRole },
  seconds: number,
  { auth = {}, now = Date.now() }: SignOptions = {},
): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  const { workspace: workspaceClaim = 'workspace', role: roleClaim = 'role' } = auth.claims ?? {};
  const token = new SignJWT({ [workspaceClaim]: workspace, [roleClaim]: role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setJti(randomUUID())
    .setSubject(subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + seconds);
  if (auth.issuer !== undefined) token.setIssuer(auth.issuer);
  if (auth.audience !== undefined) token.setAudience(auth.audience);
  return token.sign(new TextEncoder().encode(secret));
}

/**
 * The identity a token proves; null when it is not ours, over, early, or says nothing we know.
 * Rejects with `unavailable` when the issuer's keys can't be had.
 */
export type VerifyToken = (token: string) => Promise<Identity | null>;

export function createVerifier(
  secret: string,
  auth: AuthConfig,
  now: () => number = Date.now,
): VerifyToken {
  // A key object is imported once, bytes at every verification.
  const ownKey = createSecretKey(secret, 'utf8');
  const issuerKeys = auth.jwks === undefined ? null : createKeyFinder(auth.jwks, now);
  const issuerAlgorithms: readonly string[] = auth.algorithms ?? DEFAULT_ALGORITHMS;

  async function verify(token: string): Promise<JWTPayload | null> {
    const alg = readAlgorithm(token);
    if (alg === null) return null;
    const options = {
      algorithms: [alg],
      requiredClaims: ['sub', 'exp'],
      clockTolerance: CLOCK_TOLERANCE,
      currentDate: new Date(now()),
      ...(auth.issuer === undefined ? {} : { issuer: auth.issuer }),
      ...(auth.audience === undefined ? {} : { audience: auth.audience }),
    };
    if (alg === 'HS256') return (await jwtVerify(token, ownKey, options)).payload;
    if (!issuerKeys || !issuerAlgorithms.includes(alg)) return null;
    return (await jwtVerify(token, issuerKeys, options)).payload;
  }

  return believing(now, async (token) => {
    try {
      const payload = await verify(token);
      return payload && identityOf(token, payload, auth, now());
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  });
}

/** A signature costs more to check than most requests cost to answer, and tokens come again. */
function believing(now: () => number, verify: VerifyToken): VerifyToken {
  const believed = new Map<string, { at: number; found: Promise<Identity | null> }>();
  return async (token) => {
    const known = believed.get(token);
    if (known && Math.abs(now() - known.at) < BELIEVED_MS) {
      const who = await known.found;
      if (who && now() < (who.expiresAt ?? Infinity)) return who;
    }
    const found = verify(token);
    const entry = { at: now(), found };
    const forget = () => {
      if (believed.get(token) === entry) believed.delete(token);
    };
    believed.delete(token);
    believed.set(token, entry);
    if (believed.size > BELIEVED_TOKENS) believed.delete(believed.keys().next().value!);
    found.then((who) => who ?? forget(), forget);
    return found;
  };
}

/** The algorithm of a token that is well formed and asks for nothing out of the ordinary. */
function readAlgorithm(token: string): string | null {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every(isCanonical)) return null;
  const header = decodeProtectedHeader(token);
  if (!Object.keys(header).every((name) => HEADER_MEMBERS.has(name))) return null;
  const { alg, typ = 'JWT', kid = '' } = header;
  if (typeof typ !== 'string' || !TYPES.has(typ.toLowerCase())) return null;
  if (typeof kid !== 'string' || kid.length > 200) return null;
  return typeof alg === 'string' ? alg : null;
}

/** Whether a part is written in the one way there is; others would be the same token by another name. */
function isCanonical(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;
}

function identityOf(
  token: string,
  payload: JWTPayload,
  { claims = {} }: AuthConfig,
  now: number,
): Identity | null {
  const { sub, exp, iat, jti } = payload;
  const workspace = payload[claims.workspace ?? 'workspace'];
  const role = payload[claims.role ?? 'role'];
  if (typeof sub !== 'string' || !sub || sub.length > 128 || !isText(sub)) return null;
  if (!isId(workspace) || !isUserRole(role)) return null;
  if (!isTime(exp) || (iat !== undefined && !isTime(iat))) return null;
  if (iat !== undefined && iat * 1000 > now + 60_000) return null;
  const named = typeof jti === 'string' && jti.length > 0 && jti.length <= 128 && isText(jti);
  return {
    subject: sub,
    workspace,
    role,
    via: 'token',
    claims: payload as JsonObject,
    credential: named ? jti : createHash('sha256').update(token).digest('base64url'),
    issuedAt: (iat ?? 0) * 1000,
    expiresAt: (exp + CLOCK_TOLERANCE) * 1000,
  };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= MAX_TIME;
}
