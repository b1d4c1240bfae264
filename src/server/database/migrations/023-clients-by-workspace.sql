-- A client id is its workspace's: another workspace may have one of the same name.
drop index clients_by_id;
