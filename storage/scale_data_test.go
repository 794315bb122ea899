package storage_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/parvis-coop/parvis/internal/parvis"
	"github.com/parvis-coop/parvis/internal/parvistest"
	"github.com/parvis-coop/parvis/storage"
)

// A size says how much a generated database holds.
type size struct{ posts, actors, hosts, residents int }

// whole is the size that the project promises to serve.
var whole = size{posts: 1_000_000, actors: 100_000, hosts: 5_000, residents: 20_000}

// part returns a size so many times smaller.
func (s size) part(by int) size {
	return size{max(s.posts/by, 1000), max(s.actors/by, 400), max(s.hosts/by, 100), max(s.residents/by, 300)}
}

// Numbers of the first row of each sort; rows are numbered from 1.
const (
	firstResident = 1 << 20
	firstActor    = 1 << 24
	postInterval  = 90_000 // milliseconds between posts: 1,000,000 are three years
)

// A crowd is a database full of people, filled by few statements and the same
// every time. Every resident follows the feed and 19 accounts; one post in twenty
// is a resident's offer, which the feed shares; three of ten are answers.
type crowd struct {
	*town
	size
	feed parvis.ID
}

// numbers counts from one number to another, in both engines' SQL.
func numbers(from, to int) string {
	return fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT CAST(%d AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < %d) ", from, to)
}

// chunk is how many rows one transaction stores: neither engine likes long ones.
const chunk = 10_000

// patient makes the driver of PostgreSQL wait for what takes long on a million rows.
func patient(address string) string {
	if strings.HasPrefix(address, "sqlite:") {
		return address
	}
	return address + "&read_timeout=15m"
}

// postID returns the id of a post by its number, as an expression of SQL or as itself.
func (c *crowd) postID(i int) parvis.ID {
	return parvis.FirstID(parvistest.Noon) - parvis.ID((c.posts-i)*postInterval)<<16
}

func (c *crowd) postSQL(number string) string {
	return fmt.Sprintf("(%d - (%d - (%s)) * %d)", int64(parvis.FirstID(parvistest.Noon)), c.posts, number, postInterval<<16)
}

func newCrowd(t testing.TB, engine parvistest.Engine, s size) *crowd {
	c := &crowd{town: newTownAt(t, patient(engine.Copy(t, "migrated", migrated))), size: s, feed: firstResident + 1}
	accounts := `INSERT INTO accounts (id, node_id, handle, username, domain, type, feed, name, bio, bio_html, quarter, avatar_id, locked, fields_json,
		uri, url, inbox, shared_inbox, outbox, followers_uri, following_uri, key_id, public_key, followers, following, posts, created_at, updated_at,
		fetched_at, suspended_at, deleted_at) `
	node := int64(c.node.ID)
	c.fill(s.residents, accounts, fmt.Sprintf(`SELECT %d + i, %d, 'hab' || i, 'hab' || i, '', 'Person', '', 'Habitant ' || i, '', '', '', 0, FALSE, '[]',
		'https://malakoff.example/@hab' || i, '', '', '', '', '', '', 'https://malakoff.example/@hab' || i || '#key', '', 0, 19, 0, 0, 0, 0, 0, 0 FROM n`, firstResident, node))
	c.fill(s.residents, "INSERT INTO logins (account_id, node_id, email, password_hash, role, language, created_at, last_seen_at) ",
		fmt.Sprintf("SELECT %d + i, %d, 'hab' || i || '@courriel.example', '', 'resident', 'fr', 0, %d FROM n", firstResident, node, parvistest.Noon.UnixMilli()))
	c.fill(s.actors, accounts, fmt.Sprintf(`SELECT %d + i, %d, 'a' || i || '@h' || (i %% %d) || '.example', 'a' || i, 'h' || (i %% %[3]d) || '.example', 'Person', '', 'Voisine ' || i,
		'', '<p>Bonjour</p>', '', 0, FALSE, '[]', 'https://h' || (i %% %[3]d) || '.example/users/a' || i, '', 'https://h' || (i %% %[3]d) || '.example/users/a' || i || '/inbox',
		'https://h' || (i %% %[3]d) || '.example/inbox', '', '', '', 'https://h' || (i %% %[3]d) || '.example/users/a' || i || '#key', %[4]s,
		5, 5, 5, 0, 0, %[5]d, 0, 0 FROM n`, firstActor, node, s.hosts, quoted(strings.Repeat("k", 450)), parvistest.Noon.UnixMilli()))
	c.fillPosts(node)
	c.fillFollows(node)
	c.fillRest(node)
	if err := c.db.Tidy(c.ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

func quoted(s string) string { return "'" + s + "'" }

func (c *crowd) exec(query string) {
	c.Helper()
	if err := c.db.InTx(c.ctx, func(ctx context.Context, t *storage.DBTx) error { return t.Exec(ctx, query) }); err != nil {
		c.Fatalf("%s: %v", query, err)
	}
}

// fill runs an INSERT for the numbers from 1 to count, in chunks.
func (c *crowd) fill(count int, insert, selected string) {
	c.Helper()
	if !strings.Contains(selected, " WHERE ") {
		selected += " WHERE TRUE" // else SQLite takes ON for a part of FROM
	}
	for from := 1; from <= count; from += chunk {
		c.exec(insert + numbers(from, min(from+chunk-1, count)) + selected + " ON CONFLICT DO NOTHING")
	}
}

func (c *crowd) fillPosts(node int64) {
	author := fmt.Sprintf("CASE WHEN i %% 20 = 0 THEN %d + 1 + (i * 7919) %% %d ELSE %d + 1 + (i * 7919) %% %d END", firstResident, c.residents, firstActor, c.actors)
	answers := "i % 10 IN (1, 2, 3) AND i > 60"
	parent := c.postSQL("i - i % 10 - 10 * ((i * 31) % 5)")
	c.fill(c.posts, `INSERT INTO posts (id, node_id, author_id, kind, uri, url, title, source, html, warning, sensitive, language, audience, state, reply_to,
		reply_to_uri, thread, place_json, ends_at, tags_json, replies, likes, shares, local, listed, published_at, edited_at, deleted_at, stored_at) `,
		fmt.Sprintf(`SELECT %[1]s, %[2]d, %[3]s, CASE WHEN i %% 20 = 0 THEN 'offer' ELSE 'note' END, 'https://h' || (i %% %[4]d) || '.example/posts/' || i, '', 'Titre ' || i, '', %[5]s, '', FALSE, 'fr',
		'everyone', 'open', CASE WHEN %[6]s THEN %[7]s ELSE 0 END, CASE WHEN %[6]s THEN 'https://x.example/' ELSE '' END, CASE WHEN %[6]s THEN %[7]s ELSE %[1]s END,
		'', 0, '[]', 0, 0, 0, i %% 20 = 0, NOT (%[6]s), %[1]s / 65536, 0, 0, CASE WHEN i %% 20 = 0 THEN 0 ELSE %[1]s / 65536 END FROM n`,
			c.postSQL("i"), node, author, c.hosts, quoted("<p>"+strings.Repeat("Je prête ma perceuse à percussion. ", 8)+"</p>"), answers, parent))
	c.fill(c.posts/20, "INSERT INTO offers (post_id, node_id, purpose, sort, category) ", fmt.Sprintf("SELECT %s, %d, 'offer', 'object', '' FROM n", c.postSQL("i * 20"), node))
	c.fill(c.posts/20, "INSERT INTO shares (id, node_id, account_id, post_id, uri) ", fmt.Sprintf("SELECT %[1]s + 1, %[2]d, %[3]d, %[1]s, 'https://malakoff.example/s/' || i FROM n", c.postSQL("i * 20"), node, c.feed))
	c.fill(c.posts/5, "INSERT INTO post_tags (node_id, tag, post_id) ", fmt.Sprintf("SELECT %d, 't' || (i %% 1000), %s FROM n", node, c.postSQL("i * 5")))
	c.fill(c.posts/5, "INSERT INTO media (id, node_id, account_id, post_id, position, description, blurhash, remote_url, renditions_json, content) ",
		fmt.Sprintf("SELECT i, %d, %d, %s, 0, 'Une perceuse', 'LEHV6nWB2yk8pyo0adR*.7kCMdnj', 'https://x.example/' || i, '[]', '' FROM n", node, firstActor, c.postSQL("i * 5 - 1")))
	c.fill(c.posts/4, "INSERT INTO likes (id, node_id, account_id, post_id, uri) ", fmt.Sprintf("SELECT i, %d, %d + 1 + i %% %d, %s, 'https://x.example/likes/' || i FROM n", node, firstResident, c.residents, c.postSQL("i * 4")))
}

func (c *crowd) fillFollows(node int64) {
	insert := "INSERT INTO follows (id, node_id, follower_id, followed_id, uri, accepted, created_at, reader) "
	c.fill(c.residents-1, insert, fmt.Sprintf("SELECT i + 1, %d, %d + i + 1, %d, '', TRUE, 0, TRUE FROM n", node, firstResident, c.feed))
	c.fill(c.residents*19, insert, fmt.Sprintf(`SELECT i + 10000000, %d, %d + 1 + i / 19 %% %[3]d, CASE WHEN i %% 2 = 0 THEN %[2]d + 2 + (i * 53) %% (%[3]d - 1) ELSE %[4]d + 1 + (i * 37) %% %[5]d END,
		'', TRUE, 0, TRUE FROM n`, node, firstResident, c.residents, firstActor, c.actors))
	// A hundred hosts follow the second resident, all hosts the third.
	c.fill(100, insert, fmt.Sprintf("SELECT i + 50000000, %d, %d + i, %d, '', TRUE, 0, FALSE FROM n", node, firstActor, firstResident+2))
	c.fill(c.actors, insert, fmt.Sprintf("SELECT i + 60000000, %d, %d + i, %d, '', TRUE, 0, FALSE FROM n", node, firstActor, firstResident+3))
	c.exec(`INSERT INTO sources (account_id, node_id, readers, way)
		SELECT followed_id, node_id, COUNT(*), CASE WHEN COUNT(*) > 200 THEN 'merged' ELSE 'written' END
		FROM follows WHERE reader AND accepted GROUP BY followed_id, node_id`)
}

func (c *crowd) fillRest(node int64) {
	recent := min(c.posts, 5000) // homes hold what is new
	c.fill(c.residents*50, "INSERT INTO home (account_id, post_id, id, sharer_id) ", fmt.Sprintf("SELECT %d + 1 + i / 50, %[2]s, %[2]s, 0 FROM n WHERE i / 50 < %[3]d",
		firstResident, c.postSQL(fmt.Sprintf("%d - (i * 7919) %% %d", c.posts, recent)), c.residents))
	c.fill(c.posts/5, "INSERT INTO notifications (id, node_id, account_id, type, from_id, post_id, seen) ",
		fmt.Sprintf("SELECT %d + i, %d, %d + 1 + (i * 7) %% %d, 'favourite', %d + 1 + i %% %d, %s, TRUE FROM n", parvis.FirstID(parvistest.Noon.AddDate(0, -1, 0)), node, firstResident, c.residents, firstActor, c.actors, c.postSQL("i * 5")))
	c.fill(c.posts/2, "INSERT INTO received (node_id, uri, received_at) ", fmt.Sprintf("SELECT %d, 'https://h' || (i %% %d) || '.example/activities/' || i, %d FROM n", node, c.hosts, parvistest.Noon.UnixMilli()))
	c.fill(c.posts/20, "INSERT INTO jobs (id, node_id, kind, key, lane, host, args_json, attempt, run_at, error, created_at, state, turn) ",
		fmt.Sprintf("SELECT i, %d, 'deliver', '', '', 'h' || (i %% %d) || '.example', '{}', 1, %d, '', 0, 1, 0 FROM n", node, c.hosts, after(600).UnixMilli()))
}
