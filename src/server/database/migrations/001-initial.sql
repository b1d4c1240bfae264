-- Every primary key starts with the workspace, so that partitioning or sharding by workspace
-- needs no redesign. Ids compare bytewise ("C"), whatever the database's own locale.

-- The one row that names this life of the database and keeps its secret.
create table identity (
  single boolean primary key default true check (single),
  epoch text not null,
  secret text not null
);

-- The counter that orders all changes of a workspace, without gaps.
create table sync_scopes (
  workspace text collate "C" primary key,
  seq bigint not null default 0
);

create table rows (
  workspace text collate "C" not null,
  collection text collate "C" not null,
  key text collate "C" not null,
  version bigint not null,
  seq bigint not null,
  value jsonb,                                    -- null: deleted (a tombstone)
  deleted_at timestamptz,
  updated_at timestamptz not null default now(),
  updated_by text not null,
  primary key (workspace, collection, key)
);
create unique index rows_by_seq on rows (workspace, seq);

-- Answers given to mutations, for when the same one comes again.
create table mutations (
  workspace text collate "C" not null,
  client text collate "C" not null,
  id text collate "C" not null,
  body_hash text not null,
  outcome jsonb not null,
  at timestamptz not null default now(),
  primary key (workspace, client, id)
);

-- Sessions, one-time sign-in codes and write keys; only hashes, never the token itself.
create table tokens (
  workspace text collate "C" not null,
  hash text not null,
  kind text not null check (kind in ('session', 'sign-in', 'write-key')),
  subject text not null,
  role text not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace, hash)
);
create unique index tokens_by_hash on tokens (hash);

-- Raw events; times are milliseconds since 1970 by the server's clock.
create table exposures (
  workspace text collate "C" not null,
  id text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  variant text collate "C" not null,
  unit text collate "C" not null,
  at bigint not null,
  received_at bigint not null,
  details jsonb,
  primary key (workspace, id)
);
create index exposures_by_unit on exposures (workspace, unit, experiment, phase, at, id, variant);

create table conversions (
  workspace text collate "C" not null,
  id text collate "C" not null,
  name text collate "C" not null,
  unit text collate "C" not null,
  value numeric not null,                         -- exact, so that sums have no order
  at bigint not null,
  received_at bigint not null,
  primary key (workspace, id)
);
create index conversions_by_unit on conversions (workspace, unit, at) include (name, value);

-- Units by the variant and UTC day of their first exposure.
create table unit_rollups (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  variant text collate "C" not null,
  day date not null,
  units bigint not null,
  multiple bigint not null,                       -- of them, those that met another variant too
  primary key (workspace, experiment, phase, variant, day)
);

-- What those units did afterwards, by event: sums over units of whether, how often and how much.
create table event_rollups (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  phase integer not null,
  variant text collate "C" not null,
  day date not null,
  event text collate "C" not null,
  converted bigint not null,
  count_sum numeric not null,
  count_sum_squares numeric not null,
  value_sum numeric not null,
  value_sum_squares numeric not null,
  primary key (workspace, experiment, phase, variant, day, event)
);

-- Experiments whose row of `results` is behind.
create table stale_results (
  workspace text collate "C" not null,
  experiment text collate "C" not null,
  since timestamptz not null default now(),
  primary key (workspace, experiment)
);
