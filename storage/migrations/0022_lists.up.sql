-- What residents keep for themselves: posts, lists of people they follow, and whom
-- they do not want to read for a while.

CREATE TABLE bookmarks (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  post_id BIGINT NOT NULL REFERENCES posts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  id BIGINT NOT NULL, -- the order in which they were kept
  PRIMARY KEY (account_id, post_id)
);
CREATE INDEX bookmarks_account ON bookmarks (account_id, id);
CREATE INDEX bookmarks_post ON bookmarks (post_id);

CREATE TABLE lists (
  id BIGINT PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  title TEXT NOT NULL,
  replies TEXT NOT NULL, -- to whom answers are shown: followed, list or none
  created_at BIGINT NOT NULL
);
CREATE INDEX lists_account ON lists (account_id, id);

CREATE TABLE list_members (
  list_id BIGINT NOT NULL REFERENCES lists (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  id BIGINT NOT NULL, -- the order in which they came
  PRIMARY KEY (list_id, account_id)
);
CREATE INDEX list_members_order ON list_members (list_id, id);
CREATE INDEX list_members_account ON list_members (account_id);

CREATE TABLE mutes (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  target_id BIGINT NOT NULL REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  id BIGINT NOT NULL, -- the order in which they were muted
  notifications BOOLEAN NOT NULL, -- those are muted too
  until BIGINT NOT NULL, -- 0: until it is taken back
  PRIMARY KEY (account_id, target_id)
);
CREATE INDEX mutes_account ON mutes (account_id, id);
CREATE INDEX mutes_target ON mutes (target_id);

-- What was written here, or elsewhere, of one kind.
CREATE INDEX posts_place ON posts (node_id, local, kind, id) WHERE listed;
