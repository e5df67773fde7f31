-- The record is searched by who and by what, newest first, however long it is. By time it is
-- found by its identifiers, which begin with the time. Entries come into these indexes when
-- they are sealed, seconds later: whoever writes one does not wait for it.
CREATE INDEX audit_entries_actor ON audit_entries (tenant_id, actor, id) WHERE seq IS NOT NULL;
CREATE INDEX audit_entries_action ON audit_entries (tenant_id, action, id) WHERE seq IS NOT NULL;
CREATE INDEX audit_entries_refused ON audit_entries (tenant_id, id) WHERE seq IS NOT NULL AND outcome = 'refused';
