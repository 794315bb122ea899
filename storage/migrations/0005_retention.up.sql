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

ALTER TABLE nodes ADD COLUMN keep_posts BIGINT NOT NULL DEFAULT 90; -- days that others' posts stay; -1 for ever
ALTER TABLE nodes ADD COLUMN keep_pictures BIGINT NOT NULL DEFAULT 14; -- days that copies of their pictures stay; -1 as long as the post

-- Since when a post of another server is kept without anybody having looked
-- whether it is of use; 0 for our own.
ALTER TABLE posts ADD COLUMN stored_at BIGINT NOT NULL DEFAULT 0;
UPDATE posts SET stored_at = id / 65536 WHERE NOT local;
CREATE INDEX posts_stored ON posts (node_id, stored_at, id) WHERE stored_at <> 0;
CREATE INDEX posts_own_thread ON posts (thread) WHERE local;

ALTER TABLE accounts ADD COLUMN looked_at BIGINT NOT NULL DEFAULT 0; -- the same for accounts of other servers
CREATE INDEX accounts_looked ON accounts (node_id, looked_at, id) WHERE domain <> '';

ALTER TABLE media ADD COLUMN looked_at BIGINT NOT NULL DEFAULT 0; -- when it was last found to be of use without a post
ALTER TABLE media ADD COLUMN copied_at BIGINT NOT NULL DEFAULT 0; -- the same for the copy of a remote picture of a post
UPDATE media SET copied_at = id / 65536 WHERE remote_url <> '' AND content <> '' AND post_id <> 0;
DROP INDEX media_unused;
CREATE INDEX media_unused ON media (node_id, looked_at, id) WHERE post_id = 0;
CREATE INDEX media_copies ON media (node_id, copied_at, id) WHERE copied_at <> 0;
CREATE INDEX media_account ON media (account_id) WHERE post_id = 0;

-- Whoever removes a row is asked who refers to it.
CREATE INDEX notifications_from ON notifications (from_id);
CREATE INDEX reports_reporter ON reports (reporter_id);
CREATE INDEX reports_target ON reports (target_id);
CREATE INDEX repeats_post ON repeats (post_id);
