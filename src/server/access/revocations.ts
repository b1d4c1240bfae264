/**
 * Tokens that end before their time. Every node has all that still matter in memory, so that each
 * request is checked at no cost: a revocation is stored, told to the other nodes at once, and found
 * by a poll should the telling get lost.
 */
import type { Database, Queryable } from '../database/database.js';
import type { Identity } from './identity.js';

const CHANNEL = 'bytelyst_revocations';
/** ms until a node has a revocation that it was not told of; streams are held to 10 s. */
const POLL_MS = 2_000;
/** What is read again at every poll: the longest that a transaction may have taken, in ms. */
const OVERLAP_MS = 30_000;

export interface Revocation {
  workspace: string;
  /** `token`: the one of this name. `subject`: all that they were given until then. */
  kind: 'token' | 'subject';
  name: string;
  /** ms since 1970. */
  before: number;
  /** When it covers nothing any more; null for never. */
  expiresAt: number | null;
}

export interface Revocations {
  /** Whether a token has been revoked. */
  covers(who: Identity): boolean;
  /** Ends tokens, on this node when it resolves, on all others within moments. */
  revoke(revocation: Omit<Revocation, 'before'>): Promise<void>;
  close(): Promise<void>;
}

/** `poll`: ms between two polls, for tests. */
export async function createRevocations(
  database: Database,
  now: () => number,
  { poll: every = POLL_MS } = {},
): Promise<Revocations> {
  const known = new Map<string, Revocation>();
  /** By the clock of the database, because each node has its own. */
  let readUpTo = 0;

  const learn = (revocation: Revocation) => {
    known.set(nameOf(revocation), revocation);
  };
  const poll = async () => {
    const [clock] = await database.query<{ now: number }>(
      `select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`,
    );
    // After a failover it may have gone back: then nothing that was read says what is new.
    const from = clock!.now < readUpTo ? 0 : readUpTo - OVERLAP_MS;
    const found = await database.query<Revocation>(
      `select workspace, kind, name, before, expires_at as "expiresAt" from revocations
        where stored_at > to_timestamp($1::bigint / 1000.0)
          and (expires_at is null or expires_at > $2::bigint)`,
      [from, now()],
    );
    for (const revocation of found) learn(revocation);
    readUpTo = clock!.now;
    for (const [name, { expiresAt }] of known) {
      if (expiresAt !== null && expiresAt <= now()) known.delete(name);
    }
  };

  const unlisten = await database.listen(CHANNEL, (payload) => {
    learn(JSON.parse(payload) as Revocation);
  });
  await poll();
  const polling = setInterval(() => void poll().catch(() => {}), every);
  polling.unref();

  return {
    covers({ workspace, subject, credential, issuedAt = 0 }) {
      if (!known.size) return false;
      if (credential !== undefined) {
        if (known.has(nameOf({ workspace, kind: 'token', name: credential }))) return true;
      }
      const all = known.get(nameOf({ workspace, kind: 'subject', name: subject }));
      return all !== undefined && issuedAt <= all.before;
    },
    async revoke(given) {
      const revocation = { ...given, before: now() };
      const { workspace, kind, name, before, expiresAt } = revocation;
      await database.query(
        `insert into revocations (workspace, kind, name, before, expires_at)
         values ($1, $2, $3, $4::bigint, $5::bigint)
         on conflict (workspace, kind, name) do update
           set before = greatest(revocations.before, excluded.before),
               stored_at = excluded.stored_at`,
        [workspace, kind, name, before, expiresAt],
      );
      learn(revocation);
      await database
        .query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify(revocation)])
        .catch(() => {
          // The poll of the others finds it.
        });
      await database.query('delete from revocations where expires_at < $1::bigint', [
        now() - OVERLAP_MS,
      ]);
    },
    async close() {
      clearInterval(polling);
      await unlisten();
    },
  };
}

/** Notes that something that works once was used; false when it was before. */
export async function useUp(
  database: Queryable,
  { workspace, name, expiresAt }: { workspace: string; name: string; expiresAt: number },
  now: number,
): Promise<boolean> {
  const [first] = await database.query(
    `insert into revocations (workspace, kind, name, before, expires_at)
     values ($1, 'token', $2, $3::bigint, $4::bigint) on conflict do nothing returning 1 as first`,
    [workspace, name, now, expiresAt],
  );
  return first !== undefined;
}

function nameOf({ workspace, kind, name }: Pick<Revocation, 'workspace' | 'kind' | 'name'>) {
  return `${workspace} ${kind} ${name}`;
}
