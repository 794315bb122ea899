-- Only deliveries are looked for by their host and time. What comes in is a row of
-- the same table, which has enough indexes to write.

DROP INDEX jobs_host;
CREATE INDEX jobs_deliver ON jobs (host, run_at) WHERE kind = 'deliver';
