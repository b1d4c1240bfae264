-- Which copy of the data the epoch belongs to: a restored one has another, and gets a new epoch.
alter table identity add column origin text;

-- Tombstones up to here may have been pruned: older cursors can't be continued.
alter table sync_scopes add column pruned bigint not null default 0;

-- Outcomes are pruned by age. Of a client's mutations up to "forgotten", by its own count, nobody
-- can tell any more whether they came before.
alter table mutations add column seq bigint not null default 0;
alter table clients add column forgotten bigint not null default -1;
create index mutations_by_age on mutations (at);
create index tombstones_by_age on rows (deleted_at) where deleted_at is not null;
