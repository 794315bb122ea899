-- Jobs say themselves whether they may run, so that finding the next ones costs
-- the same however many wait.

ALTER TABLE jobs ADD COLUMN state BIGINT NOT NULL DEFAULT 0; -- 0 ready, 1 waits until run_at, 2 leased until run_at, 3 behind another of its lane
ALTER TABLE jobs ADD COLUMN turn BIGINT NOT NULL DEFAULT 0; -- ready jobs run in this order
UPDATE jobs SET state = 1, turn = run_at;
UPDATE jobs SET state = 3 WHERE lane <> '' AND EXISTS
  (SELECT 1 FROM jobs e WHERE e.lane = jobs.lane AND e.node_id = jobs.node_id AND e.id < jobs.id);
DROP INDEX jobs_due;
ALTER TABLE jobs DROP COLUMN leased;
CREATE INDEX jobs_ready ON jobs (kind, turn, id) WHERE state = 0;
CREATE INDEX jobs_due ON jobs (run_at) WHERE state IN (1, 2);
