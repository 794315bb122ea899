-- What residents say of themselves beyond a name and two lines: what they can do and
-- look for, what they speak, where else they are; each for whom they want.

ALTER TABLE accounts ADD COLUMN quarter_for TEXT NOT NULL DEFAULT 'everyone';
ALTER TABLE accounts ADD COLUMN listed TEXT NOT NULL DEFAULT '';
CREATE INDEX accounts_listed ON accounts (node_id, id) WHERE listed <> '';

CREATE TABLE profiles (
  account_id BIGINT PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  languages_json TEXT NOT NULL,
  skills_for TEXT NOT NULL,
  links_json TEXT NOT NULL,
  links_for TEXT NOT NULL
);

-- audience repeats who may see the tag, so that nobody finds by it who may not.
CREATE TABLE profile_tags (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL,
  tag TEXT NOT NULL,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  name TEXT NOT NULL,
  audience TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (account_id, role, tag)
);
CREATE INDEX profile_tags_tag ON profile_tags (node_id, role, tag, account_id);
