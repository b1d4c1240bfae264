/**
 * A client id, the installation that keeps unsent work, belongs to the first user who pushes with
 * it: whoever signs in on that device later must not send it under their own name.
 */
import type { Identity } from '../access/identity.js';
import type { Queryable } from '../database/database.js';

export interface ClientClaim {
  client: string;
  who: Identity;
}

/** Those of the claims, all of one workspace, whose client is another's; new clients get owners. */
export async function foreignClaims<C extends ClientClaim>(
  tx: Queryable,
  workspace: string,
  claims: readonly C[],
): Promise<Set<C>> {
  const ids = [...new Set(claims.map(({ client }) => client))].sort();
  let owners = await readOwners(tx, ids);
  if (owners.size < ids.length) {
    const first = ids.map((id) => claims.find(({ client }) => client === id)!);
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
    owners = await readOwners(tx, ids);
  }
  return new Set(
    claims.filter(({ client, who }) => {
      const owner = owners.get(client);
      return owner?.workspace !== workspace || owner.subject !== who.subject;
    }),
  );
}

type Owner = Pick<Identity, 'workspace' | 'subject'>;

async function readOwners(tx: Queryable, clients: readonly string[]): Promise<Map<string, Owner>> {
  const rows = await tx.query<Owner & { client: string }>(
    'select client, workspace, subject from clients where client = any($1::text[])',
    [clients],
  );
  return new Map(rows.map((row) => [row.client, row]));
}
