-- By which activity a follow of ours was accepted, for servers that take it back by its id.
ALTER TABLE follows ADD COLUMN accept_uri TEXT NOT NULL DEFAULT '';
CREATE INDEX follows_accept ON follows (followed_id, accept_uri) WHERE accept_uri <> '';
