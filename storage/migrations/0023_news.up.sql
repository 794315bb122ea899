-- How people hear of what concerns them: which news in which ways, by mail and on their devices.

CREATE TABLE news_choices (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  topic TEXT NOT NULL,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  page BOOLEAN NOT NULL,
  mail BOOLEAN NOT NULL,
  push BOOLEAN NOT NULL,
  PRIMARY KEY (account_id, topic)
);

-- What is known of writing to somebody. The ids are those of notifications.
CREATE TABLE mailboxes (
  account_id BIGINT PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  secret TEXT NOT NULL, -- vouches for the addresses and names of mails that went there
  quiet BOOLEAN NOT NULL, -- they want no mail about what waits for them
  waiting_id BIGINT NOT NULL, -- the newest that is to be told by mail
  noticed_id BIGINT NOT NULL, -- they were here since that came
  told_id BIGINT NOT NULL, -- a mail told as far as that
  told_at BIGINT NOT NULL,
  told_day BIGINT NOT NULL, -- mails on the day of told_at
  weekly BIGINT NOT NULL, -- the day of the weekly letter, Monday being 1; 0 for none
  weekly_at BIGINT NOT NULL, -- when it was last thought of
  paused_at BIGINT NOT NULL -- when mail had come back too often
);
CREATE INDEX mailboxes_paused ON mailboxes (node_id) WHERE paused_at <> 0;
CREATE INDEX mailboxes_weekly ON mailboxes (weekly_at) WHERE weekly <> 0;

-- Mail that came back.
CREATE TABLE bounces (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  mail TEXT NOT NULL, -- its name, so that none counts twice
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, mail)
);
CREATE INDEX bounces_age ON bounces (created_at);

-- The key by which push services know a node (RFC 8292).
CREATE TABLE push_keys (
  node_id BIGINT PRIMARY KEY REFERENCES nodes (id),
  private_key TEXT NOT NULL
);

-- Browsers and apps that want to be told; each belongs to a session or a token.
CREATE TABLE push_subscriptions (
  id BIGINT PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  session TEXT NOT NULL, -- hash of the browser's session; empty for an app
  token_id BIGINT NOT NULL, -- of the app; 0 for a browser
  endpoint TEXT NOT NULL,
  public_key TEXT NOT NULL,
  auth TEXT NOT NULL,
  encoding TEXT NOT NULL,
  alerts TEXT NOT NULL, -- what an app wants, separated by spaces
  policy TEXT NOT NULL, -- from whom an app wants it
  language TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX push_subscriptions_account ON push_subscriptions (account_id, id);
CREATE UNIQUE INDEX push_subscriptions_session ON push_subscriptions (session) WHERE session <> '';
CREATE UNIQUE INDEX push_subscriptions_token ON push_subscriptions (token_id) WHERE token_id <> 0;
