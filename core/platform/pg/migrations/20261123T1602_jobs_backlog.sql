-- Tasks of a marketplace that queues more than its turn. They wait here and are let into the
-- queue by turns, so that nobody stands behind one marketplace's hundred thousand. Like the
-- queue itself it is bound to no tenant: it holds identifiers, never anybody's data.
CREATE TABLE jobs_backlog (
  tenant_id uuid NOT NULL, id uuid NOT NULL, args jsonb NOT NULL, tags text[] NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs_backlog TO kontor_app;
