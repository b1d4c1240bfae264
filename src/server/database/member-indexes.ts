/**
 * Indexes of the table \`rows\` on members of a collection, as the config declares them: made when a
 * server or \`bytelyst migrate\` starts, while other nodes read and write, and dropped when they are
 * no longer declared. A row's place in one is a hash of the member, so that any value fits.
 */
import { createHash } from 'node:crypto';
import type { Database, Queryable } from './database.js';

export interface MemberIndex {
  collection: string;
  /** 1 to 64 letters, digits, - and _. */
  member: string;
}

/** Any number: the one that all nodes agree on. */
const INDEX_LOCK = 4_100_000_003;
/** ms between two looks at whether another node is done. */
const POLL = 200;

/** Names all of ours; the rest of a name says what is indexed. */
const PREFIX = 'rows_by_member_';

/** What the value of a member is found by; null where there is none. Equal in JSON, equal here. */
export function memberHash(value: string, member: string): string {
  return `jsonb_hash_extended(${value} -> ${literal(member)}, 0)`;
}

/** A name from the config as text in SQL: an index can't take parameters. */
export function literal(name: string): string {
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw new TypeError('A collection or member has 1 to 64 letters, digits, - and _.');
  }
  return `'${name}'`;
}

/** Makes the indexes of the database those that are declared; resolves when they can be used. */
export async function keepMemberIndexes(
  database: Database,
  declared: readonly MemberIndex[],
): Promise<void> {
  const wanted = new Map(declared.map((index) => [nameOf(index), index]));
  if (isKept(wanted, await readIndexes(database))) return;
  await database.session(async (session) => {
    await takeLock(session);
    try {
      const there = await readIndexes(session);
      // One that a crash left half made is in the way, and no use.
      const usable = there.filter(({ name, valid }) => valid && wanted.has(name));
      for (const { name } of there.filter((index) => !usable.includes(index))) {
        await session.query(`drop index concurrently if exists ${name}`);
      }
      const missing = [...wanted].filter(([key]) => !usable.some(({ name }) => name === key));
      for (const [name, index] of missing) await create(session, name, index);
      // The planner knows nothing of an expression that it has never seen values of.
      if (missing.length) await session.query('analyze rows');
    } finally {
      await session.query('select pg_advisory_unlock($1::bigint)', [INDEX_LOCK]);
    }
  });
}

async function create(session: Queryable, name: string, index: MemberIndex): Promise<void> {
  const [collection, member] = [literal(index.collection), literal(index.member)];
  await session.query(
    `create index concurrently ${name}
         on rows (workspace, (${memberHash('value', index.member)}), seq)
      where collection = ${collection} and value is not null`,
  );
  // For whoever reads the catalog or a plan. Text that follows on text, on a line of its own, joins.
  await session.query(`comment on index ${name} is ${collection}\n'.'\n${member}`);
}

function isKept(wanted: ReadonlyMap<string, MemberIndex>, there: readonly Found[]): boolean {
  return (
    there.length === wanted.size && there.every(({ name, valid }) => valid && wanted.has(name))
  );
}

interface Found {
  name: string;
  valid: boolean;
}

function readIndexes(on: Queryable): Promise<Found[]> {
  return on.query<Found>(
    `select c.relname as name, i.indisvalid as valid
       from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = 'rows'::regclass and starts_with(c.relname, $1)`,
    [PREFIX],
  );
}

/** Never waits inside of a statement: whoever makes an index waits for all that run. */
async function takeLock(session: Queryable): Promise<void> {
  for (;;) {
    const [lock] = await session.query<{ taken: boolean }>(
      'select pg_try_advisory_lock($1::bigint) as taken',
      [INDEX_LOCK],
    );
    if (lock!.taken) return;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

/** Of what it indexes, because an identifier has at most 63 characters. */
function nameOf({ collection, member }: MemberIndex): string {
  const hash = createHash('sha256').update(`${collection}.${member}`).digest('hex').slice(0, 16);
  return `${PREFIX}${hash}`;
}
