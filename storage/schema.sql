-- The schema that the migrations make on SQLite. Written by: go test ./storage -run Schema -update

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  handle TEXT NOT NULL,
  username TEXT NOT NULL,
  domain TEXT NOT NULL,
  type TEXT NOT NULL,
  feed TEXT NOT NULL,
  name TEXT NOT NULL,
  bio TEXT NOT NULL,
  bio_html TEXT NOT NULL,
  quarter TEXT NOT NULL,
  avatar_id BIGINT NOT NULL,
  locked BOOLEAN NOT NULL,
  fields_json TEXT NOT NULL,
  uri TEXT NOT NULL,
  url TEXT NOT NULL,
  inbox TEXT NOT NULL,
  shared_inbox TEXT NOT NULL,
  outbox TEXT NOT NULL,
  followers_uri TEXT NOT NULL,
  following_uri TEXT NOT NULL,
  key_id TEXT NOT NULL,
  public_key TEXT NOT NULL,
  followers BIGINT NOT NULL,
  following BIGINT NOT NULL,
  posts BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  fetched_at BIGINT NOT NULL,
  suspended_at BIGINT NOT NULL,
  deleted_at BIGINT NOT NULL, multikey_id TEXT NOT NULL DEFAULT '', multikey TEXT NOT NULL DEFAULT '', version BIGINT NOT NULL DEFAULT 0, looked_at BIGINT NOT NULL DEFAULT 0, held TEXT NOT NULL DEFAULT '', featured_uri TEXT NOT NULL DEFAULT '', emojis TEXT NOT NULL DEFAULT '', moved_to TEXT NOT NULL DEFAULT '', also_known_as TEXT NOT NULL DEFAULT '[]', moved_at BIGINT NOT NULL DEFAULT 0, quarter_for TEXT NOT NULL DEFAULT 'everyone', listed TEXT NOT NULL DEFAULT '', paused_until BIGINT NOT NULL DEFAULT 0,
  UNIQUE (node_id, uri),
  UNIQUE (node_id, handle)
);
CREATE INDEX accounts_domain ON accounts (node_id, domain, id);
CREATE INDEX accounts_feed ON accounts (node_id, feed) WHERE feed <> '';
CREATE INDEX accounts_key ON accounts (node_id, key_id) WHERE key_id <> '';
CREATE INDEX accounts_listed ON accounts (node_id, id) WHERE listed <> '';
CREATE INDEX accounts_looked ON accounts (node_id, looked_at, id) WHERE domain <> '';
CREATE INDEX accounts_multikey ON accounts (node_id, multikey_id) WHERE multikey_id <> '';
CREATE TABLE activities (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  body TEXT NOT NULL
);
CREATE TABLE applicants (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  username TEXT NOT NULL,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  reason TEXT NOT NULL,
  language TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  issuer TEXT NOT NULL,
  identity TEXT NOT NULL,
  stated_age BIGINT NOT NULL,
  charter BIGINT NOT NULL,
  invitation BIGINT NOT NULL,
  confirmed_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (node_id, username),
  UNIQUE (node_id, email)
);
CREATE INDEX applicants_age ON applicants (created_at);
CREATE INDEX applicants_waiting ON applicants (node_id, id) WHERE confirmed_at <> 0;
CREATE TABLE archives (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  asked_at BIGINT NOT NULL,
  ready_at BIGINT NOT NULL,
  size BIGINT NOT NULL
);
CREATE INDEX archives_age ON archives (asked_at);
CREATE TABLE attempts (
  key TEXT NOT NULL PRIMARY KEY,
  count BIGINT NOT NULL,
  until BIGINT NOT NULL
);
CREATE INDEX attempts_until ON attempts (until);
CREATE TABLE block_lists (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  url TEXT NOT NULL,
  entries BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  fetched_at BIGINT NOT NULL,
  tried_at BIGINT NOT NULL,
  error TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (node_id, url)
);
CREATE TABLE blocks (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  target_id BIGINT NOT NULL REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  uri TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, target_id)
);
CREATE INDEX blocks_target ON blocks (target_id, account_id);
CREATE TABLE bookmarks (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  post_id BIGINT NOT NULL REFERENCES posts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  id BIGINT NOT NULL,
  PRIMARY KEY (account_id, post_id)
);
CREATE INDEX bookmarks_account ON bookmarks (account_id, id);
CREATE INDEX bookmarks_post ON bookmarks (post_id);
CREATE TABLE bounces (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  mail TEXT NOT NULL,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, mail)
);
CREATE INDEX bounces_age ON bounces (created_at);
CREATE TABLE charters (
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  version BIGINT NOT NULL,
  source TEXT NOT NULL,
  change TEXT NOT NULL,
  asked BOOLEAN NOT NULL,
  made_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (node_id, version)
);
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  subject BIGINT NOT NULL,
  people TEXT NOT NULL,
  size BIGINT NOT NULL,
  UNIQUE (node_id, subject, people)
);
CREATE TABLE departures (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  asked_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL
);
CREATE TABLE domain_blocks (
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  domain TEXT NOT NULL,
  created_at BIGINT NOT NULL, severity TEXT NOT NULL DEFAULT 'suspend', reject_media BOOLEAN NOT NULL DEFAULT FALSE, reject_reports BOOLEAN NOT NULL DEFAULT FALSE, obfuscate BOOLEAN NOT NULL DEFAULT FALSE, comment TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (node_id, domain)
);
CREATE TABLE draft_media (
  media_id INTEGER PRIMARY KEY REFERENCES media (id),
  draft_id BIGINT NOT NULL REFERENCES drafts (id),
  position BIGINT NOT NULL
);
CREATE INDEX draft_media_draft ON draft_media (draft_id, position);
CREATE TABLE drafts (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  language TEXT NOT NULL,
  post_id BIGINT NOT NULL
);
CREATE INDEX drafts_account ON drafts (account_id, id);
CREATE TABLE emojis (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  host TEXT NOT NULL,
  name TEXT NOT NULL,
  media_id BIGINT NOT NULL REFERENCES media (id),
  updated_at BIGINT NOT NULL,
  UNIQUE (node_id, host, name)
);
CREATE INDEX emojis_media ON emojis (media_id);
CREATE TABLE follows (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  follower_id BIGINT NOT NULL REFERENCES accounts (id),
  followed_id BIGINT NOT NULL REFERENCES accounts (id),
  uri TEXT NOT NULL,
  accepted BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL, reader BOOLEAN NOT NULL DEFAULT FALSE, accept_uri TEXT NOT NULL DEFAULT '',
  UNIQUE (follower_id, followed_id)
);
CREATE INDEX follows_accept ON follows (followed_id, accept_uri) WHERE accept_uri <> '';
CREATE INDEX follows_followed ON follows (followed_id, id);
CREATE INDEX follows_follower ON follows (follower_id, id);
CREATE INDEX follows_readers ON follows (followed_id, id) WHERE reader AND accepted;
CREATE INDEX follows_uri ON follows (node_id, uri);
CREATE TABLE home (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  post_id BIGINT NOT NULL REFERENCES posts (id),
  id BIGINT NOT NULL,
  sharer_id BIGINT NOT NULL,
  PRIMARY KEY (account_id, post_id)
);
CREATE INDEX home_order ON home (account_id, id);
CREATE INDEX home_post ON home (post_id);
CREATE TABLE hosts (
  host TEXT NOT NULL PRIMARY KEY,
  failures BIGINT NOT NULL,
  down_since BIGINT NOT NULL,
  retry_at BIGINT NOT NULL
, last_success_at BIGINT NOT NULL DEFAULT 0, last_failure_at BIGINT NOT NULL DEFAULT 0, trouble TEXT NOT NULL DEFAULT '', last_error TEXT NOT NULL DEFAULT '');
CREATE INDEX hosts_ailing ON hosts (failures) WHERE failures > 0;
CREATE TABLE identities (
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  issuer TEXT NOT NULL,
  identity TEXT NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (node_id, issuer, identity)
);
CREATE INDEX identities_account ON identities (account_id);
CREATE TABLE identity_providers (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  name TEXT NOT NULL,
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_secret TEXT NOT NULL,
  scopes TEXT NOT NULL,
  acr TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (node_id, issuer)
);
CREATE TABLE import_lines (
  import_id BIGINT NOT NULL REFERENCES imports (id),
  line BIGINT NOT NULL,
  address TEXT NOT NULL,
  problem TEXT NOT NULL, extra TEXT NOT NULL DEFAULT '', removed BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (import_id, line)
);
CREATE TABLE imports (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  done BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  created_at BIGINT NOT NULL
, already BIGINT NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX imports_account ON imports (account_id, kind);
CREATE TABLE invitations (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  code TEXT NOT NULL,
  note TEXT NOT NULL,
  made_by BIGINT NOT NULL,
  uses BIGINT NOT NULL,
  max_uses BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  UNIQUE (node_id, code)
);
CREATE INDEX invitations_expiry ON invitations (expires_at);
CREATE INDEX invitations_order ON invitations (node_id, id);
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  lane TEXT NOT NULL,
  host TEXT NOT NULL,
  args_json TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  error TEXT NOT NULL,
  created_at BIGINT NOT NULL
, state BIGINT NOT NULL DEFAULT 0, turn BIGINT NOT NULL DEFAULT 0, owner BIGINT NOT NULL DEFAULT 0);
CREATE INDEX jobs_deliver ON jobs (host, run_at) WHERE kind = 'deliver';
CREATE INDEX jobs_due ON jobs (run_at) WHERE state IN (1, 2);
CREATE INDEX jobs_inbox ON jobs (host) WHERE kind = 'inbox';
CREATE UNIQUE INDEX jobs_key ON jobs (node_id, kind, key) WHERE key <> '';
CREATE INDEX jobs_lane ON jobs (lane, id) WHERE lane <> '';
CREATE INDEX jobs_ready ON jobs (kind, turn, id) WHERE state = 0;
CREATE TABLE likes (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  post_id BIGINT NOT NULL REFERENCES posts (id),
  uri TEXT NOT NULL,
  UNIQUE (post_id, account_id)
);
CREATE INDEX likes_account ON likes (account_id, id);
CREATE INDEX likes_uri ON likes (node_id, uri);
CREATE TABLE list_members (
  list_id BIGINT NOT NULL REFERENCES lists (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  id BIGINT NOT NULL,
  PRIMARY KEY (list_id, account_id)
);
CREATE INDEX list_members_account ON list_members (account_id);
CREATE INDEX list_members_order ON list_members (list_id, id);
CREATE TABLE listed_domains (
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  domain TEXT NOT NULL,
  list_id BIGINT NOT NULL REFERENCES block_lists (id),
  severity TEXT NOT NULL,
  reject_media BOOLEAN NOT NULL,
  reject_reports BOOLEAN NOT NULL,
  obfuscate BOOLEAN NOT NULL,
  comment TEXT NOT NULL,
  PRIMARY KEY (node_id, domain, list_id)
);
CREATE INDEX listed_domains_list ON listed_domains (list_id, domain);
CREATE TABLE lists (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  title TEXT NOT NULL,
  replies TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX lists_account ON lists (account_id, id);
CREATE TABLE logins (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  email TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  language TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL, confirmed_at BIGINT NOT NULL DEFAULT 0, stated_age BIGINT NOT NULL DEFAULT 0, charter BIGINT NOT NULL DEFAULT 0, totp_secret TEXT NOT NULL DEFAULT '', totp_step BIGINT NOT NULL DEFAULT 0,
  UNIQUE (node_id, email)
);
CREATE INDEX logins_team ON logins (node_id, account_id) WHERE role <> 'resident';
CREATE TABLE mailboxes (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  secret TEXT NOT NULL,
  quiet BOOLEAN NOT NULL,
  waiting_id BIGINT NOT NULL,
  noticed_id BIGINT NOT NULL,
  told_id BIGINT NOT NULL,
  told_at BIGINT NOT NULL,
  told_day BIGINT NOT NULL,
  weekly BIGINT NOT NULL,
  weekly_at BIGINT NOT NULL,
  paused_at BIGINT NOT NULL
);
CREATE INDEX mailboxes_paused ON mailboxes (node_id) WHERE paused_at <> 0;
CREATE INDEX mailboxes_weekly ON mailboxes (weekly_at) WHERE weekly <> 0;
CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL,
  post_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  description TEXT NOT NULL,
  blurhash TEXT NOT NULL,
  remote_url TEXT NOT NULL,
  renditions_json TEXT NOT NULL,
  content TEXT NOT NULL
, looked_at BIGINT NOT NULL DEFAULT 0, copied_at BIGINT NOT NULL DEFAULT 0);
CREATE INDEX media_account ON media (account_id) WHERE post_id = 0;
CREATE INDEX media_content ON media (content) WHERE content <> '';
CREATE INDEX media_copies ON media (node_id, copied_at, id) WHERE copied_at <> 0;
CREATE INDEX media_post ON media (post_id, position) WHERE post_id <> 0;
CREATE INDEX media_unused ON media (node_id, looked_at, id) WHERE post_id = 0;
CREATE TABLE mentions (
  post_id BIGINT NOT NULL REFERENCES posts (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (post_id, account_id)
);
CREATE INDEX mentions_account ON mentions (account_id, post_id);
CREATE TABLE messages (
  post_id INTEGER PRIMARY KEY REFERENCES posts (id),
  conversation_id BIGINT NOT NULL REFERENCES conversations (id),
  place BIGINT NOT NULL,
  strangers BIGINT NOT NULL
);
CREATE INDEX messages_order ON messages (conversation_id, place);
CREATE TABLE migrations (number BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL);
CREATE TABLE mutes (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  target_id BIGINT NOT NULL REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  id BIGINT NOT NULL,
  notifications BOOLEAN NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (account_id, target_id)
);
CREATE INDEX mutes_account ON mutes (account_id, id);
CREATE INDEX mutes_target ON mutes (target_id);
CREATE TABLE news_choices (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  topic TEXT NOT NULL,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  page BOOLEAN NOT NULL,
  mail BOOLEAN NOT NULL,
  push BOOLEAN NOT NULL,
  PRIMARY KEY (account_id, topic)
);
CREATE TABLE nodes (
  id INTEGER PRIMARY KEY,
  host TEXT NOT NULL UNIQUE,
  scheme TEXT NOT NULL,
  name TEXT NOT NULL,
  summary TEXT NOT NULL,
  language TEXT NOT NULL,
  contact TEXT NOT NULL,
  signup TEXT NOT NULL,
  neighbourhoods_json TEXT NOT NULL,
  center_json TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  has_admin BOOLEAN NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
, keep_posts BIGINT NOT NULL DEFAULT 90, keep_pictures BIGINT NOT NULL DEFAULT 14, federation TEXT NOT NULL DEFAULT 'open', authorized_fetch BOOLEAN NOT NULL DEFAULT FALSE, min_age BIGINT NOT NULL DEFAULT 15, charter BIGINT NOT NULL DEFAULT 0, charter_asked BIGINT NOT NULL DEFAULT 0);
CREATE TABLE notifications (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  type TEXT NOT NULL,
  from_id BIGINT NOT NULL REFERENCES accounts (id),
  post_id BIGINT NOT NULL,
  seen BOOLEAN NOT NULL,
  UNIQUE (account_id, type, from_id, post_id)
);
CREATE INDEX notifications_account ON notifications (account_id, id);
CREATE INDEX notifications_from ON notifications (from_id);
CREATE INDEX notifications_post ON notifications (post_id) WHERE post_id <> 0;
CREATE INDEX notifications_unseen ON notifications (account_id) WHERE NOT seen;
CREATE TABLE offers (
  post_id INTEGER PRIMARY KEY REFERENCES posts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  purpose TEXT NOT NULL,
  sort TEXT NOT NULL,
  category TEXT NOT NULL
);
CREATE INDEX offers_sort ON offers (node_id, sort, purpose, post_id);
CREATE TABLE once_named (
  post_id BIGINT NOT NULL REFERENCES posts (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  PRIMARY KEY (post_id, account_id)
);
CREATE TABLE options (
  post_id BIGINT NOT NULL REFERENCES posts (id),
  position BIGINT NOT NULL,
  name TEXT NOT NULL,
  votes BIGINT NOT NULL,
  local_votes BIGINT NOT NULL,
  PRIMARY KEY (post_id, position)
);
CREATE TABLE participants (
  conversation_id BIGINT NOT NULL REFERENCES conversations (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  subject BIGINT NOT NULL,
  latest BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  muted BOOLEAN NOT NULL,
  listed BOOLEAN NOT NULL,
  PRIMARY KEY (conversation_id, account_id)
);
CREATE INDEX participants_account ON participants (account_id, latest);
CREATE INDEX participants_subject ON participants (account_id, subject, latest) WHERE subject <> 0;
CREATE INDEX participants_unread ON participants (account_id) WHERE listed AND NOT muted AND latest > seen;
CREATE TABLE partners (
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  host TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  ours BOOLEAN NOT NULL,
  theirs BOOLEAN NOT NULL,
  error TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (node_id, host)
);
CREATE TABLE passkeys (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  credential TEXT NOT NULL,
  public_key TEXT NOT NULL,
  sign_count BIGINT NOT NULL,
  flags BIGINT NOT NULL,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  UNIQUE (node_id, credential)
);
CREATE INDEX passkeys_account ON passkeys (account_id);
CREATE TABLE pins (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  post_id BIGINT NOT NULL REFERENCES posts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  id BIGINT NOT NULL,
  PRIMARY KEY (account_id, post_id)
);
CREATE INDEX pins_account ON pins (account_id, id);
CREATE INDEX pins_post ON pins (post_id);
CREATE TABLE post_tags (
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  tag TEXT NOT NULL,
  post_id BIGINT NOT NULL REFERENCES posts (id),
  PRIMARY KEY (node_id, tag, post_id)
);
CREATE INDEX post_tags_post ON post_tags (post_id);
CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  author_id BIGINT NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  uri TEXT NOT NULL,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  source TEXT NOT NULL,
  html TEXT NOT NULL,
  warning TEXT NOT NULL,
  sensitive BOOLEAN NOT NULL,
  language TEXT NOT NULL,
  audience TEXT NOT NULL,
  state TEXT NOT NULL,
  reply_to BIGINT NOT NULL,
  reply_to_uri TEXT NOT NULL,
  thread BIGINT NOT NULL,
  place_json TEXT NOT NULL,
  ends_at BIGINT NOT NULL,
  tags_json TEXT NOT NULL,
  replies BIGINT NOT NULL,
  likes BIGINT NOT NULL,
  shares BIGINT NOT NULL,
  local BOOLEAN NOT NULL,
  listed BOOLEAN NOT NULL,
  published_at BIGINT NOT NULL,
  edited_at BIGINT NOT NULL,
  deleted_at BIGINT NOT NULL, version BIGINT NOT NULL DEFAULT 0, stored_at BIGINT NOT NULL DEFAULT 0, context TEXT NOT NULL DEFAULT '', quote_uri TEXT NOT NULL DEFAULT '', quote_stamp TEXT NOT NULL DEFAULT '', emojis TEXT NOT NULL DEFAULT '',
  UNIQUE (node_id, uri)
);
CREATE INDEX posts_all ON posts (node_id, id) WHERE listed;
CREATE INDEX posts_author ON posts (author_id, id);
CREATE INDEX posts_kind ON posts (node_id, kind, id) WHERE listed;
CREATE INDEX posts_listed ON posts (node_id, local, id) WHERE listed;
CREATE INDEX posts_missing_parent ON posts (node_id, reply_to_uri) WHERE reply_to = 0 AND reply_to_uri <> '';
CREATE INDEX posts_own_thread ON posts (thread) WHERE local;
CREATE INDEX posts_place ON posts (node_id, local, kind, id) WHERE listed;
CREATE INDEX posts_reply ON posts (reply_to, id) WHERE reply_to <> 0;
CREATE INDEX posts_stamp ON posts (node_id, quote_stamp) WHERE quote_stamp <> '';
CREATE INDEX posts_stored ON posts (node_id, stored_at, id) WHERE stored_at <> 0;
CREATE INDEX posts_thread ON posts (thread, id);
CREATE TABLE private_keys (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  pem TEXT NOT NULL
, ed25519 TEXT NOT NULL DEFAULT '');
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
CREATE TABLE profiles (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  languages_json TEXT NOT NULL,
  skills_for TEXT NOT NULL,
  links_json TEXT NOT NULL,
  links_for TEXT NOT NULL
);
CREATE TABLE push_keys (
  node_id INTEGER PRIMARY KEY REFERENCES nodes (id),
  private_key TEXT NOT NULL
);
CREATE TABLE push_subscriptions (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  session TEXT NOT NULL,
  token_id BIGINT NOT NULL,
  endpoint TEXT NOT NULL,
  public_key TEXT NOT NULL,
  auth TEXT NOT NULL,
  encoding TEXT NOT NULL,
  alerts TEXT NOT NULL,
  policy TEXT NOT NULL,
  language TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX push_subscriptions_account ON push_subscriptions (account_id, id);
CREATE UNIQUE INDEX push_subscriptions_session ON push_subscriptions (session) WHERE session <> '';
CREATE UNIQUE INDEX push_subscriptions_token ON push_subscriptions (token_id) WHERE token_id <> 0;
CREATE TABLE questions (
  post_id INTEGER PRIMARY KEY REFERENCES posts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  several BOOLEAN NOT NULL,
  hidden BOOLEAN NOT NULL,
  voters BIGINT NOT NULL,
  local_voters BIGINT NOT NULL,
  closed_at BIGINT NOT NULL
);
CREATE INDEX questions_list ON questions (node_id, post_id);
CREATE TABLE received (
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  uri TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (node_id, uri)
);
CREATE INDEX received_age ON received (received_at);
CREATE TABLE recovery_codes (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  hash TEXT NOT NULL,
  PRIMARY KEY (account_id, hash)
);
CREATE TABLE relays (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  address TEXT NOT NULL,
  style TEXT NOT NULL,
  state TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  follow_uri TEXT NOT NULL,
  error TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (node_id, address)
);
CREATE INDEX relays_account ON relays (node_id, account_id);
CREATE TABLE repeats (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  key TEXT NOT NULL,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  post_id BIGINT NOT NULL REFERENCES posts (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, key)
);
CREATE INDEX repeats_age ON repeats (created_at);
CREATE INDEX repeats_post ON repeats (post_id);
CREATE TABLE reports (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  reporter_id BIGINT NOT NULL REFERENCES accounts (id),
  target_id BIGINT NOT NULL REFERENCES accounts (id),
  post_ids_json TEXT NOT NULL,
  comment TEXT NOT NULL,
  uri TEXT NOT NULL,
  forward BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL
);
CREATE INDEX reports_open ON reports (node_id, id) WHERE closed_at = 0;
CREATE INDEX reports_reporter ON reports (reporter_id);
CREATE INDEX reports_target ON reports (target_id);
CREATE TABLE schemes (
  host TEXT NOT NULL PRIMARY KEY,
  scheme TEXT NOT NULL,
  learnt_at BIGINT NOT NULL
);
CREATE TABLE search_items (
  sort TEXT NOT NULL,
  item_id BIGINT NOT NULL,
  shelf TEXT NOT NULL,
  node_id BIGINT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY (sort, item_id, shelf)
) WITHOUT ROWID;
CREATE TABLE search_queue (
  sort TEXT NOT NULL,
  item_id BIGINT NOT NULL,
  node_id BIGINT NOT NULL,
  PRIMARY KEY (sort, item_id)
) WITHOUT ROWID;
CREATE TABLE search_words (
  node_id BIGINT NOT NULL,
  shelf TEXT NOT NULL,
  word TEXT NOT NULL,
  item_id BIGINT NOT NULL,
  weight BIGINT NOT NULL,
  PRIMARY KEY (node_id, shelf, word, item_id, weight)
) WITHOUT ROWID;
CREATE TABLE sessions (
  hash TEXT NOT NULL PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
, way TEXT NOT NULL DEFAULT 'password', device TEXT NOT NULL DEFAULT '', used_at BIGINT NOT NULL DEFAULT 0, id_token TEXT NOT NULL DEFAULT '');
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE TABLE shares (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  post_id BIGINT NOT NULL REFERENCES posts (id),
  uri TEXT NOT NULL,
  UNIQUE (post_id, account_id)
);
CREATE INDEX shares_account ON shares (account_id, id);
CREATE INDEX shares_uri ON shares (node_id, uri);
CREATE TABLE software (
  host TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  asked_at BIGINT NOT NULL
);
CREATE INDEX software_age ON software (asked_at);
CREATE TABLE sources (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  readers BIGINT NOT NULL,
  way TEXT NOT NULL
);
CREATE INDEX sources_merged ON sources (node_id, readers) WHERE way <> 'written';
CREATE TABLE stamps (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  post_id BIGINT NOT NULL REFERENCES posts (id),
  quoter_id BIGINT NOT NULL REFERENCES accounts (id),
  quote_uri TEXT NOT NULL,
  UNIQUE (node_id, quote_uri, post_id)
);
CREATE INDEX stamps_post ON stamps (post_id, id);
CREATE TABLE submissions (
  post_id INTEGER PRIMARY KEY REFERENCES posts (id),
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  feed_id BIGINT NOT NULL REFERENCES accounts (id),
  domain TEXT NOT NULL,
  state TEXT NOT NULL,
  activity TEXT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX submissions_age ON submissions (state, created_at);
CREATE INDEX submissions_decided ON submissions (node_id, decided_at) WHERE decided_by <> 0;
CREATE INDEX submissions_domain ON submissions (node_id, domain) WHERE state = 'waiting';
CREATE INDEX submissions_waiting ON submissions (node_id, post_id) WHERE state = 'waiting';
CREATE TABLE tickets (
  hash TEXT NOT NULL PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  purpose TEXT NOT NULL,
  subject BIGINT NOT NULL,
  data TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX tickets_expiry ON tickets (expires_at);
CREATE INDEX tickets_subject ON tickets (subject) WHERE subject <> 0;
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
);
CREATE INDEX tokens_account ON tokens (account_id);
CREATE TABLE tombstones (
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  uri TEXT NOT NULL,
  deleted_at BIGINT NOT NULL,
  PRIMARY KEY (node_id, uri)
);
CREATE INDEX tombstones_age ON tombstones (deleted_at);
CREATE TABLE votes (
  post_id BIGINT NOT NULL REFERENCES posts (id),
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  position BIGINT NOT NULL,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  PRIMARY KEY (post_id, account_id, position)
);
CREATE INDEX votes_account ON votes (account_id);
