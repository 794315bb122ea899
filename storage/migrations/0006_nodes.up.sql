-- Whom a node exchanges with, and how its peers fare.

ALTER TABLE nodes ADD COLUMN federation TEXT NOT NULL DEFAULT 'open'; -- or 'listed': partners and allowed domains only
ALTER TABLE nodes ADD COLUMN authorized_fetch BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE domain_blocks ADD COLUMN severity TEXT NOT NULL DEFAULT 'suspend';
ALTER TABLE domain_blocks ADD COLUMN reject_media BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE domain_blocks ADD COLUMN reject_reports BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE domain_blocks ADD COLUMN obfuscate BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE domain_blocks ADD COLUMN comment TEXT NOT NULL DEFAULT '';

CREATE TABLE block_lists (
  id BIGINT PRIMARY KEY,
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

-- What shared lists say, apart from what the team decided.
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

-- What a rule of domains made of an account: '', 'silence', or 'suspend' if it set suspended_at.
ALTER TABLE accounts ADD COLUMN held TEXT NOT NULL DEFAULT '';

ALTER TABLE hosts ADD COLUMN last_success_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN last_failure_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN trouble TEXT NOT NULL DEFAULT ''; -- what sort of failure the last one was
ALTER TABLE hosts ADD COLUMN last_error TEXT NOT NULL DEFAULT '';

CREATE INDEX hosts_ailing ON hosts (failures) WHERE failures > 0;

CREATE TABLE relays (
  id BIGINT PRIMARY KEY,
  node_id BIGINT NOT NULL REFERENCES nodes (id),
  address TEXT NOT NULL, -- of its inbox, or of its actor
  style TEXT NOT NULL,
  state TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  follow_uri TEXT NOT NULL,
  error TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (node_id, address)
);
CREATE INDEX relays_account ON relays (node_id, account_id);
