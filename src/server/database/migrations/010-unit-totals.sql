-- Sums kept by unit, so that an event costs what it changes and not what its unit did before; with
-- dimensions, what units did before they were exposed, joined units and bots.

alter table exposures
  add column sent_as text collate "C",            -- the unit as sent, where it counts for another
  add column bot boolean not null default false;
alter table conversions
  add column sent_as text collate "C",
  add column bot boolean not null default false;
create index exposures_by_sent_as on exposures (workspace, sent_as) where sent_as is not null;
create index conversions_by_sent_as on conversions (workspace, sent_as) where sent_as is not null;

-- An anonymous unit turned out to be a known one; the first to say so holds.
create table identifies (
  workspace text collate "C" not null,
  id text collate "C" not null,
  anonymous text collate "C" not null,
  unit text collate "C" not null,
  at bigint not null,
  received_at bigint not null,
  primary key (workspace, id)
);
create index identifies_by_anonymous on identifies (workspace, anonymous, at, id);
create index identifies_by_unit on identifies (workspace, unit);

-- Where a unit counts in an experiment: the variant and UTC day of its first exposure.
create table exposed_units (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  unit text collate "C" not null,
  variant text collate "C" not null,
  at bigint not null,
  exposure text collate "C" not null,
  day date not null,
  multiple boolean not null,                      -- met another variant too
  dimensions jsonb,                               -- of that exposure, those that were declared
  primary key (workspace, experiment, phase, unit)
);
create index exposed_units_by_unit on exposed_units (workspace, unit);

-- What an exposed unit did, by event: from its first exposure on, and in the days before.
create table unit_totals (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  unit text collate "C" not null,
  event text collate "C" not null,
  count numeric not null,
  value numeric not null,
  count_before numeric not null,
  value_before numeric not null,
  primary key (workspace, experiment, phase, unit, event)
);

drop table unit_rollups;
drop table event_rollups;

-- Units by variant, day and each value of each dimension; the dimension '' is all of them.
create table unit_rollups (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  dimension text collate "C" not null,
  value text collate "C" not null,
  variant text collate "C" not null,
  day date not null,
  units bigint not null,
  multiple bigint not null,
  primary key (workspace, experiment, phase, dimension, value, variant, day)
);

-- Sums over those units by event. `before` is the same of the days before the first exposure (the
-- covariate), `both` and `…_cross` are products of the two.
create table event_rollups (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  dimension text collate "C" not null,
  value text collate "C" not null,
  variant text collate "C" not null,
  day date not null,
  event text collate "C" not null,
  converted bigint not null,
  converted_before bigint not null,
  converted_both bigint not null,
  count_sum numeric not null,
  count_squares numeric not null,
  count_before_sum numeric not null,
  count_before_squares numeric not null,
  count_cross numeric not null,
  value_sum numeric not null,
  value_squares numeric not null,
  value_before_sum numeric not null,
  value_before_squares numeric not null,
  value_cross numeric not null,
  primary key (workspace, experiment, phase, dimension, value, variant, day, event)
);

-- Exposures that bots sent: stored and told, never counted.
create table bot_exposures (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  exposures bigint not null,
  primary key (workspace, experiment, phase)
);

-- Phases that are over and whose raw events retention has deleted: only their rollups are left.
create table sealed_phases (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  sealed_at timestamptz not null default now(),
  primary key (workspace, experiment, phase)
);

-- Sums that were computed elsewhere; while they are here results are read from them.
create table summaries (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  value jsonb not null,
  updated_at timestamptz not null default now(),
  updated_by text not null,
  primary key (workspace, experiment, phase)
);

-- Workspaces whose rollups a server makes anew from the raw events when it starts.
create table stale_rollups (
  workspace text collate "C" primary key
);
insert into stale_rollups (workspace)
select workspace from exposures union select workspace from conversions;
