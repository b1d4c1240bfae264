-- Who changed what of an experiment or metric, and what else is worth knowing who did it. Each entry
-- holds the hash of the one before: none can be changed or taken away without breaking the chain.
create table audit (
  workspace text collate "C" not null,
  n bigint not null,                              -- 1, 2, 3, … without gaps
  at bigint not null,
  by text not null,
  action text not null,
  key text collate "C" not null,
  before jsonb,
  after jsonb,
  previous text not null,
  hash text not null,
  primary key (workspace, n)
);
create index audit_by_key on audit (workspace, key, n);

create function audit_hash(previous text, workspace text, n bigint, at bigint, by text,
                           action text, key text, before jsonb, after jsonb)
returns text language sql immutable as $$
  select encode(sha256(convert_to(
    jsonb_build_array(previous, workspace, n, at, by, action, key, before, after)::text,
    'UTF8')), 'hex')
$$;

create function append_audit(of_workspace text, of_by text, of_action text, of_key text,
                             of_before jsonb, of_after jsonb)
returns void language plpgsql as $$
declare
  now_ms bigint := extract(epoch from clock_timestamp()) * 1000;
  last record;
begin
  -- One at a time in a workspace: there is one end of the chain.
  perform pg_advisory_xact_lock(hashtextextended('audit ' || of_workspace, 0));
  select a.n, a.hash into last from audit a where a.workspace = of_workspace
   order by a.n desc limit 1;
  insert into audit (workspace, n, at, by, action, key, before, after, previous, hash)
  values (of_workspace, coalesce(last.n, 0) + 1, now_ms, of_by, of_action, of_key, of_before,
          of_after, coalesce(last.hash, ''),
          audit_hash(coalesce(last.hash, ''), of_workspace, coalesce(last.n, 0) + 1, now_ms, of_by,
                     of_action, of_key, of_before, of_after));
end $$;

create function audit_row() returns trigger language plpgsql as $$
declare
  before jsonb := case when tg_op = 'UPDATE' then old.value end;
begin
  if before is distinct from new.value then
    perform append_audit(new.workspace, new.updated_by,
      rtrim(new.collection, 's') || case when new.value is null then '.deleted'
                                         when before is null then '.created'
                                         else '.updated' end,
      new.key, before, new.value);
  end if;
  return null;
end $$;
create trigger rows_audit after insert or update on rows
  for each row when (new.collection in ('experiments', 'metrics')) execute function audit_row();

create function audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is only ever added to' using errcode = 'restrict_violation';
end $$;
create trigger audit_append_only before update or delete on audit
  for each row execute function audit_refuse();
