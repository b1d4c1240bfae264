/**
 * Tokens that the server makes and can take back: sessions and write keys. The database holds only
 * their SHA-256; each has 256 random bits, so that is enough. A token tells its workspace, so it is
 * looked for in all of them; whatever is done after that is done in its own.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../database/database.js';
import type { Identity, Role } from './identity.js';

export type TokenKind = 'session' | 'write-key';

export interface TokenGrant {
  subject: string;
  workspace: string;
  role: Role;
  /** Absent: for ever. */
  seconds?: number;
}

/** How long a session that was renewed still works, for requests on their way and other tabs. */
const RENEWAL_GRACE = `interval '30 seconds'`;
/** How old a session is before it is renewed. */
const RENEWAL_AGE = `interval '1 day'`;

/** Makes a token and returns it; it can't be read again. */
export async function issueToken(
  database: Database,
  kind: TokenKind,
  grant: TokenGrant,
  /** Only for write keys that somebody else chose. */
  token = newToken(kind),
): Promise<string> {
  await database.forWorkspace(grant.workspace).query(
    `insert into tokens (workspace, hash, kind, subject, role, family, expires_at)
     values ($1, $2, $3, $4, $5, $2, now() + $6::float8 * interval '1 second')
     on conflict do nothing`,
    [grant.workspace, hash(token), kind, grant.subject, grant.role, grant.seconds ?? null],
  );
  return token;
}

/**
 * Whose token this is; null when there is none such, or no more. A session that is shown long after
 * it was renewed was copied: it ends, and so do all that came of the same sign-in.
 */
export async function findToken(
  database: Database,
  kind: TokenKind,
  token: string,
): Promise<Identity | null> {
  const [row] = await database.query<
    Pick<Identity, 'subject' | 'workspace' | 'role'> & {
      family: string;
      copied: boolean;
      issuedAt: number;
      expiresAt: number | null;
    }
  >(
    `select subject, workspace, role, family,
            coalesce(replaced_at < now() - ${RENEWAL_GRACE}, false) as copied,
            (extract(epoch from created_at) * 1000)::float8 as "issuedAt",
            (extract(epoch from expires_at) * 1000)::float8 as "expiresAt"
       from tokens
      where hash = $1 and kind = $2 and (expires_at is null or expires_at > now())`,
    [hash(token), kind],
  );
  if (!row) return null;
  const { subject, workspace, role, family, copied, issuedAt, expiresAt } = row;
  if (copied) {
    await endFamily(database, workspace, family);
    return null;
  }
  if (kind === 'write-key') return { subject, workspace, role, via: kind };
  return {
    subject,
    workspace,
    role,
    via: kind,
    credential: hash(token),
    issuedAt,
    ...(expiresAt === null ? {} : { expiresAt }),
  };
}

/** Whether a session that `findToken` found is still there. */
export async function sessionStands(
  database: Database,
  { workspace, credential = '' }: Identity,
): Promise<boolean> {
  const found = await database.forWorkspace(workspace).query(
    `select 1 from tokens
      where workspace = $1 and hash = $2 and kind = 'session'
        and (expires_at is null or expires_at > now())`,
    [workspace, credential],
  );
  return found.length > 0;
}

/**
 * The token that takes the place of a session which has been in use for a day; null when it is
 * younger. Two tabs may renew at once: each gets one, and both work.
 */
export async function renewSession(
  database: Database,
  token: string,
  seconds: number,
): Promise<string | null> {
  const found = await placeOf(database, token);
  if (!found) return null;
  const { workspace } = found;
  const next = newToken('session');
  const [made] = await database.forWorkspace(workspace).query(
    `with old as (
       update tokens set replaced_at = coalesce(replaced_at, now())
        where workspace = $4 and hash = $1 and kind = 'session' and expires_at > now()
          and created_at < now() - ${RENEWAL_AGE}
          and (replaced_at is null or replaced_at > now() - ${RENEWAL_GRACE})
       returning workspace, subject, role, family
     )
     insert into tokens (workspace, hash, kind, subject, role, family, expires_at)
     select workspace, $2, 'session', subject, role, family,
            now() + $3::float8 * interval '1 second'
       from old returning 1 as made`,
    [hash(token), hash(next), seconds, workspace],
  );
  return made ? next : null;
}

/** Ends a session and all that came of the same sign-in. */
export async function endSession(database: Database, token: string): Promise<void> {
  const found = await placeOf(database, token);
  if (found) await endFamily(database, found.workspace, found.family);
}

/** Where a session stands; null where there is none such. */
async function placeOf(
  database: Database,
  token: string,
): Promise<{ workspace: string; family: string } | null> {
  const [found] = await database.query<{ workspace: string; family: string }>(
    `select workspace, family from tokens where hash = $1 and kind = 'session'`,
    [hash(token)],
  );
  return found ?? null;
}

async function endFamily(database: Database, workspace: string, family: string): Promise<void> {
  await database
    .forWorkspace(workspace)
    .query('delete from tokens where workspace = $1 and family = $2', [workspace, family]);
}

/** Ends all sessions of a subject. */
export async function endSessionsOf(
  database: Database,
  workspace: string,
  subject: string,
): Promise<void> {
  await database
    .forWorkspace(workspace)
    .query(`delete from tokens where workspace = $1 and subject = $2 and kind = 'session'`, [
      workspace,
      subject,
    ]);
}

/** Takes a write key back; false when the workspace has none such. */
export async function endWriteKey(
  database: Database,
  workspace: string,
  key: string,
): Promise<boolean> {
  const ended = await database
    .forWorkspace(workspace)
    .query(
      `delete from tokens where workspace = $1 and hash = $2 and kind = 'write-key' returning 1`,
      [workspace, hash(key)],
    );
  return ended.length > 0;
}

/** Who issued the write keys that the config file names. */
const CONFIG = 'config';

/** Makes the config's write keys those of the database; those that it no longer names end. */
export async function keepWriteKeys(
  database: Database,
  workspaces: ReadonlyMap<string, { writeKeys?: readonly string[] }>,
): Promise<void> {
  const keys = [...workspaces].flatMap(([workspace, { writeKeys = [] }]) =>
    writeKeys.map((key) => ({ workspace, key })),
  );
  await database.query(
    `delete from tokens
      where kind = 'write-key' and subject = $1 and not (hash = any($2::text[]))`,
    [CONFIG, keys.map(({ key }) => hash(key))],
  );
  for (const { workspace, key } of keys) {
    await issueToken(database, 'write-key', { subject: CONFIG, workspace, role: 'writer' }, key);
  }
}

/** Whether nobody has signed in or written anything yet. */
export async function isUntouched(database: Database): Promise<boolean> {
  const [found] = await database.query<{ untouched: boolean }>(
    `select not exists (select from tokens where kind = 'session')
        and not exists (select from rows) as untouched`,
  );
  return found?.untouched ?? false;
}

function newToken(kind: TokenKind): string {
  return `${kind === 'write-key' ? 'bl_write_' : ''}${randomBytes(32).toString('base64url')}`;
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
