/**
 * Row-level security: a second wall behind every `where workspace = $1`. Each table with a column
 * `workspace` shows and takes only rows of the transaction's own (`Database.forWorkspace`).
 */
import { type Database, DatabaseError, type Queryable, TENANT_ROLE } from './database.js';

/** Makes the role that the policies bind, unless it is there; roles belong to the whole cluster. */
export async function ensureTenantRole(database: Database): Promise<void> {
  try {
    await database.query(
      `do $$ begin
         if not exists (select from pg_roles where rolname = '${TENANT_ROLE}') then
           create role ${TENANT_ROLE} nologin;
         end if;
       exception when duplicate_object or unique_violation then
         null; -- Another database of this cluster was faster.
       end $$`,
    );
    await database.query(
      `do $$ begin
         execute 'set local role ${TENANT_ROLE}';
         execute 'set local role none';
       exception when insufficient_privilege then
         execute format('grant ${TENANT_ROLE} to %I', session_user);
       end $$`,
    );
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '42501') throw error;
    throw new DatabaseError('42501', await tenantAdvice(database), error);
  }
}

/** What an administrator has to run where the server's own user may not: only what is missing. */
async function tenantAdvice(database: Database): Promise<string> {
  const [at] = await database.query<{ user: string; made: boolean }>(
    `select quote_ident(session_user) as user,
            exists (select from pg_roles where rolname = '${TENANT_ROLE}') as made`,
  );
  const { user, made } = at!;
  const grant = `grant ${TENANT_ROLE} to ${user};`;
  return made
    ? `The database user ${user} is no member of the role ${TENANT_ROLE}, which row-level security ` +
        `needs. As an administrator, run once: ${grant}`
    : `The database user ${user} may not create the role ${TENANT_ROLE}, which row-level security ` +
        `needs. As an administrator, run once: create role ${TENANT_ROLE} nologin; ${grant}`;
}

/** Gives every table with a `workspace` its policy, those of later migrations included. */
export async function secureTenantTables(tx: Queryable): Promise<void> {
  await tx.query(
    `do $$ declare name text; begin
       execute format('grant usage on schema %I to ${TENANT_ROLE}', current_schema());
       for name in
         select format('%I', c.relname) from pg_class c
           join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace'
          where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
            and not a.attisdropped and not c.relrowsecurity
       loop
         execute 'alter table ' || name || ' enable row level security';
         execute 'create policy tenant on ' || name ||
           ' using (workspace = current_setting(''bytelyst.workspace'', true))';
         execute 'grant select, insert, update, delete on ' || name || ' to ${TENANT_ROLE}';
       end loop;
       execute format('grant usage on all sequences in schema %I to ${TENANT_ROLE}',
         current_schema());
       -- Every transaction may ask which life of the database it is in; the secret is not for it.
       grant select (epoch, origin) on identity to ${TENANT_ROLE};
     end $$`,
  );
}

/** A connection that row-level security does not bind, or a server that forgets: not in production. */
export class PrivilegedRoleError extends Error {
  override readonly name = 'PrivilegedRoleError';
  readonly code = 'privileged-role';
}

/** Whether this connection's own user stands above row-level security; PGlite's always does. */
export async function bypassesRowSecurity(database: Queryable): Promise<boolean> {
  const [user] = await database.query<{ bypasses: boolean }>(
    'select rolsuper or rolbypassrls as bypasses from pg_roles where rolname = session_user',
  );
  return user?.bypasses ?? false;
}

/** Rejects with `PrivilegedRoleError` when it does: what to do instead. */
export async function refusePrivilegedRole(database: Database): Promise<void> {
  if (database.engine === 'pglite' || !(await bypassesRowSecurity(database))) return;
  const [at] = await database.query<{ user: string; database: string }>(
    'select session_user as user, current_database() as database',
  );
  throw new PrivilegedRoleError(
    `NODE_ENV=production: DATABASE_URL connects as ${at!.user}, a superuser or a role with ` +
      'BYPASSRLS, which row-level security does not bind. Make a role of its own: ' +
      `create role bytelyst login createrole password '…'; ` +
      `alter database ${at!.database} owner to bytelyst; and put it into DATABASE_URL.`,
  );
}
