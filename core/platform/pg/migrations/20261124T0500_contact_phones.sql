-- Telephone numbers of people stand here alone, each once per marketplace, sealed with its key
-- and found again by blind indexes: one of the text as it was written, one of its digits. Other
-- tables name a number by its id. A number that an earlier version wrote elsewhere is moved here
-- afterwards; contact_walks says how far each table has been looked through.
CREATE TABLE contact_phones (
  tenant_id uuid NOT NULL, id uuid NOT NULL, sealed bytea NOT NULL,
  text_index bytea NOT NULL, digits_index bytea NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, text_index)
);
CREATE INDEX contact_phones_digits ON contact_phones (tenant_id, digits_index);
CREATE TABLE contact_walks (
  tenant_id uuid NOT NULL, walked text NOT NULL, last uuid NOT NULL, began_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, walked)
);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['contact_phones','contact_walks']::regclass[]) t;

ALTER TABLE parties_addresses ADD COLUMN phone_id uuid;
ALTER TABLE ordering_orders ADD COLUMN phone_id uuid;
ALTER TABLE sourcing_rfqs ADD COLUMN phone_id uuid;

-- Answers repeat what was asked, numbers too. They are kept sealed with a key from outside the
-- database; those of an earlier version stay readable for the day that they are kept.
ALTER TABLE web_idempotency ADD COLUMN sealed bytea;
