/** What mutations were answered, kept so that a repeat gets its first answer and has no effect. */
import { createHash } from 'node:crypto';
import type { PushResult, WireMutation } from '../../protocol/index.js';
import { type Queryable, StaleRowError } from '../database/database.js';

export interface StoredOutcome {
  bodyHash: string;
  result: PushResult;
}

export const outcomeKey = (client: string, id: string): string => `${client}/${id}`;

/** The same for the same content, whatever the order of its members. */
export function bodyHash(mutation: WireMutation): string {
  const text = JSON.stringify(mutation, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(text).digest('base64url');
}

/**
 * What is known of these mutations, by `outcomeKey`: the stored outcome; `forgotten` where it may
 * have been pruned; nothing where it never came. One statement: pruning goes on meanwhile.
 */
export async function readOutcomes(
  tx: Queryable,
  workspace: string,
  mutations: readonly { client: string; id: string; seq: number }[],
): Promise<Map<string, StoredOutcome | 'forgotten'>> {
  const rows = await tx.query<{
    client: string;
    id: string;
    hash: string | null;
    outcome: PushResult;
  }>(
    `select i.client, i.id, m.body_hash as hash, m.outcome
       from json_to_recordset($2::json) as i(client text, id text, seq bigint)
      cross join lateral (select forgotten from clients
                           where workspace = $1 and client = i.client offset 0) as c
       left join lateral (select id, body_hash, outcome from mutations
                           where workspace = $1 and client = i.client and id = i.id offset 0) as m
         on true
      where m.id is not null or i.seq <= c.forgotten`,
    [workspace, JSON.stringify(mutations.map(({ client, id, seq }) => ({ client, id, seq })))],
  );
  return new Map(
    rows.map(({ client, id, hash, outcome }) => [
      outcomeKey(client, id),
      hash === null ? 'forgotten' : { bodyHash: hash, result: outcome },
    ]),
  );
}

/**
 * Stores outcomes in the transaction of their effects. Throws `StaleRowError` when another node
 * has stored one of them meanwhile: run again, the transaction will find it.
 */
export async function writeOutcomes(
  tx: Queryable,
  workspace: string,
  outcomes: readonly { client: string; seq: number; bodyHash: string; result: PushResult }[],
): Promise<void> {
  if (!outcomes.length) return;
  const stored = await tx.query(
    `insert into mutations (workspace, client, id, seq, body_hash, outcome)
     select $1, client, id, seq, hash, outcome
       from json_to_recordset($2::json) as o(
         client text, id text, seq bigint, hash text, outcome jsonb)
     on conflict (workspace, client, id) do nothing
     returning 1`,
    [
      workspace,
      JSON.stringify(
        outcomes.map(({ client, seq, bodyHash: hash, result }) => ({
          client,
          seq,
          id: result.id,
          hash,
          outcome: result,
        })),
      ),
    ],
  );
  if (stored.length !== outcomes.length) throw new StaleRowError();
}
