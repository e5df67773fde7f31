-- Events that a consumer could not take yet: when it may try again, and whether it has
-- been given up on (parked), so that a person can look and later events can go on.
CREATE TABLE event_failures (
  tenant_id uuid NOT NULL, consumer text NOT NULL, event_id uuid NOT NULL,
  attempts int NOT NULL, error text NOT NULL, next_at timestamptz NOT NULL, parked boolean NOT NULL DEFAULT false, at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, consumer, event_id),
  FOREIGN KEY (tenant_id, event_id) REFERENCES event_outbox (tenant_id, id)
);
CREATE INDEX event_failures_event ON event_failures (tenant_id, event_id);
SELECT kontor_tenant_table('event_failures');
