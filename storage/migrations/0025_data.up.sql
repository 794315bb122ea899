-- What people take along, and bring along; and how they leave, with time to change their mind.

-- An account that its owner closed: it is suspended as of asked_at, and deleted at due_at.
CREATE TABLE departures (
  account_id BIGINT PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  asked_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL
);

-- The archive of an account, which its owner asked for.
CREATE TABLE archives (
  account_id BIGINT PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  asked_at BIGINT NOT NULL,
  ready_at BIGINT NOT NULL, -- 0 while it is made
  size BIGINT NOT NULL -- of its file, in bytes
);
CREATE INDEX archives_age ON archives (asked_at);

-- What else a line says: the name of a list, or "true" for a mute of notifications too.
ALTER TABLE import_lines ADD COLUMN extra TEXT NOT NULL DEFAULT '';
-- The line stands for what is there already and not in the list that replaces it.
ALTER TABLE import_lines ADD COLUMN removed BOOLEAN NOT NULL DEFAULT FALSE;
-- Lines that asked for what was there already.
ALTER TABLE imports ADD COLUMN already BIGINT NOT NULL DEFAULT 0;
