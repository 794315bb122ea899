-- Whom an earlier version of a post of ours named: who was shown it hears of its end.
CREATE TABLE once_named (
  post_id BIGINT NOT NULL REFERENCES posts (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  PRIMARY KEY (post_id, account_id)
);
