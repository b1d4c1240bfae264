-- A conversion counts from a minute before its unit's first exposure: sums made from that exposure
-- on are made anew, since ingestion takes out and puts back what the raw rows add up to now.
-- However many they are.
set local statement_timeout = 0;

delete from event_rollups;

insert into event_rollups (workspace, experiment, phase, variant, day, event,
       converted, count_sum, count_sum_squares, value_sum, value_sum_squares)
with first_exposures as (
  select distinct on (workspace, experiment, phase, unit)
         workspace, experiment, phase, unit, variant, at,
         (to_timestamp(at / 1000.0) at time zone 'UTC')::date as day
    from exposures
   order by workspace, experiment, phase, unit, at, id
), unit_totals as (
  select f.workspace, f.experiment, f.phase, f.variant, f.day, f.unit, c.name as event,
         count(*)::numeric as count, sum(c.value) as value
    from first_exposures f
    join conversions c on c.workspace = f.workspace and c.unit = f.unit and c.at >= f.at - 60000
   group by f.workspace, f.experiment, f.phase, f.variant, f.day, f.unit, c.name
)
select workspace, experiment, phase, variant, day, event, count(*),
       sum(count), sum(count * count), sum(value), sum(value * value)
  from unit_totals group by workspace, experiment, phase, variant, day, event;

insert into stale_results (workspace, experiment)
select distinct workspace, experiment from event_rollups
on conflict do nothing;
