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

export interface Claimed<C> {
  /** Those whose client is another's. */
  foreign: Set<C>;
  /** By client: of its mutations up to here, by its own count, outcomes may have been pruned. */
  forgotten: Map<string, number>;
}

/** Whose the clients of the claims are, all of one workspace; new clients get owners. */
export async function claimClients<C extends ClientClaim>(
  tx: Queryable,
  workspace: string,
  claims: readonly C[],
): Promise<Claimed<C>> {
  const ids = [...new Set(claims.map(({ client }) => client))].sort();
  let known = await readClients(tx, workspace, ids);
  if (known.size < ids.length) {
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
    // What is still not there is another workspace's.
    known = await readClients(tx, workspace, ids);
  }
  return {
    foreign: new Set(
      claims.filter(({ client, who }) => known.get(client)?.subject !== who.subject),
    ),
    forgotten: new Map([...known].map(([client, { forgotten }]) => [client, forgotten])),
  };
}

interface Client {
  client: string;
  subject: string;
  forgotten: number;
}

async function readClients(
  tx: Queryable,
  workspace: string,
  clients: readonly string[],
): Promise<Map<string, Client>> {
  const rows = await tx.query<Client>(
    `select client, subject, forgotten from clients
      where workspace = $1 and client = any($2::text[])`,
    [workspace, clients],
  );
  return new Map(rows.map((row) => [row.client, row]));
}
