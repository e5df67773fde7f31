-- When somebody asked for a plugin's processes to be started again, on every node.
CREATE TABLE plugins_wishes (plugin text PRIMARY KEY, restart_at timestamptz NOT NULL, by_subject text NOT NULL);
GRANT SELECT, INSERT, UPDATE ON plugins_wishes TO kontor_control;
