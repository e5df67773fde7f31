-- Within one context a key stays: a posting names an account of the books, whoever writes it.
ALTER TABLE ledger_postings ADD CONSTRAINT ledger_postings_account FOREIGN KEY (tenant_id, account_id) REFERENCES ledger_accounts (tenant_id, id);
