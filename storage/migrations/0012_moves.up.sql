-- Where people went, and the other addresses they say are theirs.
ALTER TABLE accounts ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN also_known_as TEXT NOT NULL DEFAULT '[]';
ALTER TABLE accounts ADD COLUMN moved_at BIGINT NOT NULL DEFAULT 0;

-- Lists of accounts that residents brought along; lines go as they are done.
CREATE TABLE imports (
  id BIGINT PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  done BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX imports_account ON imports (account_id, kind);
CREATE TABLE import_lines (
  import_id BIGINT NOT NULL REFERENCES imports (id),
  line BIGINT NOT NULL,
  address TEXT NOT NULL,
  problem TEXT NOT NULL,
  PRIMARY KEY (import_id, line)
);
