-- What some people write to each other: the same people, about the same post, are one conversation.
CREATE TABLE conversations (
  id BIGINT PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  subject BIGINT NOT NULL, -- the post that it is about; 0 if it is about none
  people TEXT NOT NULL, -- their ids, sorted
  size BIGINT NOT NULL,
  UNIQUE (node_id, subject, people)
);

CREATE TABLE participants (
  conversation_id BIGINT NOT NULL REFERENCES conversations (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  subject BIGINT NOT NULL, -- of the conversation: what an account has about a post is found at once
  latest BIGINT NOT NULL, -- place of the last message for them
  seen BIGINT NOT NULL, -- place up to which they have read
  muted BOOLEAN NOT NULL,
  listed BOOLEAN NOT NULL,
  PRIMARY KEY (conversation_id, account_id)
);
CREATE INDEX participants_account ON participants (account_id, latest);
CREATE INDEX participants_subject ON participants (account_id, subject, latest) WHERE subject <> 0;
CREATE INDEX participants_unread ON participants (account_id) WHERE listed AND NOT muted AND latest > seen;

CREATE TABLE messages (
  post_id BIGINT PRIMARY KEY REFERENCES posts (id),
  conversation_id BIGINT NOT NULL REFERENCES conversations (id),
  place BIGINT NOT NULL, -- in the order in which they came here
  strangers BIGINT NOT NULL -- how many more it was sent to who are not known here
);
CREATE INDEX messages_order ON messages (conversation_id, place);
