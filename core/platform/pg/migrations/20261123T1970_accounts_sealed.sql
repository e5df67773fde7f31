-- Where a company is paid is sealed under its marketplace's key. iban_shown is what pages
-- show of it, iban_index finds equal ones. The former column is emptied row by row by
-- whoever has the key: the database has not.
ALTER TABLE vault_keys ADD COLUMN blind bytea, ADD CHECK (destroyed_at IS NULL OR blind IS NULL);
ALTER TABLE parties_orgs ADD COLUMN iban_sealed bytea, ADD COLUMN iban_index bytea, ADD COLUMN iban_shown text NOT NULL DEFAULT '';
CREATE INDEX parties_orgs_account ON parties_orgs (tenant_id, iban_index) WHERE iban_index IS NOT NULL;
CREATE INDEX parties_orgs_unsealed ON parties_orgs (tenant_id) WHERE iban <> '';

-- A payout's own account, as it was asked for; iban is what is shown of it from now on.
ALTER TABLE payments_payouts ADD COLUMN account_sealed bytea;
