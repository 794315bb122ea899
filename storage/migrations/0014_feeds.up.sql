-- What feeds pass on, and to whom in which form.

-- What software a server runs, as it says of itself.
CREATE TABLE software (
  host TEXT PRIMARY KEY,
  name TEXT NOT NULL, -- '' if it does not say
  asked_at BIGINT NOT NULL
);
CREATE INDEX software_age ON software (asked_at);

-- Posts of other servers that ask to be shared by a feed.
CREATE TABLE submissions (
  post_id BIGINT PRIMARY KEY REFERENCES posts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  feed_id BIGINT NOT NULL REFERENCES accounts (id),
  domain TEXT NOT NULL, -- what is counted together, so that one sender cannot fill the list
  state TEXT NOT NULL, -- waiting, admitted or refused
  activity TEXT NOT NULL, -- as its author sent it; passed on as it is
  decided_by BIGINT NOT NULL, -- 0 if nobody had to
  decided_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX submissions_waiting ON submissions (node_id, post_id) WHERE state = 'waiting';
CREATE INDEX submissions_domain ON submissions (node_id, domain) WHERE state = 'waiting';
CREATE INDEX submissions_decided ON submissions (node_id, decided_at) WHERE decided_by <> 0;
CREATE INDEX submissions_age ON submissions (state, created_at);

-- What residents began in a note and are asked to complete. Its pictures are copies of the note's.
CREATE TABLE drafts (
  id BIGINT PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  language TEXT NOT NULL,
  post_id BIGINT NOT NULL -- the note
);
CREATE INDEX drafts_account ON drafts (account_id, id);

CREATE TABLE draft_media (
  media_id BIGINT PRIMARY KEY REFERENCES media (id),
  draft_id BIGINT NOT NULL REFERENCES drafts (id),
  position BIGINT NOT NULL
);
CREATE INDEX draft_media_draft ON draft_media (draft_id, position);
