/**
 * Tokens that the server makes and can take back: sessions, one-time sign-in codes and write
 * keys. The database holds only their SHA-256; each has 256 random bits, so that is enough.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Queryable } from '../database/database.js';
import type { Identity, Role } from './identity.js';

export type TokenKind = 'session' | 'sign-in' | 'write-key';

export interface TokenGrant {
  subject: string;
  workspace: string;
  role: Role;
  /** Absent: for ever. */
  seconds?: number;
}

/** Makes a token and returns it; it can't be read again. */
export async function issueToken(
  database: Queryable,
  kind: TokenKind,
  grant: TokenGrant,
  /** Only for the demo's well-known write key. */
  token = `${kind === 'write-key' ? 'bl_write_' : ''}${randomBytes(32).toString('base64url')}`,
): Promise<string> {
  await database.query(
    `insert into tokens (workspace, hash, kind, subject, role, expires_at)
     values ($1, $2, $3, $4, $5, now() + $6::float8 * interval '1 second')
     on conflict do nothing`,
    [grant.workspace, hash(token), kind, grant.subject, grant.role, grant.seconds ?? null],
  );
  return token;
}

/** Whose token this is; null when there is none such, or no more. */
export async function findToken(
  database: Queryable,
  kind: 'session' | 'write-key',
  token: string,
): Promise<Identity | null> {
  const [row] = await database.query<Omit<Identity, 'via'>>(
    `select subject, workspace, role from tokens
      where hash = $1 and kind = $2 and (expires_at is null or expires_at > now())`,
    [hash(token), kind],
  );
  return row ? { ...row, via: kind } : null;
}

/** Uses a token up, whatever its kind; what it granted, or null when it was not there any more. */
export async function takeToken(
  database: Queryable,
  kind: TokenKind,
  token: string,
): Promise<Omit<TokenGrant, 'seconds'> | null> {
  const [row] = await database.query<Omit<TokenGrant, 'seconds'> & { live: boolean }>(
    `delete from tokens where hash = $1 and kind = $2
     returning subject, workspace, role, (expires_at is null or expires_at > now()) as live`,
    [hash(token), kind],
  );
  return row?.live ? { subject: row.subject, workspace: row.workspace, role: row.role } : null;
}

/** A fresh one-time code; those given out before and not used end here. */
export async function issueSignInCode(database: Queryable, grant: TokenGrant): Promise<string> {
  await database.query(`delete from tokens where workspace = $1 and kind = 'sign-in'`, [
    grant.workspace,
  ]);
  return issueToken(database, 'sign-in', grant);
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
