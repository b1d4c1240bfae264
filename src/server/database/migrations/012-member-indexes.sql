-- Rows of the transaction's own workspace, like `rows` under row-level security, but as a view: there
-- the planner uses no index on what a function makes of a value, because functions may leak.
create view own_rows as
  select workspace, collection, key, version, seq, value from rows
   where workspace = current_setting('bytelyst.workspace', true);
grant select on own_rows to bytelyst_tenant;

-- A first pull by scopes tells these too.
create index tombstones_by_seq on rows (workspace, seq) where value is null;
