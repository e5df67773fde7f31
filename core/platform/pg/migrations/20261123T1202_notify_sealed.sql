-- A letter's secret, sealed with the house's key until the letter has gone: whoever reads
-- this table, or a copy of it, cannot use the link.
ALTER TABLE notify_mails ADD COLUMN sealed bytea;
