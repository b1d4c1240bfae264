-- Bucket 0 is all units, also where values are told apart, so that buckets are read only where the
-- order of values is asked for; and they lie in that order: a cap reads what is beyond it, no more.
set local statement_timeout = 0;

insert into metric_rollups as r
select workspace, experiment, phase, dimension, value, variant, day, metric, 0, sum(units), sum(y),
       sum(yy), sum(x), sum(xx), sum(xy), sum(d), sum(dd), sum(dy), sum(dx)
  from metric_rollups where bucket <> 0
 group by workspace, experiment, phase, dimension, value, variant, day, metric
on conflict (workspace, experiment, phase, dimension, value, variant, day, metric, bucket) do update
   set units = r.units + excluded.units, y = r.y + excluded.y, yy = r.yy + excluded.yy,
       x = r.x + excluded.x, xx = r.xx + excluded.xx, xy = r.xy + excluded.xy,
       d = r.d + excluded.d, dd = r.dd + excluded.dd, dy = r.dy + excluded.dy,
       dx = r.dx + excluded.dx;

alter table metric_rollups drop constraint metric_rollups_pkey;
alter table metric_rollups add primary key
  (workspace, experiment, phase, dimension, value, metric, bucket, variant, day);
