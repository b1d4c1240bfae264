-- Bytes of a row as it is told, so that a pull knows how many it can tell before it reads any.
alter table rows add column bytes int not null
  generated always as (coalesce(octet_length(value::text), 0)) stored;
create or replace view own_rows as
  select workspace, collection, key, version, seq, value, bytes from rows
   where workspace = current_setting('bytelyst.workspace', true);
