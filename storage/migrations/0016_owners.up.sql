-- Which process has a job, so that those of a dead one need not rest.
ALTER TABLE jobs ADD COLUMN owner BIGINT NOT NULL DEFAULT 0;
