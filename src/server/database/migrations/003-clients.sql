-- Whose unsent work a client id names: the first (workspace, subject) that pushed with it. An id
-- belongs to one only, in all workspaces.
create table clients (
  workspace text collate "C" not null,
  client text collate "C" not null,
  subject text not null,
  primary key (workspace, client)
);
create unique index clients_by_id on clients (client);
