-- Sums by metric instead of by event, since windows, caps, ratios and quantiles are of a metric. What
-- raw events are left of is counted anew when the results are next told; of phases that retention has
-- sealed only sums are left, which are carried over.
set local statement_timeout = 0;

-- What is counted: a metric of an experiment's phase, by the members of its row that decide its sums
-- (src/server/experiments/counting.ts). Units up to `counted_to` are counted, or the `whole` phase.
create table counted_metrics (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  metric text collate "C" not null,
  definition json not null,
  counted_to text collate "C" not null default '',
  whole boolean not null default false,
  primary key (workspace, experiment, phase, metric)
);

-- Sums over units by metric: of y, what a unit did from its first exposure on, x, the same of the days
-- before, and d, what a ratio is divided by. The bucket tells values apart where a metric needs their
-- order: those of one bucket are within 0.2 % of each other, smaller ones in lower buckets.
create table metric_rollups (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  dimension text collate "C" not null,
  value text collate "C" not null,
  variant text collate "C" not null,
  day date not null,
  metric text collate "C" not null,
  bucket integer not null,
  units bigint not null,                          -- that did it, from their first exposure on
  y numeric not null,
  yy numeric not null,
  x numeric not null,
  xx numeric not null,
  xy numeric not null,
  d numeric not null,
  dd numeric not null,
  dy numeric not null,
  dx numeric not null,
  primary key (workspace, experiment, phase, dimension, value, variant, day, metric, bucket)
);

insert into counted_metrics (workspace, experiment, phase, metric, definition, whole)
select s.workspace, s.experiment, s.phase, m.key,
       format('{"event":%s,"take":"%s","since":-60000,"until":null,"before":1209600000,'
              '"cap":null,"bucketed":false,"divisor":null}',
              m.value -> 'event',
              case m.value ->> 'kind' when 'proportion' then 'any' when 'count' then 'count'
                                      else 'sum' end)::json,
       true
  from sealed_phases s
  join rows m on m.workspace = s.workspace and m.collection = 'metrics' and m.value is not null;

insert into metric_rollups
select e.workspace, e.experiment, e.phase, e.dimension, e.value, e.variant, e.day, c.metric, 0,
       e.converted, v.y, v.yy, v.x, v.xx, v.xy, 0, 0, 0, 0
  from counted_metrics c
  join event_rollups e on e.workspace = c.workspace and e.experiment = c.experiment
   and e.phase = c.phase and e.event = c.definition ->> 'event'
 cross join lateral (
   select e.converted, e.converted, e.converted_before, e.converted_before, e.converted_both
    where c.definition ->> 'take' = 'any' union all
   select e.count_sum, e.count_squares, e.count_before_sum, e.count_before_squares, e.count_cross
    where c.definition ->> 'take' = 'count' union all
   select e.value_sum, e.value_squares, e.value_before_sum, e.value_before_squares, e.value_cross
    where c.definition ->> 'take' = 'sum') as v(y, yy, x, xx, xy);

drop table event_rollups;
drop table unit_totals;

-- What an exposed unit did, by metric: how often and how much, in the metric's window; in the days
-- before its first exposure; and what a ratio is divided by.
create table unit_totals (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  unit text collate "C" not null,
  metric text collate "C" not null,
  count numeric not null,
  value numeric not null,
  count_before numeric not null,
  value_before numeric not null,
  divisor numeric not null,
  primary key (workspace, experiment, phase, unit, metric)
);

insert into stale_results (workspace, experiment)
select workspace, key from rows where collection = 'experiments' and value is not null
on conflict do nothing;

-- What was known of an experiment's primary metric when a day was over; never changed.
create table result_looks (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  day date not null,
  seen_at timestamptz not null,
  metric text collate "C" not null,
  definition json not null,                       -- as in counted_metrics
  variants jsonb not null,                        -- by key: {units, arm}
  primary key (workspace, experiment, phase, day)
);
