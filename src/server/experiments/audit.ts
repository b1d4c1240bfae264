/** The audit: written by the database itself (`011-audit.sql`), read and verified here. */
import type { JsonObject } from '../../protocol/index.js';
import type { Queryable } from '../database/database.js';

export interface AuditEntry {
  /** 1, 2, 3, … without gaps. */
  n: number;
  /** ms since 1970. */
  at: number;
  by: string;
  /** `experiment.created`, `metric.updated`, `unit.erased`, … */
  action: string;
  key: string;
  before: JsonObject | null;
  after: JsonObject | null;
  /** The hash of the entry before; empty for the first. */
  previous: string;
  /** SHA-256 over all of the above. */
  hash: string;
}

export interface AuditVerification {
  entries: number;
  /** The last entry's hash: kept elsewhere, it proves that none was cut off the end. */
  head: string;
  intact: boolean;
  /** The first entry that does not follow from the one before. */
  brokenAt?: number;
}

const COLUMNS = 'n, at, by, action, key, before, after, previous, hash';

/** The newest entries below `below`, newest first; of one experiment or metric, or of all. */
export function readAudit(
  tx: Queryable,
  workspace: string,
  { key = null, below, limit }: { key?: string | null; below: number; limit: number },
): Promise<AuditEntry[]> {
  return tx.query<AuditEntry & Record<string, unknown>>(
    `select ${COLUMNS} from audit
      where workspace = $1 and n < $2::bigint and ($3::text is null or key = $3)
      order by n desc limit $4::int`,
    [workspace, below, key, limit],
  );
}

/** Computes every hash anew. */
export async function verifyAudit(tx: Queryable, workspace: string): Promise<AuditVerification> {
  const [found] = await tx.query<{ entries: number; head: string | null; broken: number | null }>(
    `with chain as (
       select n, hash, previous = coalesce(lag(hash) over by_n, '') and n = row_number() over by_n
              and hash = audit_hash(previous, workspace, n, at, by, action, key, before, after)
              as follows
         from audit where workspace = $1 window by_n as (order by n)
     )
     select count(*) as entries, min(n) filter (where not follows) as broken,
            (select hash from chain order by n desc limit 1) as head
       from chain`,
    [workspace],
  );
  const { entries, head, broken } = found!;
  return {
    entries,
    head: head ?? '',
    intact: broken === null,
    ...(broken === null ? {} : { brokenAt: broken }),
  };
}

/** Adds an entry in the caller's transaction, after its other writes. */
export async function appendAudit(
  tx: Queryable,
  workspace: string,
  entry: Pick<AuditEntry, 'by' | 'action' | 'key'> & { before?: unknown; after?: unknown },
): Promise<void> {
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  await tx.query('select append_audit($1, $2, $3, $4, $5::jsonb, $6::jsonb)', [
    workspace,
    entry.by,
    entry.action,
    entry.key,
    json(entry.before),
    json(entry.after),
  ]);
}
