-- A company is known by the number of any register that core/identifier checks.
ALTER TABLE parties_orgs DROP CONSTRAINT parties_orgs_reg_kind_check;
ALTER TABLE parties_orgs ADD CONSTRAINT parties_orgs_reg_kind_check CHECK (reg_kind ~ '^[a-z][a-z0-9_.]{1,39}$');

-- A company's tree: divisions, locations, teams. Parents are followed; a change of the tree
-- locks the company, so that no two of them make a circle.
ALTER TABLE parties_units ADD COLUMN kind text NOT NULL DEFAULT 'division' CHECK (kind IN ('division','location','team'));

-- What a part of a company sets for itself and for everything below that sets nothing.
-- node_id is a unit's or, for the whole company, its own.
CREATE TABLE parties_settings (
  tenant_id uuid NOT NULL, org_id uuid NOT NULL, node_id uuid NOT NULL,
  key text NOT NULL CHECK (key IN ('address','cost_centre','language','limit')), value text NOT NULL,
  PRIMARY KEY (tenant_id, org_id, node_id, key),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id)
);
SELECT kontor_tenant_table('parties_settings');

-- limit_inherits: limit_minor is what the member's unit sets, written there whenever that
-- changes, so that placing an order reads one row as before.
ALTER TABLE parties_members ADD COLUMN limit_inherits boolean NOT NULL DEFAULT false;
