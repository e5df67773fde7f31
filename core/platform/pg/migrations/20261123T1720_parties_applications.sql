-- Applications under way: what has been typed, kept until it is sent or forgotten. The link
-- holds the token, this table its SHA-256. No password is ever in here.
CREATE TABLE parties_drafts (
  tenant_id uuid NOT NULL, token_hash bytea NOT NULL, person_id uuid, data jsonb NOT NULL, updated_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, token_hash)
);
CREATE INDEX ON parties_drafts (tenant_id, expires_at);
SELECT kontor_tenant_table('parties_drafts');

-- Every number that a company is known by beside the one it registered with.
CREATE TABLE parties_identifiers (
  tenant_id uuid NOT NULL, country text NOT NULL, kind text NOT NULL, number text NOT NULL, org_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, country, kind, number),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id)
);
CREATE INDEX ON parties_identifiers (tenant_id, org_id);
SELECT kontor_tenant_table('parties_identifiers');

-- What an application told that only whoever decides about it reads.
ALTER TABLE parties_orgs ADD COLUMN facts jsonb NOT NULL DEFAULT '{}';

-- A company's name without its legal form and punctuation, to find names that are alike.
CREATE FUNCTION parties_name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT btrim(regexp_replace(regexp_replace(lower(name), '(股份|集团|有限责任公司|有限公司|公司)', '', 'g'),
    '([^[:alnum:]]+|\m(gmbh|ag|kg|se|co|company|ltd|limited|inc|corp|corporation|llc|sa|sas|sarl|spa|srl|bv|nv|ab|as|oy|plc|pte|pty|kft)\M)+', ' ', 'g'))
$$;
