-- What an app says of a conversion beside its value: kept and exported, not part of results.
alter table conversions add column props jsonb;

-- Exposures that arrived more than a day after they happened: they count on the day they happened,
-- and are told, because that day's results were others before.
create table late_exposures (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  exposures bigint not null,
  primary key (workspace, experiment, phase)
);
insert into late_exposures (workspace, experiment, phase, exposures)
select workspace, experiment, phase, count(*) from exposures
 where not bot and received_at - at > 86400000
 group by workspace, experiment, phase;
