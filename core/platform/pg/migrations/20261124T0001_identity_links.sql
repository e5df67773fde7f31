-- A letter's link lets its reader in without a password, once.
ALTER TABLE identity_tokens DROP CONSTRAINT identity_tokens_kind_check;
ALTER TABLE identity_tokens ADD CONSTRAINT identity_tokens_kind_check CHECK (kind IN ('reset', 'link'));
