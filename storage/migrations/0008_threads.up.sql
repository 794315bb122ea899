-- Conversations, pinned posts, pictures inside texts, and quotes.

ALTER TABLE posts ADD COLUMN context TEXT NOT NULL DEFAULT ''; -- id of the conversation, as its server names it
ALTER TABLE posts ADD COLUMN quote_uri TEXT NOT NULL DEFAULT ''; -- the post that it quotes
ALTER TABLE posts ADD COLUMN quote_stamp TEXT NOT NULL DEFAULT ''; -- where that one's author agreed, once that was seen
ALTER TABLE posts ADD COLUMN emojis TEXT NOT NULL DEFAULT ''; -- names, separated by spaces
CREATE INDEX posts_stamp ON posts (node_id, quote_stamp) WHERE quote_stamp <> '';

ALTER TABLE accounts ADD COLUMN featured_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN emojis TEXT NOT NULL DEFAULT '';

CREATE TABLE pins (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  post_id BIGINT NOT NULL REFERENCES posts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  id BIGINT NOT NULL, -- sorts: the last one first
  PRIMARY KEY (account_id, post_id)
);
CREATE INDEX pins_account ON pins (account_id, id);
CREATE INDEX pins_post ON pins (post_id);

CREATE TABLE emojis (
  id BIGINT PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  host TEXT NOT NULL, -- of the server whose texts use it
  name TEXT NOT NULL, -- without its colons
  media_id BIGINT NOT NULL REFERENCES media (id),
  updated_at BIGINT NOT NULL,
  UNIQUE (node_id, host, name)
);
CREATE INDEX emojis_media ON emojis (media_id);

CREATE TABLE stamps (
  id BIGINT PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  post_id BIGINT NOT NULL REFERENCES posts (id), -- ours, that is quoted
  quoter_id BIGINT NOT NULL REFERENCES accounts (id),
  quote_uri TEXT NOT NULL, -- the post that quotes it
  UNIQUE (node_id, quote_uri, post_id)
);
CREATE INDEX stamps_post ON stamps (post_id, id);
