-- The record is searched by who and by what, newest first, however long it is. By time it is
-- found by its identifiers, which begin with the time.
CREATE INDEX audit_entries_actor ON audit_entries (tenant_id, actor, id);
CREATE INDEX audit_entries_action ON audit_entries (tenant_id, action, id);
