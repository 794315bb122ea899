-- How people come in: who asked for an account, who was invited, and by what else than
-- a password somebody proves who they are.

ALTER TABLE nodes ADD COLUMN min_age BIGINT NOT NULL DEFAULT 15;
ALTER TABLE nodes ADD COLUMN charter BIGINT NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN charter_asked BIGINT NOT NULL DEFAULT 0;

ALTER TABLE logins ADD COLUMN confirmed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN stated_age BIGINT NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN charter BIGINT NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN totp_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE logins ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN way TEXT NOT NULL DEFAULT 'password';
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN id_token TEXT NOT NULL DEFAULT '';

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

CREATE TABLE applicants (
  id BIGINT PRIMARY KEY,
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

CREATE TABLE invitations (
  id BIGINT PRIMARY KEY,
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

CREATE TABLE passkeys (
  id BIGINT PRIMARY KEY,
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

CREATE TABLE recovery_codes (
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  hash TEXT NOT NULL,
  PRIMARY KEY (account_id, hash)
);

CREATE TABLE identity_providers (
  id BIGINT PRIMARY KEY,
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

CREATE TABLE identities (
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  issuer TEXT NOT NULL,
  identity TEXT NOT NULL,
  account_id BIGINT NOT NULL REFERENCES accounts (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (node_id, issuer, identity)
);
CREATE INDEX identities_account ON identities (account_id);
