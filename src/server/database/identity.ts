/** What makes this database this one: the name of its life, and a secret nobody else knows. */
import { randomBytes } from 'node:crypto';
import type { Database, Queryable } from './database.js';

export interface DatabaseIdentity {
  /**
   * New after a restore, so that clients notice that the server went back in time. As it was when
   * it was last read; `checkEpoch` makes sure.
   */
  epoch: string;
  /** 256 bits, hexadecimal: signs cursors, and tokens where no other secret is configured. */
  readonly secret: string;
  /** What of the running database changes when it is restored or restarted beneath this node. */
  incarnation: string;
  /** Bytes of log that had reached its disk when this node last looked: never fewer in one life. */
  flushed: number;
}

/**
 * Reads the identity, and makes one for a new database. A database whose files are another copy
 * than those the epoch was made for (a restored dump or backup, a failover) starts a new epoch.
 */
export async function readIdentity(database: Database): Promise<DatabaseIdentity> {
  const origin = await database.origin();
  await database.query(
    'insert into identity (epoch, secret, origin) values ($1, $2, $3) on conflict do nothing',
    [newEpoch(), randomBytes(32).toString('hex'), origin],
  );
  // Before the migration that knew of origins there was none: the same life goes on.
  await database.query('update identity set origin = $1 where origin is null', [origin]);
  await database.query('update identity set epoch = $1, origin = $2 where origin <> $2', [
    newEpoch(),
    origin,
  ]);
  const [identity] = await database.query<DatabaseIdentity>(
    `select epoch, secret, ${INCARNATION} as incarnation, ${FLUSHED} as flushed from identity`,
  );
  return identity!;
}

/**
 * Brings `identity` up to date with a database that is not the one this node knew: restarted,
 * restored, or in a new epoch that another node has noticed first.
 */
export async function refreshIdentity(
  database: Database,
  identity: DatabaseIdentity,
): Promise<void> {
  const now = await readIdentity(database);
  const wentBack = now.flushed < identity.flushed && now.epoch === identity.epoch;
  Object.assign(identity, now);
  if (wentBack) await renewEpoch(database, identity);
}

/** Starts a new epoch, unless another node was faster: the database lost what it had committed. */
export async function renewEpoch(database: Database, identity: DatabaseIdentity): Promise<void> {
  await database.query('update identity set epoch = $1 where epoch = $2', [
    newEpoch(),
    identity.epoch,
  ]);
  Object.assign(identity, await readIdentity(database));
}

/** The database is not the one this node knew: `refreshIdentity`, then start over. */
export class EpochMovedError extends Error {
  override readonly name = 'EpochMovedError';
}

/** Throws `EpochMovedError` unless the transaction is in the life that the node answers for. */
export async function checkEpoch(tx: Queryable, identity: DatabaseIdentity): Promise<void> {
  const [now] = await tx.query<Pick<DatabaseIdentity, 'epoch' | 'incarnation' | 'flushed'>>(
    `select epoch, ${INCARNATION} as incarnation, ${FLUSHED} as flushed from identity`,
  );
  if (now?.epoch !== identity.epoch || now.incarnation !== identity.incarnation) {
    throw new EpochMovedError();
  }
  identity.flushed = Math.max(identity.flushed, now.flushed);
}

/** Another after the server has restarted, and after the tables were made anew. */
export const INCARNATION = `pg_postmaster_start_time()::text || ' ' || 'identity'::regclass::oid`;

/** Flushed log survives a crash, so less of it means an older copy of the files. */
const FLUSHED = `pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::float8`;

function newEpoch(): string {
  return randomBytes(9).toString('base64url');
}
