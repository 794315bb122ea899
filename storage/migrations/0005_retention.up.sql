-- Homes that are merged when read, and what leaves after a time.

ALTER TABLE follows ADD COLUMN reader BOOLEAN NOT NULL DEFAULT FALSE; -- the follower has a home here
UPDATE follows SET reader = TRUE WHERE follower_id IN (SELECT id FROM accounts WHERE domain = '' AND type <> 'Application');
CREATE INDEX follows_readers ON follows (followed_id, id) WHERE reader AND accepted;

-- Who is read here: an account with followers who have a home.
CREATE TABLE sources (
  account_id BIGINT PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  readers BIGINT NOT NULL,
  way TEXT NOT NULL -- written, merged or returning
);
CREATE INDEX sources_merged ON sources (node_id, readers) WHERE way <> 'written';
INSERT INTO sources (account_id, node_id, readers, way)
  SELECT followed_id, node_id, COUNT(*), CASE WHEN COUNT(*) > 200 THEN 'merged' ELSE 'written' END
  FROM follows WHERE reader AND accepted GROUP BY followed_id, node_id;
