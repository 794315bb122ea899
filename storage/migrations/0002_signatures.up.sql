-- Ed25519 keys beside the RSA ones, and by which scheme each server takes signatures.

ALTER TABLE accounts ADD COLUMN multikey_id TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN multikey TEXT NOT NULL DEFAULT ''; -- Ed25519, as publicKeyMultibase
CREATE INDEX accounts_multikey ON accounts (node_id, multikey_id) WHERE multikey_id <> '';

ALTER TABLE private_keys ADD COLUMN ed25519 TEXT NOT NULL DEFAULT ''; -- PEM, as the other

CREATE TABLE schemes (
  host TEXT NOT NULL PRIMARY KEY,
  scheme TEXT NOT NULL,
  learnt_at BIGINT NOT NULL
);
