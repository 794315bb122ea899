-- What is found by its words: an inverted index, and which words each thing has in it.

-- shelf is where one looks: the kind of posts that many may see, "@" and the author's id for those that only
-- the author finds, and two shelves of people. Those of a word are read in the order of the key, newest first.
CREATE TABLE search_words (
  node_id BIGINT NOT NULL,
  shelf TEXT NOT NULL,
  word TEXT NOT NULL,
  item_id BIGINT NOT NULL,
  weight BIGINT NOT NULL,
  PRIMARY KEY (node_id, shelf, word, item_id, weight)
) WITHOUT ROWID;

-- By this the words of a thing are found again when it changes or leaves.
CREATE TABLE search_items (
  sort TEXT NOT NULL, -- post or account
  item_id BIGINT NOT NULL,
  shelf TEXT NOT NULL,
  node_id BIGINT NOT NULL,
  words TEXT NOT NULL, -- "4:perceus 1:beton"
  PRIMARY KEY (sort, item_id, shelf)
) WITHOUT ROWID;

-- What waits to be indexed: what other servers sent, and at first all that there is.
CREATE TABLE search_queue (
  sort TEXT NOT NULL,
  item_id BIGINT NOT NULL,
  node_id BIGINT NOT NULL,
  PRIMARY KEY (sort, item_id)
) WITHOUT ROWID;
INSERT INTO search_queue (sort, item_id, node_id) SELECT 'post', id, node_id FROM posts WHERE deleted_at = 0 AND (local OR listed);
INSERT INTO search_queue (sort, item_id, node_id) SELECT 'account', id, node_id FROM accounts WHERE deleted_at = 0;
