-- Events take no number of their workspace's counter. They are promised the next one, and the counter
-- is moved on to it by whatever makes the database safe: once `durable` is there, so are they.
alter table sync_scopes add column promised bigint not null default 0;

-- When the counter was moved on to a promised number: there is no row that would tell.
create table counter_marks (
  workspace text collate "C" not null,
  seq bigint not null,
  at timestamptz not null default now(),
  primary key (workspace, seq)
);
