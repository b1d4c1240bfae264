-- The highest version of a tombstone that was pruned: a row that is made again counts on from there.
alter table sync_scopes add column version_floor bigint not null default 0;
-- Of those pruned before, nobody knows; a row has rarely more versions than its workspace changes.
update sync_scopes set version_floor = pruned;
