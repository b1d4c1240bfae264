-- When a revocation was stored, by the one clock that all nodes share: each finds by it what is new,
-- however wrong the clock of the node that stored it.
alter table revocations add column stored_at timestamptz not null default clock_timestamp();
drop index revocations_by_time;
create index revocations_by_time on revocations (stored_at);
