/**
 * A client id, the installation that keeps unsent work, belongs to the first user of its workspace
 * who sends work with it: whoever signs in on that device later must not send it under their own name.
 */
import type { Identity } from '../access/identity.js';
import type { Queryable } from '../database/database.js';

export interface ClientClaim {
  client: string;
  who: Identity;
  /** Whoever sends none needs no client. */
  mutations: readonly unknown[];
}

/** Those of the claims, all of one workspace, whose client is another's; new clients get owners. */
export async function foreignClaims<C extends ClientClaim>(
  tx: Queryable,
  workspace: string,
  claims: readonly C[],
): Promise<Set<C>> {
  const ids = [...new Set(claims.map(({ client }) => client))].sort();
  let owners = await readOwners(tx, workspace, ids);
  const first = ids
    .filter((id) => !owners.has(id))
    .flatMap(
      (id) => claims.find(({ client, mutations }) => client === id && mutations.length) ?? [],
    );
  if (first.length) {
    // In order of their ids, so that two nodes can't wait for one another.
    await tx.query(
      `insert into clients (workspace, client, subject)
       select $1, client, subject from json_to_recordset($2::json) as c(client text, subject text)
        order by client collate "C"
       on conflict do nothing`,
      [
        workspace,
        JSON.stringify(first.map(({ client, who }) => ({ client, subject: who.subject }))),
      ],
    );
    // Another node may have been faster.
    owners = await readOwners(tx, workspace, ids);
  }
  return new Set(
    claims.filter(({ client, who }) => (owners.get(client) ?? who.subject) !== who.subject),
  );
}

async function readOwners(
  tx: Queryable,
  workspace: string,
  clients: readonly string[],
): Promise<Map<string, string>> {
  const rows = await tx.query<{ client: string; subject: string }>(
    'select client, subject from clients where workspace = $1 and client = any($2::text[])',
    [workspace, clients],
  );
  return new Map(rows.map(({ client, subject }) => [client, subject]));
}
