-- Who of a seller, or of the marketplace, may act for which company: asked for by his side,
-- allowed by the company with a scope and an end. No employer is the marketplace itself.
CREATE TABLE parties_representations (
  tenant_id uuid NOT NULL, id uuid NOT NULL, person_id uuid NOT NULL, company_id uuid NOT NULL, employer_id uuid,
  note text NOT NULL DEFAULT '', asked_by uuid, asked_at timestamptz NOT NULL,
  scope text[] NOT NULL DEFAULT '{}', consented_by uuid, consented_at timestamptz, until timestamptz,
  ended_by uuid, ended_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id),
  FOREIGN KEY (tenant_id, company_id) REFERENCES parties_orgs (tenant_id, id),
  FOREIGN KEY (tenant_id, employer_id) REFERENCES parties_orgs (tenant_id, id)
);
CREATE UNIQUE INDEX parties_representations_open ON parties_representations (tenant_id, person_id, company_id) WHERE ended_at IS NULL;
CREATE INDEX ON parties_representations (tenant_id, person_id);
CREATE INDEX ON parties_representations (tenant_id, company_id, id);
CREATE INDEX ON parties_representations (tenant_id, employer_id, id);
SELECT kontor_tenant_table('parties_representations');

-- A consent makes the representative a member for as long as it lasts, so that everything
-- that asks what somebody may do for a company needs no second question.
ALTER TABLE parties_members ADD COLUMN representation_id uuid, ADD COLUMN until timestamptz;

-- An order tells by whose consent it was placed for the company.
ALTER TABLE ordering_orders ADD COLUMN consent_id uuid;
