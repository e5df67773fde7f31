-- How often a letter was tried: after enough refusals nobody tries it again by itself.
ALTER TABLE notify_mails ADD COLUMN attempts int NOT NULL DEFAULT 0;
CREATE INDEX ON notify_messages (tenant_id, person_id, id);
