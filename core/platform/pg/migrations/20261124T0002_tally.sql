-- What the processes of a house tell each other of the requests they let through, once a
-- second and only while somebody asks much.
CREATE TABLE tally_sheets (
  node uuid NOT NULL, round bigint NOT NULL, told_at timestamptz NOT NULL, spent jsonb NOT NULL,
  PRIMARY KEY (node, round)
);
CREATE INDEX ON tally_sheets (told_at);
GRANT SELECT, INSERT, DELETE ON tally_sheets TO kontor_control;
