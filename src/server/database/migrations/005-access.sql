-- Sessions are renewed while they are used. All tokens that one sign-in led to are a family: they
-- end together, and one that is shown again long after it was replaced is in somebody else's hands.
alter table tokens add column family text;
alter table tokens add column replaced_at timestamptz;
update tokens set family = hash where kind = 'session';

-- Tokens that end before their time: one by its name, or all that a subject was given before then.
create table revocations (
  workspace text collate "C" not null,
  kind text not null check (kind in ('token', 'subject')),
  name text collate "C" not null,
  before bigint not null,                         -- ms since 1970
  expires_at bigint,                              -- when it covers nothing any more; null: never
  primary key (workspace, kind, name)
);
create index revocations_by_time on revocations (before);
