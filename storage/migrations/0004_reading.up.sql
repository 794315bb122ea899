-- A number that grows with every change of a row or of its parts, so that what was
-- read before can be used again.

ALTER TABLE posts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
