-- Pauses of residents, in which what they offer cannot be had. What was offered when nothing ended by
-- itself is given an end by a job, see lifespan.go.
ALTER TABLE accounts ADD COLUMN paused_until BIGINT NOT NULL DEFAULT 0;
