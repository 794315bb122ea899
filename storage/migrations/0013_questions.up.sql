-- Questions with their options, and who chose what, which never leaves the node.
CREATE TABLE questions (
  post_id BIGINT PRIMARY KEY REFERENCES posts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  several BOOLEAN NOT NULL, -- one may choose several options
  hidden BOOLEAN NOT NULL, -- nobody is told the counts before the end
  voters BIGINT NOT NULL, -- -1 if another server does not say
  local_voters BIGINT NOT NULL, -- of them, residents of this node
  closed_at BIGINT NOT NULL
);
CREATE INDEX questions_list ON questions (node_id, post_id);

CREATE TABLE options (
  post_id BIGINT NOT NULL REFERENCES posts (id),
  position BIGINT NOT NULL,
  name TEXT NOT NULL,
  votes BIGINT NOT NULL,
  local_votes BIGINT NOT NULL,
  PRIMARY KEY (post_id, position)
);

CREATE TABLE votes (
  post_id BIGINT NOT NULL REFERENCES posts (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  position BIGINT NOT NULL, -- of the option
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  PRIMARY KEY (post_id, account_id, position)
);
CREATE INDEX votes_account ON votes (account_id);
