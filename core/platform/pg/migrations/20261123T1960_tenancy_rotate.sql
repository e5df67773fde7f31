-- A marketplace's key is rotated in steps, as all work on it.
ALTER TABLE tenancy_runs DROP CONSTRAINT tenancy_runs_workflow_check;
ALTER TABLE tenancy_runs ADD CONSTRAINT tenancy_runs_workflow_check CHECK (workflow IN ('provision','export','delete','import','rotate'));
