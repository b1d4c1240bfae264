/** What makes this database this one: the name of its life, and a secret nobody else knows. */
import { randomBytes } from 'node:crypto';
import type { Queryable } from './database.js';

export interface DatabaseIdentity {
  /** New after a restore, so that clients notice that the server went back in time. */
  epoch: string;
  /** 256 bits, hexadecimal: signs cursors, and tokens where no other secret is configured. */
  secret: string;
}

/** Reads the identity, and makes one for a new database. */
export async function readIdentity(database: Queryable): Promise<DatabaseIdentity> {
  const read = () => database.query<DatabaseIdentity>('select epoch, secret from identity');
  const [known] = await read();
  if (known) return known;
  await database.query(
    'insert into identity (epoch, secret) values ($1, $2) on conflict do nothing',
    [randomBytes(9).toString('base64url'), randomBytes(32).toString('hex')],
  );
  const [made] = await read();
  return made!;
}
